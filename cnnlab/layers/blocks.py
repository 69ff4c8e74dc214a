"""Blocks: one row of a design that has several layers inside, on ways that part and meet again."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from cnnlab.ground.limits import MAX_CHANNELS
from cnnlab.language import N_, Words, lazy
from cnnlab.layers.activation import ReLU, Sigmoid
from cnnlab.layers.base import Branch, Family, Join, Layer, Shape, need_picture
from cnnlab.layers.convolution import Conv2d
from cnnlab.layers.pooling import AdaptiveAvgPool2d, MaxPool2d

if TYPE_CHECKING:
    from torch import nn


def _filters(default: int, title: str) -> int:
    """A field for a number of filters."""
    filters: int = Field(default=default, ge=1, le=MAX_CHANNELS, title=title)
    return filters


class Inception(Layer):
    """GoogLeNet's module: four branches of convolutions with ReLU, side by side (Szegedy et al. 2015).

    The 1×1 filters in front of the 3×3 and 5×5 ones reduce the maps, so that those stay affordable.
    """

    family: ClassVar[Family] = "block"
    nonlinear: ClassVar[bool] = True
    join: ClassVar[Join] = "concatenate"
    title: ClassVar[Words] = lazy("Inception block")
    summary: ClassVar[Words] = lazy(
        "Looks with 1×1, 3×3 and 5×5 filters at once and keeps all their answers."
    )

    kind: Literal["Inception"] = "Inception"
    filters_1x1: int = _filters(16, N_("1×1 filters"))
    reduce_3x3: int = _filters(16, N_("1×1 before 3×3"))
    filters_3x3: int = _filters(32, N_("3×3 filters"))
    reduce_5x5: int = _filters(8, N_("1×1 before 5×5"))
    filters_5x5: int = _filters(8, N_("5×5 filters"))
    filters_pool: int = _filters(8, N_("1×1 after pooling"))

    def branches(self, shape: Shape) -> tuple[Branch, ...]:
        one = Conv2d(out_channels=self.filters_1x1, kernel_size=1)
        before_three = Conv2d(out_channels=self.reduce_3x3, kernel_size=1)
        three = Conv2d(out_channels=self.filters_3x3, kernel_size=3, padding=1)
        before_five = Conv2d(out_channels=self.reduce_5x5, kernel_size=1)
        five = Conv2d(out_channels=self.filters_5x5, kernel_size=5, padding=2)
        pool = MaxPool2d(kernel_size=3, stride=1, padding=1)
        after_pool = Conv2d(out_channels=self.filters_pool, kernel_size=1)
        return (
            Branch("1×1", (one, ReLU())),
            Branch("3×3", (before_three, ReLU(), three, ReLU())),
            Branch("5×5", (before_five, ReLU(), five, ReLU())),
            Branch(lazy("pooling"), (pool, after_pool, ReLU())),
        )

    def layers_inside(self) -> int:
        return sum(len(branch.layers) for branch in self.branches(()))

    def output_shape(self, shape: Shape) -> Shape:
        _, height, width = need_picture(self, shape)
        return (self._maps, height, width)

    @property
    def _maps(self) -> int:
        return self.filters_1x1 + self.filters_3x3 + self.filters_5x5 + self.filters_pool

    def build(self, shape: Shape) -> nn.Module:
        from cnnlab.layers import modules

        return modules.Inception(*(branch.build(shape) for branch in self.branches(shape)))

    def torch_code(self, shape: Shape) -> str:
        return f"Inception({', '.join(branch.torch_code(shape) for branch in self.branches(shape))})"

    def label_parts(self) -> tuple[Words, ...]:
        return (f"Inception {self._maps}",)


class SqueezeExcitation(Layer):
    """Attention over maps: the mean of each map decides how much of each goes on (Hu et al. 2018)."""

    family: ClassVar[Family] = "block"
    nonlinear: ClassVar[bool] = True
    join: ClassVar[Join] = "multiply"
    title: ClassVar[Words] = lazy("Squeeze and excitation")
    summary: ClassVar[Words] = lazy("Attention: weighs each map by how much the whole picture asks for it.")

    kind: Literal["SqueezeExcitation"] = "SqueezeExcitation"
    reduction: int = Field(default=4, ge=1, le=MAX_CHANNELS, title=N_("Reduction"))

    def branches(self, shape: Shape) -> tuple[Branch, ...]:
        channels, _, _ = need_picture(self, shape)
        squeeze = Conv2d.model_construct(out_channels=max(1, channels // self.reduction), kernel_size=1)
        excite = Conv2d.model_construct(out_channels=channels, kernel_size=1)
        gate = (AdaptiveAvgPool2d(output_size=1), squeeze, ReLU(), excite, Sigmoid())
        return (Branch(lazy("gate"), gate), Branch(lazy("the maps themselves"), ()))

    def layers_inside(self) -> int:
        return len(self.branches((1, 1, 1))[0].layers)

    def output_shape(self, shape: Shape) -> Shape:
        return need_picture(self, shape)

    def build(self, shape: Shape) -> nn.Module:
        from cnnlab.layers import modules

        return modules.SqueezeExcitation(self.branches(shape)[0].build(shape))

    def torch_code(self, shape: Shape) -> str:
        return f"SqueezeExcitation({self.branches(shape)[0].torch_code(shape)})"

    def label_parts(self) -> tuple[Words, ...]:
        return (self.kind, lazy("reduction {number}", number=self.reduction))
