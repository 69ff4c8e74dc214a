"""Blocks: one row of a design with several layers inside, in branches that split and join again."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from cnnlab.ground.limits import MAX_CHANNELS
from cnnlab.language import N_, Words, lazy
from cnnlab.layers.activation import ReLU, Sigmoid
from cnnlab.layers.base import Branch, Family, Join, Layer, Shape, need_picture
from cnnlab.layers.code import Count, Setting, Signature
from cnnlab.layers.convolution import Conv2d
from cnnlab.layers.pooling import AdaptiveAvgPool2d, MaxPool2d

if TYPE_CHECKING:
    from torch import nn


_FILTERS = ["filters_1x1", "reduce_3x3", "filters_3x3", "reduce_5x5", "filters_5x5", "filters_pool"]
_ARGUMENTS = tuple(Setting(name, always="named") for name in _FILTERS)


def _filters(default: int, title: str) -> int:
    """A model field for a number of filters."""
    filters: int = Field(default=default, ge=1, le=MAX_CHANNELS, title=title)
    return filters


class Inception(Layer):
    """GoogLeNet's module: four branches of convolutions with ReLU, side by side (Szegedy et al. 2015).

    The 1×1 filters before the 3×3 and 5×5 ones reduce the number of maps, so that those stay affordable.
    """

    family: ClassVar[Family] = "block"
    nonlinear: ClassVar[bool] = True
    join: ClassVar[Join] = "concatenate"
    title: ClassVar[Words] = lazy("Inception block")
    summary: ClassVar[Words] = lazy(
        "Applies 1×1, 3×3 and 5×5 filters and pooling side by side, and keeps all their maps."
    )

    in_torch: ClassVar[Signature] = Signature("Inception", (Count("in_channels"), *_ARGUMENTS))
    in_keras: ClassVar[Signature] = Signature("Inception", _ARGUMENTS)

    kind: Literal["Inception"] = "Inception"
    filters_1x1: int = _filters(16, N_("1×1 filters"))
    reduce_3x3: int = _filters(16, N_("1×1 before 3×3"))
    filters_3x3: int = _filters(32, N_("3×3 filters"))
    reduce_5x5: int = _filters(8, N_("1×1 before 5×5"))
    filters_5x5: int = _filters(8, N_("5×5 filters"))
    filters_pool: int = _filters(8, N_("1×1 after pooling"))

    def branches(self, shape: Shape) -> tuple[Branch, ...]:
        return self._branches()

    def _branches(self) -> tuple[Branch, ...]:
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
        return sum(len(branch.layers) for branch in self._branches())

    def output_shape(self, shape: Shape) -> Shape:
        _, height, width = need_picture(self, shape)
        return (self._maps, height, width)

    @property
    def _maps(self) -> int:
        return self.filters_1x1 + self.filters_3x3 + self.filters_5x5 + self.filters_pool

    def build(self, shape: Shape) -> nn.Module:
        from cnnlab.layers import modules

        return modules.Inception(*(branch.build(shape) for branch in self.branches(shape)))

    def torch_class(self) -> str:
        return _TORCH_INCEPTION

    def keras_class(self) -> str:
        return _KERAS_INCEPTION

    def label_parts(self) -> tuple[Words, ...]:
        return (f"Inception {self._maps}",)


class SqueezeExcitation(Layer):
    """Attention over maps: the means of all maps decide the weight of each map (Hu et al. 2018)."""

    family: ClassVar[Family] = "block"
    nonlinear: ClassVar[bool] = True
    join: ClassVar[Join] = "multiply"
    title: ClassVar[Words] = lazy("Squeeze and excitation")
    summary: ClassVar[Words] = lazy(
        "Attention: computes a weight between 0 and 1 for each map from the means of all maps."
    )

    in_torch: ClassVar[Signature] = Signature(
        "SqueezeExcitation", (Count("channels"), Setting("reduction", always="named"))
    )
    in_keras: ClassVar[Signature] = in_torch

    kind: Literal["SqueezeExcitation"] = "SqueezeExcitation"
    reduction: int = Field(default=4, ge=1, le=MAX_CHANNELS, title=N_("Reduction"))

    def branches(self, shape: Shape) -> tuple[Branch, ...]:
        channels, _, _ = need_picture(self, shape)
        squeeze = Conv2d.model_construct(out_channels=max(1, channels // self.reduction), kernel_size=1)
        excite = Conv2d.model_construct(out_channels=channels, kernel_size=1)
        gate = (AdaptiveAvgPool2d(output_size=1), squeeze, ReLU(), excite, Sigmoid())
        return (Branch(lazy("gate"), gate), Branch(lazy("the maps themselves"), ()))

    def layers_inside(self) -> int:
        return 5  # all in the gate

    def output_shape(self, shape: Shape) -> Shape:
        return need_picture(self, shape)

    def build(self, shape: Shape) -> nn.Module:
        from cnnlab.layers import modules

        return modules.SqueezeExcitation(self.branches(shape)[0].build(shape))

    def torch_class(self) -> str:
        return _TORCH_SQUEEZE

    def keras_class(self) -> str:
        return _KERAS_SQUEEZE

    def label_parts(self) -> tuple[Words, ...]:
        return (self.kind, lazy("reduction {number}", number=self.reduction))


KINDS: tuple[type[Layer], ...] = (Inception, SqueezeExcitation)
_TORCH_INCEPTION = '''
class Inception(nn.Module):
    """Filters of three sizes and a pooling in parallel, their maps concatenated."""

    def __init__(
        self, in_channels, filters_1x1, reduce_3x3, filters_3x3, reduce_5x5, filters_5x5, filters_pool
    ):
        super().__init__()

        def convolution(before, after, size):
            return nn.Conv2d(before, after, size, padding=size // 2), nn.ReLU()

        three = convolution(in_channels, reduce_3x3, 1) + convolution(reduce_3x3, filters_3x3, 3)
        five = convolution(in_channels, reduce_5x5, 1) + convolution(reduce_5x5, filters_5x5, 5)
        pool = nn.MaxPool2d(3, stride=1, padding=1)
        self.branches = nn.ModuleList(
            [
                nn.Sequential(*convolution(in_channels, filters_1x1, 1)),
                nn.Sequential(*three),
                nn.Sequential(*five),
                nn.Sequential(pool, *convolution(in_channels, filters_pool, 1)),
            ]
        )

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], dim=1)
'''
_KERAS_INCEPTION = '''
class Inception(layers.Layer):
    """Filters of three sizes and a pooling in parallel, their maps concatenated."""

    def __init__(self, filters_1x1, reduce_3x3, filters_3x3, reduce_5x5, filters_5x5, filters_pool):
        super().__init__()

        def convolution(filters, size):
            return [layers.Conv2D(filters, size, padding="same"), layers.ReLU()]

        pool = layers.MaxPooling2D(3, strides=1, padding="same")
        self.branches = [
            keras.Sequential(convolution(filters_1x1, 1)),
            keras.Sequential(convolution(reduce_3x3, 1) + convolution(filters_3x3, 3)),
            keras.Sequential(convolution(reduce_5x5, 1) + convolution(filters_5x5, 5)),
            keras.Sequential([pool, *convolution(filters_pool, 1)]),
        ]

    def call(self, x):
        return ops.concatenate([branch(x) for branch in self.branches], axis=-1)
'''
_TORCH_SQUEEZE = '''
class SqueezeExcitation(nn.Module):
    """Each map times a number between 0 and 1, computed from the means of all maps."""

    def __init__(self, channels, reduction):
        super().__init__()
        few = max(1, channels // reduction)
        self.gate = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, few, 1),
            nn.ReLU(),
            nn.Conv2d(few, channels, 1),
            nn.Sigmoid(),
        )

    def forward(self, x):
        return x * self.gate(x)
'''
_KERAS_SQUEEZE = '''
class SqueezeExcitation(layers.Layer):
    """Each map times a number between 0 and 1, computed from the means of all maps."""

    def __init__(self, channels, reduction):
        super().__init__()
        self.gate = keras.Sequential(
            [
                layers.GlobalAveragePooling2D(keepdims=True),
                layers.Conv2D(max(1, channels // reduction), 1, activation="relu"),
                layers.Conv2D(channels, 1, activation="sigmoid"),
            ]
        )

    def call(self, x):
        return x * self.gate(x)
'''
