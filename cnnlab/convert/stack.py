"""The rows that a reader has put together so far, and the shape that leaves the last of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from cnnlab.convert.spelling import meant
from cnnlab.convert.values import Call
from cnnlab.design.design import Design
from cnnlab.design.strict_json import design_error
from cnnlab.ground import limits
from cnnlab.ground.errors import DesignError
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
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    data: str | None = None


def _possible(shape: Picture, line: int) -> Picture:
    """The shape of the pictures, refused before anything is computed with it."""
    try:
        return Design(input_shape=shape).input_shape
    except ValidationError:
        channels, height, width = shape
        raise DesignError(
            f"the pictures have {channels} channels, height {height} and width {width}",
            where=f"line {line}",
            allowed=f"1 to {limits.MAX_INPUT_CHANNELS} channels, sides of 1 to {limits.MAX_SIDE} pixels",
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
        self.warnings: list[str] = []
        self.notes: list[str] = []

    def put(self, call: Call, kind: type[Layer], **fields: Any) -> None:
        """One more row; raises DesignError that names the line where a value is out of range."""
        if self.rim:
            raise DesignError(
                f"a rim of zeros stands before {call.name}",
                where=f"line {call.line}",
                allowed="it before a convolution or a pooling without padding of their own",
            )
        self.rows.append(made(call, kind, **fields))
        if len(self.rows) > limits.MAX_LAYERS:
            raise DesignError(
                f"more than {limits.MAX_LAYERS} layers",
                where=f"line {call.line}",
                allowed=f"at most {limits.MAX_LAYERS}",
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

    def note(self, call: Call, text: str) -> None:
        """Something that was assumed, changed or left out."""
        self.notes.append(f"Line {call.line}: {text}")

    def warn(self, call: Call, text: str) -> None:
        """Something that is likely a mistake."""
        self.warnings.append(f"Line {call.line}: {text}")

    def design(self, name: str) -> Design:
        """The design; its classes are what the last row leaves."""
        design = Design(name=name, input_shape=self.input_shape).with_layers(tuple(self.rows))
        return design.model_copy(update={"classes": self._classes()})

    def _classes(self) -> int:
        widths = [row.out_features for row in self.rows if isinstance(row, Linear)]
        width = self.shape[0] if self.shape and len(self.shape) == 1 else (widths or [10])[-1]
        return width if 2 <= width <= limits.MAX_CLASSES else 10


def made(call: Call, kind: type[Layer], **fields: Any) -> Layer:
    """A layer; raises DesignError that names the line and the field."""
    try:
        return kind(**fields)
    except ValidationError as error:
        problem = design_error(error, whole="")
        place = f", {problem.where}" if problem.where else ""
        raise DesignError(problem.problem, where=f"line {call.line}, {call.name}{place}") from None


def unknown_layer(call: Call, names: Iterable[str]) -> DesignError:
    """A layer that the lab has not, with the one that was meant where its name is near."""
    repair = meant(call.name, names)
    return DesignError(
        f"there is no layer {call.name[:60]!r}",
        where=f"line {call.line}",
        allowed="" if repair else ", ".join(names),
        repair=repair,
    )


def row_layers(stack: Stack, call: Call) -> tuple[Layer, ...]:
    """The rows as the inside of a block, which holds no residual block itself."""
    for row in stack.rows:
        if isinstance(row, Residual):
            raise DesignError(
                "a residual block stands inside of another", where=f"line {call.line}", allowed="one by one"
            )
    return tuple(stack.rows)


def named(names: dict[str, Any], otherwise: str) -> str:
    """The NAME that our own scripts carry, where it can be one."""
    name = names.get("NAME")
    fits = isinstance(name, str) and name.isprintable() and name.strip() and len(name) <= limits.MAX_NAME
    return str(name) if fits else otherwise
