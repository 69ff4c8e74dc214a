"""Convolution: a small window of weights that slides over every channel of the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from cnnlab.ground.errors import DesignError
from cnnlab.ground.limits import MAX_CHANNELS, MAX_KERNEL
from cnnlab.language import N_, Words, lazy
from cnnlab.layers.base import (
    Branch,
    Family,
    Layer,
    MisfitError,
    Repair,
    SavedForBackward,
    Shape,
    need_picture,
    removal,
    shape_text,
    shape_words,
    times,
)
from cnnlab.layers.code import (
    INITIALIZERS,
    Activated,
    Count,
    Fixed,
    KerasPadding,
    Setting,
    Side,
    Signature,
    TorchPadding,
    free,
)
from cnnlab.layers.receptive import ReceptiveField
from cnnlab.layers.windows import Window, same_padding, window_steps

if TYPE_CHECKING:
    from torch import nn

_TORCH_WINDOW = (Side("stride", default=1), TorchPadding(), Side("dilation", default=1))
_TORCH_BIAS = Setting("bias", default=True)
_ZEROS = Fixed("padding_mode", "zeros")
_KERAS_WINDOW = (Side("kernel_size"), Side("strides", "stride", 1), KerasPadding())
_KERAS_DILATION = Side("dilation_rate", "dilation", 1)
_KERAS_END = (Activated(), Setting("use_bias", "bias", True))


class Filters(Layer):
    """A layer whose number of filters can be chosen."""

    out_channels: int = Field(default=32, ge=1, le=MAX_CHANNELS, title=N_("Filters"))


class SlidingWindow(Layer):
    """Base class of convolutions: how the window moves over the picture."""

    family: ClassVar[Family] = "convolution"

    kernel_size: int = Field(default=3, ge=1, le=MAX_KERNEL, title=N_("Kernel size"))
    stride: int = Field(default=1, ge=1, le=MAX_KERNEL, title=N_("Stride"))
    padding: Annotated[int, Field(ge=0, le=MAX_KERNEL)] | Literal["same"] = Field(
        default=0, title=N_("Padding")
    )
    dilation: int = Field(default=1, ge=1, le=MAX_KERNEL, title=N_("Dilation"))

    @model_validator(mode="after")
    def _same_needs_stride_one(self) -> Self:
        if self.padding == "same" and self.stride != 1:
            raise ValueError(lazy('padding "same" needs stride 1 (PyTorch allows no other)'))
        return self

    def slide(self, shape: Shape) -> tuple[int, int]:
        """Return the height and width of the output maps; raises MisfitError if the window does not fit."""
        _, height, width = need_picture(self, shape)
        if self.padding == "same":
            return (height, width)
        rows, columns = (
            window_steps(side, self.kernel_size, self.stride, self.padding, self.dilation)
            for side in (height, width)
        )
        if min(rows, columns) < 1:
            raise self._too_large(shape)
        return (rows, columns)

    def _too_large(self, shape: Shape) -> MisfitError:
        """Return the error that the window does not fit into the picture even once."""
        reach = self.dilation * (self.kernel_size - 1) + 1
        return MisfitError(
            lazy(
                "A window of {window} does not fit into {input}.",
                window=times(reach, reach),
                input=shape_words(shape),
            ),
            [Repair("pad", lazy('use padding "same"'), (self.padded(),)), removal(self)],
        )

    def padded(self) -> Self:
        """Return the same layer with zero padding that keeps the size of the picture."""
        return self.model_copy(update={"padding": "same", "stride": 1})

    def receptive_field(self, seen: ReceptiveField, shape: Shape) -> ReceptiveField:
        return seen.slide(*self.window(), self.slide(shape))

    def window(self) -> Window:
        """Return how the window slides over a map."""
        same = self.padding == "same"
        before = same_padding(self.kernel_size, self.dilation) // 2 if same else int(self.padding)
        return Window(self.kernel_size, self.stride, before, self.dilation)

    def saved_for_backward(self, shape: Shape) -> SavedForBackward:
        return SavedForBackward(input=True)

    def keras_code(self, shape: Shape) -> list[str]:
        if self.stride > 1 and self.dilation > 1:
            problem = lazy("Keras has no convolution with both a stride and a dilation")
            raise DesignError(problem, allowed=lazy("one of them"))
        return super().keras_code(shape)

    def convolution(self, channels: int, filters: int, groups: int, bias: bool) -> nn.Conv2d:
        """Build torch's module with this window."""
        from torch import nn

        return nn.Conv2d(
            channels,
            filters,
            self.kernel_size,
            stride=self.stride,
            padding=self._torch_padding(),
            dilation=self.dilation,
            groups=groups,
            bias=bias,
        )

    def _torch_padding(self) -> int | str:
        """Return a number if "same" is symmetric, since torch's own "same" is slower."""
        if self.padding != "same":
            return self.padding
        total = same_padding(self.kernel_size, self.dilation)
        return "same" if total % 2 else total // 2

    def window_parts(self) -> list[Words]:
        """Describe the window in short labels: '3×3', 'stride 2'."""
        parts: list[Words] = [times(self.kernel_size, self.kernel_size)]
        if self.stride != 1:
            parts.append(lazy("stride {number}", number=self.stride))
        if self.padding != 0:
            parts.append(lazy("padding {number}", number=self.padding))
        if self.dilation != 1:
            parts.append(lazy("dilation {number}", number=self.dilation))
        return parts


class Conv2d(SlidingWindow, Filters):
    """out_channels filters of kernel_size × kernel_size over (in_channels / groups) channels each."""

    title: ClassVar[Words] = lazy("Convolution")
    summary: ClassVar[Words] = lazy(
        "Slides small filters over the picture; each one responds where it finds its pattern."
    )

    in_torch: ClassVar[Signature] = Signature(
        "nn.Conv2d",
        (
            *(Count("in_channels"), Setting("out_channels"), Side("kernel_size"), *_TORCH_WINDOW),
            *(Setting("groups", default=1), _TORCH_BIAS, _ZEROS),
        ),
    )
    in_keras: ClassVar[Signature] = Signature(
        "layers.Conv2D",
        (
            *(Setting("filters", "out_channels"), *_KERAS_WINDOW, *free("data_format"), _KERAS_DILATION),
            *(Setting("groups", default=1), *_KERAS_END, *free(INITIALIZERS)),
        ),
        also=("Convolution2D",),
    )

    kind: Literal["Conv2d"] = "Conv2d"
    groups: int = Field(default=1, ge=1, le=MAX_CHANNELS, title=N_("Groups"))
    bias: bool = Field(default=True, title=N_("Bias"))

    @model_validator(mode="after")
    def _groups_share_the_filters(self) -> Self:
        if self.out_channels % self.groups:
            raise ValueError(
                lazy(
                    "{filters} filters cannot be divided among {groups} groups",
                    filters=self.out_channels,
                    groups=self.groups,
                )
            )
        return self

    def output_shape(self, shape: Shape) -> Shape:
        channels, _, _ = need_picture(self, shape)
        if channels % self.groups:
            raise MisfitError(
                lazy(
                    "The number of maps, {maps}, cannot be divided by {groups} groups.",
                    groups=f"{self.groups:,}",
                    maps=f"{channels:,}",
                ),
                [Repair("one-group", lazy("use one group"), (self.model_copy(update={"groups": 1}),))],
            )
        return (self.out_channels, *self.slide(shape))

    def parameters(self, shape: Shape) -> int:
        weights = self.out_channels * self.kernel_size**2 * (shape[0] // self.groups)
        return weights + (self.out_channels if self.bias else 0)

    def formula(self, shape: Shape) -> str:
        bias = f" + {self.out_channels:,}" if self.bias else ""
        return f"{self.out_channels:,} × ({self._window(shape)}){bias}"

    def macs(self, shape: Shape) -> int:
        filters, height, width = self.output_shape(shape)
        return filters * height * width * self.kernel_size**2 * (shape[0] // self.groups)

    def macs_arithmetic(self, shape: Shape) -> str:
        return f"{shape_text(self.output_shape(shape))} × ({self._window(shape)}) = {self.macs(shape):,}"

    def _window(self, shape: Shape) -> str:
        return times(self.kernel_size, self.kernel_size, shape[0] // self.groups)

    def build(self, shape: Shape) -> nn.Module:
        return self.convolution(shape[0], self.out_channels, self.groups, self.bias)

    def label_parts(self) -> tuple[Words, ...]:
        groups = [] if self.groups == 1 else [lazy("{count} groups", count=self.groups)]
        return (f"Conv2d {self.out_channels}", *self.window_parts(), *groups)


class DepthwiseConv2d(SlidingWindow):
    """`multiplier` filters of kernel_size × kernel_size for each channel; channels are not mixed."""

    title: ClassVar[Words] = lazy("Depthwise convolution")
    summary: ClassVar[Words] = lazy(
        "Filters each map by itself without mixing the maps, so it has few weights."
    )

    in_torch: ClassVar[Signature] = Signature(
        "DepthwiseConv2d",
        (
            *(Count("channels"), Side("kernel_size"), Setting("multiplier", default=1)),
            *(*_TORCH_WINDOW, _TORCH_BIAS, _ZEROS),
        ),
    )
    in_keras: ClassVar[Signature] = Signature(
        "layers.DepthwiseConv2D",
        (
            *(*_KERAS_WINDOW, Setting("depth_multiplier", "multiplier", 1), *free("data_format")),
            *(_KERAS_DILATION, *_KERAS_END),
        ),
    )

    kind: Literal["DepthwiseConv2d"] = "DepthwiseConv2d"
    multiplier: int = Field(default=1, ge=1, le=MAX_KERNEL, title=N_("Filters per map"))
    bias: bool = Field(default=True, title=N_("Bias"))

    def _filters(self, shape: Shape) -> Conv2d:
        """Return the equivalent convolution with as many groups as there are channels."""
        fields = self.model_dump(exclude={"kind", "multiplier"})
        return Conv2d.model_construct(**fields, out_channels=shape[0] * self.multiplier, groups=shape[0])

    def output_shape(self, shape: Shape) -> Shape:
        sides = self.slide(shape)
        channels = shape[0] * self.multiplier
        if channels > MAX_CHANNELS and self.multiplier > 1:
            raise MisfitError(
                lazy(
                    "{each} filters for each of {maps} maps make {filters} in all; this lab allows {most}.",
                    each=self.multiplier,
                    maps=f"{shape[0]:,}",
                    filters=f"{channels:,}",
                    most=f"{MAX_CHANNELS:,}",
                ),
                [
                    Repair(
                        "one-filter",
                        lazy("use one filter per map"),
                        (self.model_copy(update={"multiplier": 1}),),
                    )
                ],
            )
        return (channels, *sides)

    def parameters(self, shape: Shape) -> int:
        return self._filters(shape).parameters(shape)

    def formula(self, shape: Shape) -> str:
        return self._filters(shape).formula(shape)

    def macs(self, shape: Shape) -> int:
        return self._filters(shape).macs(shape)

    def macs_arithmetic(self, shape: Shape) -> str:
        return self._filters(shape).macs_arithmetic(shape)

    def build(self, shape: Shape) -> nn.Module:
        return self._filters(shape).build(shape)

    def torch_class(self) -> str:
        return _DEPTHWISE

    def label_parts(self) -> tuple[Words, ...]:
        window, *rest = self.window_parts()
        each = [] if self.multiplier == 1 else [lazy("{count} per map", count=self.multiplier)]
        return (f"DepthwiseConv2d {window}", *rest, *each)


class SeparableConv2d(SlidingWindow, Filters):
    """A depthwise convolution without bias, then out_channels filters of 1×1 that mix the maps.

    It does the work of a full convolution with far fewer weights (Chollet 2017, Xception).
    """

    title: ClassVar[Words] = lazy("Separable convolution")
    summary: ClassVar[Words] = lazy(
        "Filters each map by itself, then mixes the maps with 1×1 filters: far fewer weights."
    )

    in_torch: ClassVar[Signature] = Signature(
        "SeparableConv2d",
        (
            *(Count("in_channels"), Setting("out_channels"), Side("kernel_size"), _TORCH_BIAS),
            *(*_TORCH_WINDOW, _ZEROS),
        ),
    )
    in_keras: ClassVar[Signature] = Signature(
        "layers.SeparableConv2D",
        (
            *(Setting("filters", "out_channels"), *_KERAS_WINDOW, *free("data_format"), _KERAS_DILATION),
            *(Fixed("depth_multiplier", 1), *_KERAS_END),
        ),
        also=("SeparableConvolution2D",),
    )

    kind: Literal["SeparableConv2d"] = "SeparableConv2d"
    bias: bool = Field(default=True, title=N_("Bias"))

    def branches(self, shape: Shape) -> tuple[Branch, ...]:
        window = self.model_dump(exclude={"kind", "out_channels", "bias"})
        depthwise = DepthwiseConv2d.model_construct(**window, bias=False)
        pointwise = Conv2d(out_channels=self.out_channels, kernel_size=1, bias=self.bias)
        return (Branch(lazy("one after the other"), (depthwise, pointwise)),)

    def output_shape(self, shape: Shape) -> Shape:
        return (self.out_channels, *self.slide(shape))

    def build(self, shape: Shape) -> nn.Module:
        return self.branches(shape)[0].build(shape)

    def torch_class(self) -> str:
        return _SEPARABLE

    def label_parts(self) -> tuple[Words, ...]:
        return (f"SeparableConv2d {self.out_channels}", *self.window_parts())


KINDS: tuple[type[Layer], ...] = (Conv2d, DepthwiseConv2d, SeparableConv2d)
_DEPTHWISE = '''
class DepthwiseConv2d(nn.Conv2d):
    """Filters each map by itself: as many groups as there are maps."""

    def __init__(self, channels, kernel_size, multiplier=1, **options):
        super().__init__(channels, channels * multiplier, kernel_size, groups=channels, **options)
'''
_SEPARABLE = '''
class SeparableConv2d(nn.Sequential):
    """Filters each map by itself, then mixes the maps with 1x1 filters."""

    def __init__(self, in_channels, out_channels, kernel_size, bias=True, **window):
        super().__init__(
            nn.Conv2d(in_channels, in_channels, kernel_size, groups=in_channels, bias=False, **window),
            nn.Conv2d(in_channels, out_channels, 1, bias=bias),
        )
'''
