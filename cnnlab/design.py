"""A design is data: an input shape, a number of classes and a list of layers.

The row index addresses a layer everywhere: editor row, summary row, `model[i]`, feature map.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import prod
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cnnlab import limits
from cnnlab.errors import DesignError
from cnnlab.layers import (
    KINDS,
    AnyLayer,
    Flatten,
    Layer,
    Linear,
    MisfitError,
    Repair,
    Shape,
    Softmax,
    shape_text,
)

Channels = Annotated[int, Field(ge=1, le=limits.MAX_INPUT_CHANNELS)]
Side = Annotated[int, Field(ge=1, le=limits.MAX_SIDE)]


class Design(BaseModel):
    """A network as plain data. Equal designs are equal networks, whatever they are called."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format: Literal[1] = 1
    name: str = Field(default="untitled", min_length=1, max_length=limits.MAX_NAME)
    input_shape: tuple[Channels, Side, Side] = (1, 28, 28)
    classes: int = Field(default=10, ge=2, le=limits.MAX_CLASSES)
    layers: Annotated[tuple[AnyLayer, ...], Field(max_length=limits.MAX_LAYERS)] = ()

    def to_json(self) -> str:
        """The design file: indented, with every field, ending in a newline."""
        return self.model_dump_json(indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Design:
        """Read a design file; raises DesignError that names the field and the layer."""
        size = len(text)
        if size > limits.MAX_DESIGN_BYTES:
            raise DesignError(
                f"the file has {size:,} bytes",
                where="design file",
                allowed=f"at most {limits.MAX_DESIGN_BYTES:,} bytes",
            )
        try:
            return cls.model_validate_json(_without_duplicate_keys(text), strict=True)
        except ValidationError as error:
            raise design_error(error) from None

    def replace_row(self, row: int, replacement: tuple[Layer, ...]) -> Design:
        """The design with one row replaced by these layers; row == len(layers) appends."""
        layers = (*self.layers[:row], *replacement, *self.layers[row + 1 :])
        return self.with_layers(layers)

    def with_layers(self, layers: tuple[Layer, ...]) -> Design:
        """The design with other layers; raises DesignError where there are too many."""
        if len(layers) > limits.MAX_LAYERS:
            raise DesignError(
                f"{len(layers)} layers", where=self.name, allowed=f"at most {limits.MAX_LAYERS}"
            )
        return self.model_copy(update={"layers": layers})


def _without_duplicate_keys(text: str | bytes) -> str:
    """The same JSON, refused where a key stands twice (the last would win unseen), or is no JSON at all."""

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in items]
        for key in keys:
            if keys.count(key) > 1:
                raise DesignError(f"the key {key!r} stands twice", where="design file")
        return dict(items)

    try:
        value = json.loads(text, object_pairs_hook=pairs)
    except (ValueError, RecursionError) as error:
        raise DesignError(
            f"this is not JSON ({str(error)[:120]})",
            where="design file",
            repair="Choose a file that the lab saved, or see `python -m cnnlab presets --json`.",
        ) from None
    if not isinstance(value, dict):
        raise DesignError(
            f"the file holds a {type(value).__name__}, not a design",
            where="design file",
            allowed='an object such as {"input_shape": [1, 28, 28], "classes": 10, "layers": [...]}',
        )
    return json.dumps(value)


def design_error(error: ValidationError) -> DesignError:
    """The first problem that pydantic found, in words: which layer, which field, what came."""
    first = error.errors(include_url=False)[0]
    return DesignError(_problem_text(first), where=_place_text(first["loc"]))


def _place_text(location: tuple[int | str, ...]) -> str:
    """('layers', 3, 'Conv2d', 'out_channels') -> 'layer 4 (Conv2d), out_channels'."""
    if len(location) >= 2 and location[0] == "layers":
        words = [str(part) for part in location[2:]]
        layer = f"layer {int(location[1]) + 1}"
        if words:
            layer += f" ({words[0]})"
        return ", ".join([layer, *words[1:]])
    return ".".join(str(part) for part in location) or "design"


def _problem_text(first: Any) -> str:
    """What came and what is allowed, without the reader having to know pydantic."""
    came = repr(first.get("input"))
    came = came if len(came) <= 60 else f"{came[:57]}…"
    message = str(first["msg"]).removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        return f"unknown field (value {came})"
    if first["type"] == "missing":
        return "the field is missing"
    if first["type"] == "union_tag_invalid":
        return f"there is no layer kind {first['ctx']['tag']!r}; allowed are {', '.join(KINDS)}"
    if first["type"] in ("value_error", "too_long", "union_tag_not_found"):
        return message
    return f"{message}, but {came} came"


@dataclass(frozen=True, slots=True)
class Row:
    """One layer as it stands in the stack. Shapes are None from the first problem on."""

    index: int
    layer: Layer
    input_shape: Shape | None
    output_shape: Shape | None
    parameters: int
    arithmetic: str
    macs: int


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the design cannot be trained, with the clicks that would mend it. row None: the whole stack."""

    row: int | None
    text: str
    repairs: tuple[Repair, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything that is known of a design without building it."""

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]
    parameters: int
    macs: int
    activations: int  # numbers that one picture leaves behind, over all rows

    @property
    def ok(self) -> bool:
        """Whether the design can be built and trained."""
        return not self.problems


def summarize(design: Design) -> Summary:
    """Rows, totals and problems. Never raises: a problem is part of the answer."""
    rows: list[Row] = []
    problems: list[Problem] = []
    shape: Shape | None = design.input_shape
    for index, layer in enumerate(design.layers):
        row, problem = _row(index, layer, shape)
        rows.append(row)
        problems += [problem] if problem else []
        shape = row.output_shape
    parameters = sum(row.parameters for row in rows)
    macs = sum(row.macs for row in rows)
    activations = sum(prod(row.output_shape) for row in rows if row.output_shape)
    problems += _ending_problems(design, shape) if not problems else []
    problems += _size_problems(rows, parameters, macs, activations)
    return Summary(tuple(rows), tuple(problems), parameters, macs, activations)


def _row(index: int, layer: Layer, shape: Shape | None) -> tuple[Row, Problem | None]:
    if shape is None:
        return Row(index, layer, None, None, 0, "", 0), None
    try:
        output = layer.output_shape(shape)
    except MisfitError as misfit:
        problem = Problem(index, misfit.problem, misfit.repairs)
        return Row(index, layer, shape, None, 0, "", 0), problem
    row = Row(
        index,
        layer,
        shape,
        output,
        layer.parameters(shape),
        layer.arithmetic(shape),
        layer.macs(shape),
    )
    return row, None


def _ending_problems(design: Design, shape: Shape | None) -> list[Problem]:
    """The stack has to end in one score for each class, and it has to have something to learn."""
    if not design.layers:
        text = "The stack is empty: a network needs at least one layer that learns."
        start = (Flatten(), Linear(out_features=design.classes))
        return [Problem(None, text, (Repair(f"add Flatten and Linear {design.classes}", start),))]
    if shape == (design.classes,):
        return []
    last = len(design.layers) - 1
    layer = design.layers[last]
    text = (
        f"The stack ends with {shape_text(shape or ())}, "
        f"but {design.classes} classes need one flat vector of {design.classes} scores."
    )
    return [Problem(last, text, tuple(_ending_repairs(design, layer, shape)))]


def _ending_repairs(design: Design, layer: Layer, shape: Shape | None) -> list[Repair]:
    head = Linear(out_features=design.classes)
    repairs = []
    if isinstance(layer, Linear):
        fitted = layer.model_copy(update={"out_features": design.classes})
        repairs.append(Repair(f"give this Linear {design.classes} outputs", (fitted,)))
    glue = (Flatten(), head) if shape is not None and len(shape) == 3 else (head,)
    names = " and ".join(item.label() for item in glue)
    if isinstance(layer, Softmax):
        return [Repair(f"insert {names} before it", (*glue, layer))]
    return [*repairs, Repair(f"add {names}", (layer, *glue))]


def _size_problems(rows: list[Row], parameters: int, macs: int, activations: int) -> list[Problem]:
    """Caps that keep one design from taking the machine down, blamed on the row that weighs most."""
    problems = []
    for noun, total, cap, weights in (
        ("parameters", parameters, limits.MAX_PARAMETERS, [row.parameters for row in rows]),
        ("multiply-adds for one picture", macs, limits.MAX_MACS, [row.macs for row in rows]),
        (
            "activations for one picture",
            activations,
            limits.MAX_ACTIVATIONS,
            [prod(row.output_shape or (0,)) for row in rows],
        ),
    ):
        if total > cap:
            worst = max(range(len(rows)), key=weights.__getitem__)
            text = (
                f"{total:,} {noun}, most of them here; this lab allows {cap:,}. "
                "Use fewer filters or outputs, or pool before this layer."
            )
            removal = Repair(f"remove this {rows[worst].layer.kind}", ())
            problems.append(Problem(worst, text, (removal,)))
    return problems


def apply_repair(design: Design, problem: Problem, repair: Repair) -> Design:
    """The design after one click on a repair."""
    row = len(design.layers) if problem.row is None else problem.row
    return design.replace_row(row, repair.replacement)


def require_trainable(design: Design) -> Summary:
    """The summary of a design that can be trained; raises DesignError with the first problem otherwise."""
    summary = summarize(design)
    if summary.problems:
        problem = summary.problems[0]
        row = "" if problem.row is None else f", layer {problem.row + 1}"
        repairs = " or ".join(repair.label for repair in problem.repairs)
        raise DesignError(
            problem.text,
            where=f"{design.name}{row}",
            repair=f"What would help: {repairs}" if repairs else "",
        )
    return summary


def adapt(design: Design, input_shape: Shape, classes: int) -> tuple[Design, tuple[str, ...]]:
    """The design for a data set of another shape or number of classes, and what was changed, in words.

    The input shape follows the data; where the classes differ, so do the outputs of the last Linear layer.
    Raises DesignError where the adapted stack cannot work.
    """
    notes = []
    if design.input_shape != input_shape:
        was, now = shape_text(design.input_shape), shape_text(input_shape)
        notes.append(f"Input {was} became {now}, the shape of the data.")
    adapted = design.model_copy(update={"input_shape": input_shape})
    if design.classes != classes:
        adapted, note = _adapt_classes(adapted, classes)
        notes.append(note)
    if notes:
        require_trainable(adapted)
    return adapted, tuple(notes)


def _adapt_classes(design: Design, classes: int) -> tuple[Design, str]:
    heads = [i for i, layer in enumerate(design.layers) if isinstance(layer, Linear)]
    if not heads:
        raise DesignError(
            f"the data has {classes} classes and the design {design.classes}, "
            "but there is no Linear layer whose outputs could follow",
            where=design.name,
            repair=f"End the stack with Flatten and Linear {classes}",
        )
    row = heads[-1]
    head = design.layers[row].model_copy(update={"out_features": classes})
    adapted = design.replace_row(row, (head,)).model_copy(update={"classes": classes})
    note = f"Layer {row + 1} (Linear) now has {classes} outputs, one for each class of the data."
    return adapted, note
