"""What every layer kind answers.

Shapes are tuples without the batch axis, channels first: a picture is (channels, height, width), a
vector is (features,). Multiply-adds (macs) are counted for one picture, in convolutions and linear
layers only, as the literature does. A bias, an activation or a pooling adds none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from cnnlab.errors import DesignError

if TYPE_CHECKING:
    from torch import nn

Shape = tuple[int, ...]
Family = Literal["convolution", "pooling", "dense", "activation", "normalization", "regularization"]


def shape_text(shape: Shape) -> str:
    """(64, 5, 5) -> '64×5×5'."""
    return "×".join(str(side) for side in shape)


def times(*factors: int) -> str:
    """Factors written out as a pupil would: times(3, 3, 1) -> '3×3×1'."""
    return "×".join(str(factor) for factor in factors)


@dataclass(frozen=True, slots=True)
class Repair:
    """One click that mends a row: the row is replaced by these layers (none: it is deleted)."""

    label: str
    replacement: tuple[Layer, ...]


class MisfitError(DesignError):
    """A layer that cannot take the shape it is given, with the repairs that would let it."""

    def __init__(self, problem: str, repairs: Sequence[Repair] = ()) -> None:
        super().__init__(problem)
        self.repairs = tuple(repairs)


class Layer(BaseModel):
    """One row of a design. A subclass is one kind; its fields are the editor's form."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    family: ClassVar[Family]
    title: ClassVar[str]  # what people call it; the kind is PyTorch's name
    summary: ClassVar[str]  # one line for the palette

    kind: str

    def output_shape(self, shape: Shape) -> Shape:
        """Shape that leaves the layer for one picture; raises MisfitError where it cannot work."""
        return shape

    def parameters(self, shape: Shape) -> int:
        """Trainable numbers."""
        return 0

    def arithmetic(self, shape: Shape) -> str:
        """The parameters written out, for example '32 × (3×3×1) + 32 = 320'; empty where there are none."""
        return ""

    def macs(self, shape: Shape) -> int:
        """Multiply-adds for one picture."""
        return 0

    def build(self, shape: Shape) -> nn.Module:
        """The torch module, for an input of this shape."""
        raise DesignError(f"{self.kind} cannot be built")  # pragma: no cover - every kind overrides it

    def torch_code(self, shape: Shape) -> str:
        """The same as one line of PyTorch."""
        return f"nn.{self.kind}()"

    def label(self) -> str:
        """The row in a few words: 'Conv2d 32, 3×3'."""
        return self.kind


def need_picture(layer: Layer, shape: Shape) -> tuple[int, int, int]:
    """The three sides of a picture, or a MisfitError that says why a vector will not do."""
    if len(shape) == 3:
        return shape
    raise MisfitError(
        f"{layer.kind} wants a picture (channels × height × width) but gets a flat vector of {prod(shape)}",
        [Repair(f"remove this {layer.kind}", ())],
    )
