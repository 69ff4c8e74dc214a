"""Dense layers, in which every output depends on every input."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from cnnlab.ground.limits import MAX_FEATURES
from cnnlab.language import N_, Words, lazy
from cnnlab.layers.base import (
    Family,
    Layer,
    MisfitError,
    Repair,
    SavedForBackward,
    Shape,
    removal,
    shape_words,
)
from cnnlab.layers.code import INITIALIZERS, Activated, Count, Fixed, Setting, Signature, free
from cnnlab.layers.receptive import ReceptiveField

if TYPE_CHECKING:
    from torch import nn


class Flatten(Layer):
    """(C, H, W) -> (C·H·W,)."""

    family: ClassVar[Family] = "dense"
    title: ClassVar[Words] = lazy("Flatten")
    summary: ClassVar[Words] = lazy(
        "Lays all maps out in one long row of numbers, which is what a dense layer needs."
    )
    is_view: ClassVar[bool] = True
    in_torch: ClassVar[Signature] = Signature(
        "nn.Flatten", (Fixed("start_dim", 1), Fixed("end_dim", -1)), also=("flatten",)
    )
    in_keras: ClassVar[Signature] = Signature("layers.Flatten", free("data_format"))
    kind: Literal["Flatten"] = "Flatten"

    def output_shape(self, shape: Shape) -> Shape:
        return (prod(shape),)

    def build(self, shape: Shape) -> nn.Module:
        from torch import nn

        return nn.Flatten()


class Linear(Layer):
    """y = W x + b with W of (out_features, in_features)."""

    family: ClassVar[Family] = "dense"
    title: ClassVar[Words] = lazy("Dense")
    summary: ClassVar[Words] = lazy("Each output is a weighted sum of all inputs.")
    in_torch: ClassVar[Signature] = Signature(
        "nn.Linear", (Count("in_features", -1), Setting("out_features"), Setting("bias", default=True))
    )
    in_keras: ClassVar[Signature] = Signature(
        "layers.Dense",
        (
            Setting("units", "out_features"),
            Activated(),
            Setting("use_bias", "bias", True),
            *free(INITIALIZERS),
        ),
    )
    kind: Literal["Linear"] = "Linear"
    out_features: int = Field(default=64, ge=1, le=MAX_FEATURES, title=N_("Outputs"))
    bias: bool = Field(default=True, title=N_("Bias"))

    def output_shape(self, shape: Shape) -> Shape:
        # torch accepts a (C, H, W) tensor if its last axis happens to fit, so the rank is checked here.
        if len(shape) != 1:
            raise MisfitError(
                lazy(
                    "{layer} needs one long row of numbers, but gets {input}.",
                    layer=self.title,
                    input=shape_words(shape),
                ),
                [
                    Repair(
                        "flatten",
                        lazy("insert Flatten ({count} numbers)", count=f"{prod(shape):,}"),
                        (Flatten(), self),
                    ),
                    removal(self),
                ],
            )
        return (self.out_features,)

    def parameters(self, shape: Shape) -> int:
        return prod(shape) * self.out_features + (self.out_features if self.bias else 0)

    def formula(self, shape: Shape) -> str:
        bias = f" + {self.out_features:,}" if self.bias else ""
        return f"{prod(shape):,} × {self.out_features:,}{bias}"

    def macs(self, shape: Shape) -> int:
        return prod(shape) * self.out_features

    def macs_arithmetic(self, shape: Shape) -> str:
        return f"{prod(shape):,} × {self.out_features:,} = {self.macs(shape):,}"

    def receptive_field(self, seen: ReceptiveField, shape: Shape) -> ReceptiveField:
        return seen.whole()

    def saved_for_backward(self, shape: Shape) -> SavedForBackward:
        return SavedForBackward(input=True)

    def build(self, shape: Shape) -> nn.Module:
        from torch import nn

        return nn.Linear(shape[0], self.out_features, bias=self.bias)

    def label_parts(self) -> tuple[Words, ...]:
        return (f"Linear {self.out_features}",)


KINDS: tuple[type[Layer], ...] = (Flatten, Linear)
