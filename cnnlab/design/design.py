"""A design is data: an input shape, a number of classes and a list of layers.

The row index addresses a row everywhere: editor row, summary row, `model[i]`, feature map. Layers inside a
block have a longer address (`address.LayerAddress`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from cnnlab.design.address import LayerAddress
from cnnlab.design.strict_json import checked_json, design_error
from cnnlab.ground import limits
from cnnlab.ground.errors import DesignError
from cnnlab.language import N_, Message, Words, either, lazy
from cnnlab.layers import (
    AnyLayer,
    Flatten,
    Layer,
    Linear,
    MisfitError,
    ReceptiveField,
    Repair,
    Shape,
    Softmax,
    shape_text,
)
from cnnlab.layers.base import removal, shape_words

Channels = Annotated[int, Field(ge=1, le=limits.MAX_INPUT_CHANNELS)]
Side = Annotated[int, Field(ge=1, le=limits.MAX_SIDE)]


def _on_one_line(name: str) -> str:
    """Refuse line breaks and control characters, since names are printed to terminals and logs."""
    if not name.isprintable() or not name.strip():
        raise ValueError(lazy("a name consists of visible characters on one line"))
    return name


def _not_too_many(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """Refuse too many layers, counting those inside blocks."""
    count = count_layers(layers)
    if count > limits.MAX_LAYERS:
        raise ValueError(
            lazy(
                "{count} layers, counting those inside blocks; at most {most} are allowed",
                count=count,
                most=limits.MAX_LAYERS,
            )
        )
    return layers


Name = Annotated[str, Field(min_length=1, max_length=limits.MAX_NAME), AfterValidator(_on_one_line)]


class Design(BaseModel):
    """A network as plain data, with a name."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format: Literal[1] = 1
    name: Name = "untitled"
    input_shape: tuple[Channels, Side, Side] = (1, 28, 28)
    classes: int = Field(default=10, ge=2, le=limits.MAX_CLASSES)
    layers: Annotated[
        tuple[AnyLayer, ...], Field(max_length=limits.MAX_LAYERS), AfterValidator(_not_too_many)
    ] = ()

    def to_json(self) -> str:
        """Return the design file: indented, with every field, ending in a newline."""
        return self.model_dump_json(indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Design:
        """Read a design file; raises DesignError that names the field and the layer."""
        size = len(text if isinstance(text, bytes) else text.encode(errors="replace"))
        if size > limits.MAX_DESIGN_BYTES:
            raise DesignError(
                lazy("the file has {count} bytes", count=f"{size:,}"),
                where=lazy("design file"),
                allowed=lazy("at most {count} bytes", count=f"{limits.MAX_DESIGN_BYTES:,}"),
            )
        try:
            return cls.model_validate_json(checked_json(text), strict=True)
        except ValidationError as error:
            raise design_error(error) from None

    def replace_row(self, row: int, replacement: tuple[Layer, ...]) -> Design:
        """Return the design with one row replaced by these layers; row == len(layers) appends."""
        layers = (*self.layers[:row], *replacement, *self.layers[row + 1 :])
        return self.with_layers(layers)

    def layer_at(self, address: LayerAddress) -> Layer:
        """Return the layer at an address; raises LookupError if there is none or its row has no shape."""
        layer = self.layers[address.row]
        if address.inside is None:
            return layer
        branch, index = address.inside
        shape = summarize(self).rows[address.row].input_shape
        if shape is None:
            raise LookupError(f"row {address.row} has no input shape")
        return layer.branches(shape)[branch].layers[index]

    def with_layers(self, layers: tuple[Layer, ...]) -> Design:
        """Return the design with other layers; raises DesignError if there are too many."""
        count = count_layers(layers)
        if count > limits.MAX_LAYERS:
            problem = (
                lazy("{count} layers", count=count)
                if count == len(layers)
                else lazy("{count} layers, counting those inside blocks", count=count)
            )
            raise DesignError(
                problem, where=self.name, allowed=lazy("at most {count}", count=limits.MAX_LAYERS)
            )
        return self.model_copy(update={"layers": layers})


def same_network(one: Design, other: Design) -> bool:
    """Whether two designs are the same network, whatever their names."""
    return (one.input_shape, one.classes, one.layers) == (other.input_shape, other.classes, other.layers)


def count_layers(layers: tuple[Layer, ...]) -> int:
    """Count layers, including those inside blocks."""
    return sum(1 + layer.layers_inside() for layer in layers)


@dataclass(frozen=True, slots=True)
class Row:
    """One layer of the stack, with its shapes and counts. Shapes are None from the first problem on."""

    index: int
    layer: Layer
    input_shape: Shape | None
    output_shape: Shape | None
    parameters: int
    arithmetic: str
    macs: int
    macs_arithmetic: str = ""
    activations: int = 0  # numbers that it outputs for one picture
    receptive_field: ReceptiveField | None = None

    @property
    def formula(self) -> str:
        """How its parameters are counted, for example '32 × (3×3×1) + 32'; empty if there are none."""
        if self.input_shape is None or self.output_shape is None:
            return ""
        return self.layer.formula(self.input_shape)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the design cannot be trained, with one-click repairs. Without an address: the whole stack.

    A warning (see `doctor`) is about what works but is unwise, a note about what only looks like a mistake.
    """

    address: LayerAddress | None
    text: Words
    repairs: tuple[Repair, ...] = ()
    level: Literal["problem", "warning", "note"] = "problem"

    @property
    def row(self) -> int | None:
        """The row that it is about; for a layer inside a block, the block's."""
        return None if self.address is None else self.address.row

    def row_of(self, repair: Repair) -> int | None:
        """Return the row that a repair replaces; None if it appends a row."""
        return self.row if repair.row is None else repair.row


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything that is known about a design without building it."""

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]
    parameters: int
    macs: int
    activations: int  # numbers that all rows output for one picture

    @property
    def ok(self) -> bool:
        """Whether the design can be built and trained."""
        return not self.problems


def summarize(design: Design) -> Summary:
    """Compute rows, totals and problems. Never raises: a problem is part of the result."""
    rows: list[Row] = []
    problems: list[Problem] = []
    shape: Shape | None = design.input_shape
    seen: ReceptiveField | None = ReceptiveField.of_a_pixel(*design.input_shape[1:])
    for index, layer in enumerate(design.layers):
        row, problem = _row(index, layer, shape, seen)
        rows.append(row)
        problems += [problem] if problem else []
        shape, seen = row.output_shape, row.receptive_field
    parameters = sum(row.parameters for row in rows)
    macs = sum(row.macs for row in rows)
    activations = sum(row.activations for row in rows)
    problems += _ending_problems(design, shape, parameters) if not problems else []
    problems += _size_problems(rows, parameters, macs, activations)
    return Summary(tuple(rows), tuple(problems), parameters, macs, activations)


def _row(
    index: int, layer: Layer, shape: Shape | None, seen: ReceptiveField | None
) -> tuple[Row, Problem | None]:
    if shape is None or seen is None:
        return Row(index, layer, None, None, 0, "", 0), None
    try:
        output = layer.output_shape(shape)
    except MisfitError as misfit:
        problem = Problem(LayerAddress(index), misfit.problem, misfit.repairs)
        return Row(index, layer, shape, None, 0, "", 0), problem
    row = Row(
        index,
        layer,
        shape,
        output,
        layer.parameters(shape),
        layer.arithmetic(shape),
        layer.macs(shape),
        layer.macs_arithmetic(shape),
        layer.activations(shape),
        layer.receptive_field(seen, shape),
    )
    return row, None


def _ending_problems(design: Design, shape: Shape | None, parameters: int) -> list[Problem]:
    """Check that the stack ends with one score for each class, and that it has weights."""
    if not design.layers:
        text = lazy("The stack is empty: a network needs at least one layer that learns.")
        start = (Flatten(), Linear(out_features=design.classes))
        label = lazy("add Flatten and Dense {outputs}", outputs=design.classes)
        return [Problem(None, text, (Repair("start", label, start),))]
    if shape != (design.classes,):
        text = lazy(
            "The stack ends with {output}, but {classes} classes need one long row of {classes} scores.",
            output=shape_words(shape or ()),
            classes=f"{design.classes:,}",
        )
    elif not parameters:
        text = lazy("No layer of this stack has weights: there is nothing that could learn.")
    else:
        return []
    last = len(design.layers) - 1
    return [Problem(LayerAddress(last), text, tuple(_ending_repairs(design, design.layers[last], shape)))]


def _ending_repairs(design: Design, layer: Layer, shape: Shape | None) -> list[Repair]:
    head = Linear(out_features=design.classes)
    repairs = []
    if isinstance(layer, Linear):
        fitted = layer.model_copy(update={"out_features": design.classes})
        label = lazy("give this {layer} {outputs} outputs", layer=layer.title, outputs=design.classes)
        repairs.append(Repair("fit-outputs", label, (fitted,)))
    flat = shape is None or len(shape) != 3
    glue = (head,) if flat else (Flatten(), head)
    if isinstance(layer, Softmax):
        label = (
            lazy("insert Dense {outputs} before it", outputs=design.classes)
            if flat
            else lazy("insert Flatten and Dense {outputs} before it", outputs=design.classes)
        )
        return [Repair("insert-outputs", label, (*glue, layer))]
    label = (
        lazy("add Dense {outputs}", outputs=design.classes)
        if flat
        else lazy("add Flatten and Dense {outputs}", outputs=design.classes)
    )
    return [*repairs, Repair("add-outputs", label, (layer, *glue))]


def _size_problems(rows: list[Row], parameters: int, macs: int, activations: int) -> list[Problem]:
    """Check the limits that protect the machine; the problem is assigned to the largest row."""
    problems = []
    for text, total, cap, weights in (
        (_TOO_MANY_PARAMETERS, parameters, limits.MAX_PARAMETERS, [row.parameters for row in rows]),
        (_TOO_MANY_MACS, macs, limits.MAX_MACS, [row.macs for row in rows]),
        (_TOO_MANY_ACTIVATIONS, activations, limits.MAX_ACTIVATIONS, [row.activations for row in rows]),
    ):
        if total > cap:
            worst = max(range(len(rows)), key=weights.__getitem__)
            words = Message(text, {"count": f"{total:,}", "most": f"{cap:,}"})
            problems.append(Problem(LayerAddress(worst), words, (removal(rows[worst].layer),)))
    return problems


_TOO_MANY_PARAMETERS = N_(
    "{count} parameters, most of them here; this lab allows {most}. "
    "Use fewer filters or outputs, or pool before this layer."
)
_TOO_MANY_MACS = N_(
    "{count} multiply-adds for one picture, most of them here; this lab allows {most}. "
    "Use fewer filters or outputs, or pool before this layer."
)
_TOO_MANY_ACTIVATIONS = N_(
    "{count} activations for one picture, most of them here; this lab allows {most}. "
    "Use fewer filters or outputs, or pool before this layer."
)


def apply_repair(design: Design, problem: Problem, repair: Repair) -> Design:
    """Return the design after a click on a repair."""
    row = problem.row_of(repair)
    return design.replace_row(len(design.layers) if row is None else row, repair.replacement)


def require_trainable(design: Design) -> Summary:
    """Return the summary of a design that can be trained; raises DesignError with the first problem."""
    summary = summarize(design)
    if summary.problems:
        problem = summary.problems[0]
        where = lazy("{design}, layer {number}", design=design.name, number=(problem.row or 0) + 1)
        repairs = either(repair.label for repair in problem.repairs)
        raise DesignError(
            problem.text,
            where=design.name if problem.row is None else where,
            repair=lazy("What would help: {repairs}", repairs=repairs) if problem.repairs else "",
        )
    return summary


def adapt(design: Design, input_shape: Shape, classes: int) -> tuple[Design, tuple[Words, ...]]:
    """Adapt a design to a data set of another shape or number of classes; also return notes on the changes.

    The input shape follows the data and, if the classes differ, so do the outputs of the last Linear layer.
    Raises DesignError if the adapted stack cannot work.
    """
    notes: list[Words] = []
    if design.input_shape != input_shape:
        was, now = shape_text(design.input_shape), shape_text(input_shape)
        notes.append(lazy("Input {was} became {now}, the shape of the data.", was=was, now=now))
    adapted = design.model_copy(update={"input_shape": input_shape})
    if design.classes != classes:
        adapted, note = _adapt_classes(adapted, classes)
        notes.append(note)
    if notes:
        require_trainable(adapted)
    return adapted, tuple(notes)


def _adapt_classes(design: Design, classes: int) -> tuple[Design, Words]:
    heads = [i for i, layer in enumerate(design.layers) if isinstance(layer, Linear)]
    if not heads:
        raise DesignError(
            lazy(
                "The data has {classes} classes and the design {outputs}, "
                "but there is no Dense layer whose outputs could be changed.",
                classes=classes,
                outputs=design.classes,
            ),
            where=design.name,
            repair=lazy("End the stack with Flatten and Dense {outputs}", outputs=classes),
        )
    row = heads[-1]
    head = design.layers[row].model_copy(update={"out_features": classes})
    adapted = design.replace_row(row, (head,)).model_copy(update={"classes": classes})
    note = lazy(
        "Layer {number} (Dense) now has {outputs} outputs, one for each class of the data.",
        number=row + 1,
        outputs=classes,
    )
    return adapted, note
