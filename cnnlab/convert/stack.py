"""The rows that a reader has collected so far, and their output shape."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from cnnlab.convert.locations import line_name, on_line
from cnnlab.convert.suggestions import suggestion
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
    """The result of reading a text. warnings: likely mistakes; notes: what was assumed, changed or omitted.

    config is None if the text has no training settings; data is the data set that it loads, if any.
    """

    design: Design
    config: TrainConfig | None = None
    warnings: tuple[Words, ...] = ()
    notes: tuple[Words, ...] = ()
    data: str | None = None


def _checked_shape(shape: Picture, line: int) -> Picture:
    """Check the shape of the pictures before anything is computed with it."""
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
    """Builds the rows of a design."""

    def __init__(self, input_shape: Picture, line: int) -> None:
        self.line = line  # where the network is defined
        self.input_shape = _checked_shape(input_shape, line)
        self.rows: list[Layer] = []
        self.pending_padding = 0  # zeros around the picture, which become the padding of the next window
        self.shape: Shape | None = input_shape
        self.counted = False  # whether a layer stated how many inputs it expects
        self.misfits: list[
            tuple[int, int, int]
        ] = []  # the line, the number of inputs that a layer expects, and the actual one
        self.warnings: list[Words] = []
        self.notes: list[Words] = []

    def put(self, call: Call, kind: type[Layer], **fields: Any) -> None:
        """Append a row; raises DesignError with the line if a value is out of range."""
        if self.pending_padding:
            raise DesignError(
                lazy("there is zero padding before {layer}", layer=call.name),
                where=line_name(call.line),
                allowed=lazy("it before a convolution or pooling without padding of its own"),
            )
        self.rows.append(make_layer(call, kind, **fields))
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
        """Change the input shape; only before the first row."""
        self.input_shape = self.shape = _checked_shape(shape, line)

    def inner(self) -> Stack:
        """Return an empty stack with the present shape as its input, for the inside of a block."""
        inner = Stack(self.input_shape, self.line)
        inner.shape = self.shape
        return inner

    def merge(self, inner: Stack) -> None:
        """Add the warnings, notes and misfits that were found inside a block."""
        self.warnings += inner.warnings
        self.notes += inner.notes
        self.misfits += inner.misfits
        self.counted |= inner.counted

    def note(self, call: Call, text: Words) -> None:
        """Add a note on something that was assumed, changed or omitted."""
        self.notes.append(on_line(call.line, text))

    def warn(self, call: Call, text: Words) -> None:
        """Add a warning about a likely mistake."""
        self.warnings.append(on_line(call.line, text))

    def design(self, name: str) -> Design:
        """Return the design; its classes are the outputs of the last row."""
        design = Design(name=name, input_shape=self.input_shape).with_layers(tuple(self.rows))
        return design.model_copy(update={"classes": self._classes()})

    def _classes(self) -> int:
        widths = [row.out_features for row in self.rows if isinstance(row, Linear)]
        width = self.shape[0] if self.shape and len(self.shape) == 1 else (widths or [10])[-1]
        return width if 2 <= width <= limits.MAX_CLASSES else 10


def assumed_shape(stack: Stack, why: Words) -> Message:
    """Say that the text gives no input shape, which one is used, and why."""
    shape = shape_words(stack)
    return lazy("The text gives no input shape: {shape}, {why}.", shape=shape, why=why)


def shape_words(stack: Stack) -> Message:
    """Describe the input: '28×28 with 1 channel(s)'."""
    channels, height, width = stack.input_shape
    sizes = {"height": height, "width": width, "channels": channels}
    return lazy("{height}×{width} with {channels} channel(s)", **sizes)


def as_data(data: str) -> Message:
    """Say that a shape is that of a data set."""
    return lazy("as {data} has it", data=data)


def make_layer(call: Call, kind: type[Layer], **fields: Any) -> Layer:
    """Create a layer; raises DesignError with the line and the field."""
    try:
        return kind(**fields)
    except ValidationError as error:
        problem = design_error(error, whole="")
        location: Words = call.name
        if str(problem.where):
            location = lazy("{layer}, {field}", layer=call.name, field=problem.where)
        raise DesignError(problem.problem, where=line_name(call.line, location)) from None


def unknown_layer(call: Call, names: Iterable[str]) -> DesignError:
    """Create the error for a layer that the lab does not have, with a suggestion if a name is similar."""
    repair = suggestion(call.name, names)
    return DesignError(
        lazy("there is no layer {name}", name=repr(call.name[:60])),
        where=line_name(call.line),
        allowed="" if repair else ", ".join(names),
        repair=repair,
    )


def block_layers(stack: Stack, call: Call) -> tuple[Layer, ...]:
    """Return the rows as the inside of a block; raises DesignError if they include a residual block."""
    for row in stack.rows:
        if isinstance(row, Residual):
            raise DesignError(
                lazy("a residual block is inside another"),
                where=line_name(call.line),
                allowed=lazy("one by one"),
            )
    return tuple(stack.rows)


def script_name(names: dict[str, Any], otherwise: str) -> str:
    """Return the NAME in an exported script, if it is a valid name."""
    name = names.get("NAME")
    fits = isinstance(name, str) and name.isprintable() and name.strip() and len(name) <= limits.MAX_NAME
    return str(name) if fits else otherwise
