"""Dropout: sets random numbers to zero during training, so that none becomes indispensable."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from cnnlab.language import N_, Words, lazy
from cnnlab.layers.base import Family, Layer, SavedForBackward, Shape, need_picture
from cnnlab.layers.code import Argument, Setting, Signature, Switch, free

if TYPE_CHECKING:
    from torch import nn

_TORCH = (
    Setting("p", default=0.5, always="bare"),
    Switch("training", lazy("dropout with training=False does nothing, and is left out.")),
    Argument("inplace"),
)
_KERAS = (Setting("rate", "p"), *free("noise_shape seed"))


class Dropout(Layer):
    """In training each number is zero with probability p, and scaled by 1 / (1 − p) otherwise."""

    family: ClassVar[Family] = "regularization"
    title: ClassVar[Words] = lazy("Dropout")
    summary: ClassVar[Words] = lazy(
        "Sets randomly chosen numbers to 0 during training, which reduces overfitting."
    )
    in_torch: ClassVar[Signature] = Signature("nn.Dropout", _TORCH, also=("dropout",))
    in_keras: ClassVar[Signature] = Signature("layers.Dropout", _KERAS)
    kind: Literal["Dropout"] = "Dropout"
    p: float = Field(default=0.5, ge=0.0, lt=1.0, title=N_("Share dropped"))

    def saved_for_backward(self, shape: Shape) -> SavedForBackward:
        return SavedForBackward(more=prod(shape))  # what was dropped

    def build(self, shape: Shape) -> nn.Module:
        from torch import nn

        return nn.Dropout(self.p)

    def label_parts(self) -> tuple[Words, ...]:
        return (f"{self.kind} {self.p:g}",)


class Dropout2d(Layer):
    """In training each whole map is zero with probability p (Tompson et al. 2015)."""

    family: ClassVar[Family] = "regularization"
    title: ClassVar[Words] = lazy("Spatial dropout")
    summary: ClassVar[Words] = lazy(
        "Sets randomly chosen whole maps to 0 during training, which reduces overfitting."
    )
    in_torch: ClassVar[Signature] = Signature("nn.Dropout2d", _TORCH, also=("dropout2d",))
    in_keras: ClassVar[Signature] = Signature("layers.SpatialDropout2D", _KERAS)
    kind: Literal["Dropout2d"] = "Dropout2d"
    p: float = Field(default=0.25, ge=0.0, lt=1.0, title=N_("Share dropped"))

    def output_shape(self, shape: Shape) -> Shape:
        return need_picture(self, shape)

    def saved_for_backward(self, shape: Shape) -> SavedForBackward:
        return SavedForBackward(more=shape[0])  # which maps were dropped

    def build(self, shape: Shape) -> nn.Module:
        from torch import nn

        return nn.Dropout2d(self.p)

    def label_parts(self) -> tuple[Words, ...]:
        return (f"{self.kind} {self.p:g}",)


KINDS: tuple[type[Layer], ...] = (Dropout, Dropout2d)
