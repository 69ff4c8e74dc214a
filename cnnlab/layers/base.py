"""The base class of all layers, and what they are made of.

Shapes are tuples without the batch axis, channels first: a picture is (channels, height, width), a
vector is (features,). Multiply-adds (macs) are counted for one picture and, as in the literature, only in
convolutions and linear layers. A bias, an activation or a pooling adds none.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from cnnlab.ground.errors import DesignError
from cnnlab.language import Words, lazy, lazy_listed, lazy_plural
from cnnlab.layers.code import Signature, call_code, indented
from cnnlab.layers.receptive import ReceptiveField, union

if TYPE_CHECKING:
    from torch import nn

Shape = tuple[int, ...]
Family = Literal["convolution", "pooling", "dense", "activation", "normalization", "regularization", "block"]
Join = Literal["add", "concatenate", "multiply"]  # how a block combines its branches


def shape_text(shape: Shape) -> str:
    """Format a shape: (64, 5, 5) -> '64×5×5'."""
    return times(*shape)


def shape_words(shape: Shape) -> Words:
    """Describe a shape: (64, 5, 5) -> '64 maps of 5×5', (1600,) -> 'one long row of 1,600 numbers'."""
    if len(shape) == 1:
        return lazy_plural("a row of {count} number", "one long row of {count} numbers", shape[0])
    maps, *sides = shape
    return lazy_plural("{count} map of {size}", "{count} maps of {size}", maps, size=times(*sides))


def times(*factors: int) -> str:
    """Write out a product: times(3, 3, 1) -> '3×3×1'."""
    return "×".join(f"{factor:,}" for factor in factors)


def sum_text(terms: Sequence[int]) -> str:
    """Write out a sum: [320, 0, 64] -> '320 + 64 = 384'; empty if there is nothing to add."""
    counted = [f"{term:,}" for term in terms if term]
    return f"{' + '.join(counted)} = {sum(terms):,}" if counted else ""


@dataclass(frozen=True, slots=True)
class Repair:
    """A one-click fix of a row: it is replaced by these layers (none: it is deleted).

    `row` is the row to replace if it is not the one that has the problem.
    """

    code: str  # identifies the repair in every language
    label: Words
    replacement: tuple[Layer, ...]
    row: int | None = None


class MisfitError(DesignError):
    """A layer cannot take its input shape; with the repairs that would make it fit."""

    def __init__(self, problem: Words, repairs: Sequence[Repair] = ()) -> None:
        super().__init__(problem)
        self.repairs = tuple(repairs)


def removal(layer: Layer) -> Repair:
    """Return the repair that removes a layer."""
    return Repair("remove", lazy("remove this {layer}", layer=layer.title), ())


class SavedForBackward(NamedTuple):
    """What the gradient of a layer is computed from: its input, its output, or `more` other numbers."""

    input: bool = False
    output: bool = False
    more: int = 0


class Layer(BaseModel):
    """One row of a design. A subclass is one kind; its fields are the editor's form."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    family: ClassVar[Family]
    title: ClassVar[Words]  # its common name; the kind is PyTorch's name
    summary: ClassVar[Words]  # one sentence that explains it, on its card and in the palette
    join: ClassVar[Join | None] = None  # only for a layer with several branches inside
    nonlinear: ClassVar[bool] = False  # whether a stack with it can do more than one linear map
    is_view: ClassVar[bool] = False  # whether it only reshapes its input, without a copy
    in_torch: ClassVar[Signature]  # its call in PyTorch
    in_keras: ClassVar[Signature]

    kind: str

    def output_shape(self, shape: Shape) -> Shape:
        """Return the output shape for one picture; raises MisfitError if the layer cannot work."""
        return shape

    def parameters(self, shape: Shape) -> int:
        """Count the trainable numbers."""
        return sum(part.parameters for part in self.parts(shape))

    def formula(self, shape: Shape) -> str:
        """Return how the parameters are counted, for example '32 × (3×3×1) + 32'; empty if there are none."""
        return " + ".join(f"{part.parameters:,}" for part in self.parts(shape) if part.parameters)

    def arithmetic(self, shape: Shape) -> str:
        """Write out the parameters, for example '32 × (3×3×1) + 32 = 320'; empty if there are none."""
        formula = self.formula(shape)
        return f"{formula} = {self.parameters(shape):,}" if formula else ""

    def macs(self, shape: Shape) -> int:
        """Count the multiply-adds for one picture."""
        return sum(part.macs for part in self.parts(shape))

    def macs_arithmetic(self, shape: Shape) -> str:
        """Write out the multiply-adds, such as '32×26×26 × (3×3×1) = 194,688'; empty if there are none."""
        return sum_text([part.macs for part in self.parts(shape)])

    def activations(self, shape: Shape) -> int:
        """Count the numbers that the layer outputs for one picture, including the layers inside a block."""
        inside = sum(prod(part.output_shape) for part in self.parts(shape))
        return inside + (prod(self.output_shape(shape)) if self.join or not inside else 0)

    def receptive_field(self, seen: ReceptiveField, shape: Shape) -> ReceptiveField:
        """Return the receptive field of an output number, given `seen`, that of an input number."""
        branches = self.branches(shape)
        return union([branch.receptive_field(seen, shape) for branch in branches]) if branches else seen

    def saved_for_backward(self, shape: Shape) -> SavedForBackward:
        """Return what torch keeps until the gradient is computed; only for layers without branches."""
        return SavedForBackward()

    def layers_inside(self) -> int:
        """Count the layers inside a block, which count as layers of the design; the same for any input."""
        return 0

    def branches(self, shape: Shape) -> tuple[Branch, ...]:
        """Return the layers inside a block, by their paths from its input (of this shape) to its output."""
        return ()

    def parts(self, shape: Shape) -> tuple[Part, ...]:
        """Return the layers of all branches, each with its shapes and counts."""
        return tuple(part for branch in self.branches(shape) for part in branch.parts(shape))

    @abstractmethod
    def build(self, shape: Shape) -> nn.Module:
        """Build the torch module for an input of this shape."""

    def torch_code(self, shape: Shape) -> str:
        """Return the layer as a PyTorch expression."""
        return self.in_torch.code(self, shape)

    def torch_class(self) -> str:
        """Return the class that this expression needs if PyTorch does not have it; else empty."""
        return ""

    def keras_code(self, shape: Shape) -> list[str]:
        """Return the layer as one or two Keras expressions; raises DesignError if Keras cannot do it."""
        return self.in_keras.rows(self, shape)

    def keras_class(self) -> str:
        """Return the class that these expressions need if Keras does not have it; else empty."""
        return ""

    def label(self) -> str:
        """Return a short label: 'Conv2d 32, 3×3'."""
        return str(lazy_listed(self.label_parts()))

    def label_parts(self) -> tuple[Words, ...]:
        """Return the parts of the label: 'Conv2d 32', '3×3', 'stride 2'."""
        return (self.kind,)

    def titled(self) -> str:
        """Return the common name and the settings that matter: 'Convolution 32, 3×3'."""
        return f"{self.title} {self.settings_text()}".strip()

    def settings_text(self) -> str:
        """Return the label without the name: '32, 3×3'; empty if there is nothing to set."""
        return str(lazy_listed(self.settings_parts()))

    def settings_parts(self) -> list[str]:
        """Return the parts of the label without the name: '32', '3×3'."""
        first, *others = self.label_parts()
        first = str(first).removeprefix(self.kind).removeprefix(str(self.title)).strip()
        return [str(part) for part in (first, *others) if part]


@dataclass(frozen=True, slots=True)
class Part:
    """One layer inside another: a row of an opened card."""

    branch: Words
    layer: Layer
    input_shape: Shape
    output_shape: Shape
    parameters: int
    arithmetic: str
    macs: int
    macs_arithmetic: str


@dataclass(frozen=True, slots=True)
class Branch:
    """A sequence of layers inside another layer; an empty one is the identity."""

    name: Words
    layers: tuple[Layer, ...]

    def parts(self, shape: Shape) -> tuple[Part, ...]:
        """Return each layer with its shapes and counts; raises MisfitError if one cannot work."""
        parts = []
        for layer in self.layers:
            output = layer.output_shape(shape)
            counts = (layer.parameters(shape), layer.arithmetic(shape))
            work = (layer.macs(shape), layer.macs_arithmetic(shape))
            parts.append(Part(self.name, layer, shape, output, *counts, *work))
            shape = output
        return tuple(parts)

    def receptive_field(self, seen: ReceptiveField, shape: Shape) -> ReceptiveField:
        """Return the receptive field of a number at the end of the branch."""
        for part in self.parts(shape):
            seen = part.layer.receptive_field(seen, part.input_shape)
        return seen

    def build(self, shape: Shape) -> nn.Module:
        """Build one torch module."""
        from torch import nn

        modules = [part.layer.build(part.input_shape) for part in self.parts(shape)]
        return nn.Sequential(*modules) if modules else nn.Identity()

    def torch_code(self, shape: Shape) -> str:
        """Return the branch as a PyTorch expression."""
        codes = [part.layer.torch_code(part.input_shape) for part in self.parts(shape)]
        return call_code("nn.Sequential", codes) if codes else "nn.Identity()"

    def keras_code(self, shape: Shape) -> str:
        """Return the branch as a list of Keras layers."""
        codes = [code for part in self.parts(shape) for code in part.layer.keras_code(part.input_shape)]
        inside = "".join(f"{indented(code)},\n" for code in codes)
        return f"[\n{inside}]"


def need_picture(layer: Layer, shape: Shape) -> tuple[int, int, int]:
    """Return the shape of a picture; raises MisfitError if it is a vector."""
    if len(shape) == 3:
        return shape
    raise MisfitError(
        lazy(
            "{layer} needs a picture or maps, but gets {input}.",
            layer=layer.title,
            input=shape_words(shape),
        ),
        [removal(layer)],
    )
