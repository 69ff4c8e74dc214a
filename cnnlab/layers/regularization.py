"""Dropout: forgets a part of the numbers at random while training, so that none becomes indispensable."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from cnnlab.language import N_, Words, lazy
from cnnlab.layers.base import Family, Layer, SavedForBackward, Shape, need_picture

if TYPE_CHECKING:
    from torch import nn


class Dropout(Layer):
    """Each number is zero with probability p in training and scaled by 1 / (1 − p) otherwise."""

    family: ClassVar[Family] = "regularization"
    title: ClassVar[Words] = lazy("Dropout")
    summary: ClassVar[Words] = lazy("Drops single numbers at random while training, against overfitting.")
    kind: Literal["Dropout"] = "Dropout"
    p: float = Field(default=0.5, ge=0.0, lt=1.0, title=N_("Share dropped"))

    def saved_for_backward(self, shape: Shape) -> SavedForBackward:
        return SavedForBackward(more=prod(shape))  # what was dropped

    def build(self, shape: Shape) -> nn.Module:
        from torch import nn

        return nn.Dropout(self.p)

    def torch_code(self, shape: Shape) -> str:
        return f"nn.{self.kind}({self.p!r})"

    def label_parts(self) -> tuple[Words, ...]:
        return (f"{self.kind} {self.p:g}",)


class Dropout2d(Layer):
    """Each whole map is zero with probability p in training (Tompson et al. 2015)."""

    family: ClassVar[Family] = "regularization"
    title: ClassVar[Words] = lazy("Dropout of maps")
    summary: ClassVar[Words] = lazy("Drops whole maps at random while training, against overfitting.")
    kind: Literal["Dropout2d"] = "Dropout2d"
    p: float = Field(default=0.25, ge=0.0, lt=1.0, title=N_("Share dropped"))

    def output_shape(self, shape: Shape) -> Shape:
        return need_picture(self, shape)

    def saved_for_backward(self, shape: Shape) -> SavedForBackward:
        return SavedForBackward(more=shape[0])  # which maps were dropped

    def build(self, shape: Shape) -> nn.Module:
        from torch import nn

        return nn.Dropout2d(self.p)

    def torch_code(self, shape: Shape) -> str:
        return f"nn.{self.kind}({self.p!r})"

    def label_parts(self) -> tuple[Words, ...]:
        return (f"{self.kind} {self.p:g}",)
