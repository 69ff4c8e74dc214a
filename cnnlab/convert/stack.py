"""The rows that a reader has put together so far, and the shape that leaves the last of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from cnnlab.convert.places import line_name, on_line
from cnnlab.convert.spelling import meant
from cnnlab.convert.values import Call
from cnnlab.design.design import Design
from cnnlab.design.strict_json import design_error
from cnnlab.ground import limits
from cnnlab.ground.errors import DesignError
from cnnlab.language import Message, Words, lazy
from cnnlab.layers import Layer, Linear, MisfitError, Residual, Shape
from cnnlab.training.config import TrainConfig

Picture = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Imported:
    """What a text says. warnings: likely mistakes in it; notes: what was assumed, changed or left out.

    config is None where the text says nothing of training; data is the data set that it loads, if any.
    """

    design: Design
    config: TrainConfig | None = None
    warnings: tuple[Words, ...] = ()
    notes: tuple[Words, ...] = ()
    data: str | None = None


def _possible(shape: Picture, line: int) -> Picture:
    """The shape of the pictures, refused before anything is computed with it."""
    try:
        return Design(input_shape=shape).input_shape
    except ValidationError:
        channels, height, width = shape
        raise DesignError(
            lazy(
                "the pictures have {channels} channels, height {height} and width {width}",
                channels=channels,
                height=height,
                width=width,
            ),
            where=line_name(line),
            allowed=lazy(
                "1 to {channels} channels, sides of 1 to {side} pixels",
                channels=limits.MAX_INPUT_CHANNELS,
                side=limits.MAX_SIDE,
            ),
        ) from None


class Stack:
    """Rows of a design in the making."""

    def __init__(self, input_shape: Picture, line: int) -> None:
        self.line = line  # of the network
        self.input_shape = _possible(input_shape, line)
        self.rows: list[Layer] = []
        self.rim = 0  # zeros around the picture that the next window takes as its padding
        self.shape: Shape | None = input_shape
        self.counted = False  # whether a layer said how many numbers it expects
        self.misfits: list[tuple[int, int, int]] = []  # line, numbers that a layer expects, and that arrive
        self.warnings: list[Words] = []
        self.notes: list[Words] = []

    def put(self, call: Call, kind: type[Layer], **fields: Any) -> None:
        """One more row; raises DesignError that names the line where a value is out of range."""
        if self.rim:
            raise DesignError(
                lazy("there is zero padding before {layer}", layer=call.name),
                where=line_name(call.line),
                allowed=lazy("it before a convolution or pooling without padding of its own"),
            )
        self.rows.append(made(call, kind, **fields))
        if len(self.rows) > limits.MAX_LAYERS:
            raise DesignError(
                lazy("more than {most} layers", most=limits.MAX_LAYERS),
                where=line_name(call.line),
                allowed=lazy("at most {most}", most=limits.MAX_LAYERS),
            )
        try:
            self.shape = None if self.shape is None else self.rows[-1].output_shape(self.shape)
        except MisfitError:
            self.shape = None  # the editor says why, and offers repairs

    def reshape(self, shape: Picture, line: int) -> None:
        """Other pictures come in; only before the first row."""
        self.input_shape = self.shape = _possible(shape, line)

    def inner(self) -> Stack:
        """An empty stack that sees what arrives here: for the inside of a block."""
        inner = Stack(self.input_shape, self.line)
        inner.shape = self.shape
        return inner

    def take(self, inner: Stack) -> None:
        """What was found out inside of a block."""
        self.warnings += inner.warnings
        self.notes += inner.notes
        self.misfits += inner.misfits
        self.counted |= inner.counted

    def note(self, call: Call, text: Words) -> None:
        """Something that was assumed, changed or left out."""
        self.notes.append(on_line(call.line, text))

    def warn(self, call: Call, text: Words) -> None:
        """Something that is likely a mistake."""
        self.warnings.append(on_line(call.line, text))

    def design(self, name: str) -> Design:
        """The design; its classes are what the last row leaves."""
        design = Design(name=name, input_shape=self.input_shape).with_layers(tuple(self.rows))
        return design.model_copy(update={"classes": self._classes()})

    def _classes(self) -> int:
        widths = [row.out_features for row in self.rows if isinstance(row, Linear)]
        width = self.shape[0] if self.shape and len(self.shape) == 1 else (widths or [10])[-1]
        return width if 2 <= width <= limits.MAX_CLASSES else 10


def unsaid_shape(stack: Stack, why: Words) -> Message:
    """That the text gives no input shape, which it is here, and why that one."""
    shape = shape_words(stack)
    return lazy("The text gives no input shape: {shape}, {why}.", shape=shape, why=why)


def shape_words(stack: Stack) -> Message:
    """The pictures that come in: '28×28 with 1 channel(s)'."""
    channels, height, width = stack.input_shape
    sizes = {"height": height, "width": width, "channels": channels}
    return lazy("{height}×{width} with {channels} channel(s)", **sizes)


def as_data(data: str) -> Message:
    """Why a shape was taken: a data set has it."""
    return lazy("as {data} has it", data=data)


def made(call: Call, kind: type[Layer], **fields: Any) -> Layer:
    """A layer; raises DesignError that names the line and the field."""
    try:
        return kind(**fields)
    except ValidationError as error:
        problem = design_error(error, whole="")
        place: Words = call.name
        if str(problem.where):
            place = lazy("{layer}, {field}", layer=call.name, field=problem.where)
        raise DesignError(problem.problem, where=line_name(call.line, place)) from None


def unknown_layer(call: Call, names: Iterable[str]) -> DesignError:
    """A layer that the lab has not, with the one that was meant where its name is near."""
    repair = meant(call.name, names)
    return DesignError(
        lazy("there is no layer {name}", name=repr(call.name[:60])),
        where=line_name(call.line),
        allowed="" if repair else ", ".join(names),
        repair=repair,
    )


def row_layers(stack: Stack, call: Call) -> tuple[Layer, ...]:
    """The rows as the inside of a block, which holds no residual block itself."""
    for row in stack.rows:
        if isinstance(row, Residual):
            raise DesignError(
                lazy("a residual block is inside another"),
                where=line_name(call.line),
                allowed=lazy("one by one"),
            )
    return tuple(stack.rows)


def named(names: dict[str, Any], otherwise: str) -> str:
    """The NAME that our own scripts carry, where it can be one."""
    name = names.get("NAME")
    fits = isinstance(name, str) and name.isprintable() and name.strip() and len(name) <= limits.MAX_NAME
    return str(name) if fits else otherwise
