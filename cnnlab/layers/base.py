"""What every layer kind answers.

Shapes are tuples without the batch axis, channels first: a picture is (channels, height, width), a
vector is (features,). Multiply-adds (macs) are counted for one picture, in convolutions and linear
layers only, as the literature does. A bias, an activation or a pooling adds none.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from cnnlab.ground.errors import DesignError
from cnnlab.language import Words, lazy, lazy_listed
from cnnlab.layers.code import Signature, call_code, indented
from cnnlab.layers.receptive import ReceptiveField, union

if TYPE_CHECKING:
    from torch import nn

Shape = tuple[int, ...]
Family = Literal["convolution", "pooling", "dense", "activation", "normalization", "regularization", "block"]
Join = Literal["add", "concatenate", "multiply"]  # what is done where the branches of a block meet


def shape_text(shape: Shape) -> str:
    """(64, 5, 5) -> '64×5×5'."""
    return "×".join(str(side) for side in shape)


def times(*factors: int) -> str:
    """Factors written out as a pupil would: times(3, 3, 1) -> '3×3×1'."""
    return "×".join(str(factor) for factor in factors)


def sum_text(terms: Sequence[int]) -> str:
    """[320, 0, 64] -> '320 + 64 = 384'; empty where there is nothing to add."""
    counted = [str(term) for term in terms if term]
    return f"{' + '.join(counted)} = {sum(terms)}" if counted else ""


@dataclass(frozen=True, slots=True)
class Repair:
    """One click that mends a row: the row is replaced by these layers (none: it is deleted).

    `row` names the row to be replaced where it is not the one that has the problem.
    """

    code: str  # the same in every language: by it the repair is asked for
    label: Words
    replacement: tuple[Layer, ...]
    row: int | None = None


class MisfitError(DesignError):
    """A layer that cannot take the shape it is given, with the repairs that would let it."""

    def __init__(self, problem: Words, repairs: Sequence[Repair] = ()) -> None:
        super().__init__(problem)
        self.repairs = tuple(repairs)


def removal(layer: Layer) -> Repair:
    """The repair that takes a layer away."""
    return Repair("remove", lazy("remove this {kind}", kind=layer.kind), ())


class SavedForBackward(NamedTuple):
    """What the gradient of a layer is computed from: its input, its output, and so many numbers more."""

    input: bool = False
    output: bool = False
    more: int = 0


class Layer(BaseModel):
    """One row of a design. A subclass is one kind; its fields are the editor's form."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    family: ClassVar[Family]
    title: ClassVar[Words]  # what people call it; the kind is PyTorch's name
    summary: ClassVar[Words]  # one line for the palette
    join: ClassVar[Join | None] = None  # of a layer with several branches inside
    nonlinear: ClassVar[bool] = False  # whether a stack with it can do more than one linear map
    is_view: ClassVar[bool] = False  # the same numbers in another order, without a copy
    in_torch: ClassVar[Signature]  # the call that it is in PyTorch
    in_keras: ClassVar[Signature]

    kind: str

    def output_shape(self, shape: Shape) -> Shape:
        """Shape that leaves the layer for one picture; raises MisfitError where it cannot work."""
        return shape

    def parameters(self, shape: Shape) -> int:
        """Trainable numbers."""
        return sum(part.parameters for part in self.parts(shape))

    def formula(self, shape: Shape) -> str:
        """What comes to the parameters, for example '32 × (3×3×1) + 32'; empty where there are none."""
        return " + ".join(str(part.parameters) for part in self.parts(shape) if part.parameters)

    def arithmetic(self, shape: Shape) -> str:
        """The parameters written out, for example '32 × (3×3×1) + 32 = 320'; empty where there are none."""
        formula = self.formula(shape)
        return f"{formula} = {self.parameters(shape)}" if formula else ""

    def macs(self, shape: Shape) -> int:
        """Multiply-adds for one picture."""
        return sum(part.macs for part in self.parts(shape))

    def macs_arithmetic(self, shape: Shape) -> str:
        """The multiply-adds written out, for example '32×26×26 × (3×3×1) = 194688'; empty for none."""
        return sum_text([part.macs for part in self.parts(shape)])

    def activations(self, shape: Shape) -> int:
        """Numbers that the layer leaves behind for one picture, those inside of a block among them."""
        inside = sum(prod(part.output_shape) for part in self.parts(shape))
        return inside + (prod(self.output_shape(shape)) if self.join or not inside else 0)

    def receptive_field(self, seen: ReceptiveField, shape: Shape) -> ReceptiveField:
        """Which pixels one number that leaves the layer depends on, from what one that enters it saw."""
        branches = self.branches(shape)
        return union([branch.receptive_field(seen, shape) for branch in branches]) if branches else seen

    def saved_for_backward(self, shape: Shape) -> SavedForBackward:
        """What torch keeps of a layer until its gradient has been computed; for one without branches."""
        return SavedForBackward()

    def layers_inside(self) -> int:
        """How many layers a block has inside, whatever comes in: they count as layers of the design."""
        return 0

    def branches(self, shape: Shape) -> tuple[Branch, ...]:
        """The layers inside of a block, by their paths from its input (of this shape) to its output."""
        return ()

    def parts(self, shape: Shape) -> tuple[Part, ...]:
        """The layers of all branches, each with its shapes and counts."""
        return tuple(part for branch in self.branches(shape) for part in branch.parts(shape))

    @abstractmethod
    def build(self, shape: Shape) -> nn.Module:
        """The torch module, for an input of this shape."""

    def torch_code(self, shape: Shape) -> str:
        """The same as an expression of PyTorch."""
        return self.in_torch.code(self, shape)

    def torch_class(self) -> str:
        """The class that this expression calls, where PyTorch has none of its name; else empty."""
        return ""

    def keras_code(self, shape: Shape) -> list[str]:
        """The same as rows of Keras: one or two expressions. Raises DesignError where Keras cannot do it."""
        return self.in_keras.rows(self, shape)

    def keras_class(self) -> str:
        """The class that these call, where Keras has none of its name; else empty."""
        return ""

    def label(self) -> str:
        """The row in a few words: 'Conv2d 32, 3×3'."""
        return str(lazy_listed(self.label_parts()))

    def label_parts(self) -> tuple[Words, ...]:
        """The same in pieces: 'Conv2d 32', '3×3', 'stride 2'."""
        return (self.kind,)


@dataclass(frozen=True, slots=True)
class Part:
    """One layer inside of another: the row that an opened card shows."""

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
    """Layers one after the other inside of another layer; none at all hand on what comes as it is."""

    name: Words
    layers: tuple[Layer, ...]

    def parts(self, shape: Shape) -> tuple[Part, ...]:
        """Each layer with what goes into it and what leaves it; raises MisfitError where one cannot work."""
        parts = []
        for layer in self.layers:
            output = layer.output_shape(shape)
            counts = (layer.parameters(shape), layer.arithmetic(shape))
            work = (layer.macs(shape), layer.macs_arithmetic(shape))
            parts.append(Part(self.name, layer, shape, output, *counts, *work))
            shape = output
        return tuple(parts)

    def receptive_field(self, seen: ReceptiveField, shape: Shape) -> ReceptiveField:
        """What a number at the end of the branch depends on."""
        for part in self.parts(shape):
            seen = part.layer.receptive_field(seen, part.input_shape)
        return seen

    def build(self, shape: Shape) -> nn.Module:
        """One torch module."""
        from torch import nn

        modules = [part.layer.build(part.input_shape) for part in self.parts(shape)]
        return nn.Sequential(*modules) if modules else nn.Identity()

    def torch_code(self, shape: Shape) -> str:
        """The same as PyTorch."""
        codes = [part.layer.torch_code(part.input_shape) for part in self.parts(shape)]
        return call_code("nn.Sequential", codes) if codes else "nn.Identity()"

    def keras_code(self, shape: Shape) -> str:
        """The same as a list of Keras layers."""
        codes = [code for part in self.parts(shape) for code in part.layer.keras_code(part.input_shape)]
        inside = "".join(f"{indented(code)},\n" for code in codes)
        return f"[\n{inside}]"


def need_picture(layer: Layer, shape: Shape) -> tuple[int, int, int]:
    """The three sides of a picture, or a MisfitError that says why a vector will not do."""
    if len(shape) == 3:
        return shape
    raise MisfitError(
        lazy(
            "{kind} wants a picture (channels × height × width) but gets a flat vector of {count}",
            kind=layer.kind,
            count=prod(shape),
        ),
        [removal(layer)],
    )
