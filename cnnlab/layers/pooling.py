"""Pooling: one number for each window, so that maps shrink and small shifts matter less."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import Field, model_validator

from cnnlab.ground.limits import MAX_KERNEL
from cnnlab.language import N_, Words, lazy
from cnnlab.layers.base import (
    Family,
    Layer,
    MisfitError,
    SavedForBackward,
    Shape,
    need_picture,
    removal,
    shape_words,
    times,
)
from cnnlab.layers.code import Fixed, KerasPadding, Same, Side, Signature, TorchPadding, free
from cnnlab.layers.receptive import ReceptiveField, Span
from cnnlab.layers.windows import Window, grid_cell, window_steps

if TYPE_CHECKING:
    from torch import nn

_TORCH = (
    Side("kernel_size"),
    Side("stride", default=Same("kernel_size"), always="named"),
    TorchPadding(),
)
_KERAS = (
    Side("pool_size", "kernel_size", 2, always="bare"),
    Side("strides", "stride", Same("kernel_size")),
    KerasPadding(),
    *free("data_format"),
)


class WindowPool(Layer):
    """Base class of max and average pooling: a window, its stride and its padding."""

    family: ClassVar[Family] = "pooling"

    kernel_size: int = Field(default=2, ge=1, le=MAX_KERNEL, title=N_("Window"))
    stride: int = Field(default=2, ge=1, le=MAX_KERNEL, title=N_("Stride"))
    padding: int = Field(default=0, ge=0, le=MAX_KERNEL, title=N_("Padding"))

    @model_validator(mode="after")
    def _padding_stays_inside(self) -> Self:
        if self.padding > self.kernel_size // 2:
            raise ValueError(
                lazy(
                    "padding {padding} is more than half of the window ({window})",
                    padding=self.padding,
                    window=self.kernel_size,
                )
            )
        return self

    def output_shape(self, shape: Shape) -> Shape:
        channels, height, width = need_picture(self, shape)
        sides = [window_steps(side, self.kernel_size, self.stride, self.padding) for side in (height, width)]
        if min(sides) < 1:
            raise MisfitError(
                lazy(
                    "A window of {window} does not fit into {input}: nothing would be left.",
                    window=times(self.kernel_size, self.kernel_size),
                    input=shape_words(shape),
                ),
                [removal(self)],
            )
        return (channels, *sides)

    def receptive_field(self, seen: ReceptiveField, shape: Shape) -> ReceptiveField:
        _, height, width = self.output_shape(shape)
        return seen.slide(*self.window(), (height, width))

    def window(self) -> Window:
        """Return how the window slides over a map."""
        return Window(self.kernel_size, self.stride, self.padding)

    def saved_for_backward(self, shape: Shape) -> SavedForBackward:
        return SavedForBackward(input=True)

    def label_parts(self) -> tuple[Words, ...]:
        parts: list[Words] = [f"{self.kind} {times(self.kernel_size, self.kernel_size)}"]
        if self.stride != self.kernel_size:
            parts.append(lazy("stride {number}", number=self.stride))
        if self.padding:
            parts.append(lazy("padding {number}", number=self.padding))
        return tuple(parts)


class MaxPool2d(WindowPool):
    """The largest number of each window."""

    title: ClassVar[Words] = lazy("Max pooling")
    summary: ClassVar[Words] = lazy("Keeps only the largest number of each window, so the maps get smaller.")
    nonlinear: ClassVar[bool] = True
    in_torch: ClassVar[Signature] = Signature(
        "nn.MaxPool2d",
        (*_TORCH, Fixed("dilation", 1), *free("return_indices"), Fixed("ceil_mode", False)),
        also=("max_pool2d",),
    )
    in_keras: ClassVar[Signature] = Signature("layers.MaxPooling2D", _KERAS, also=("MaxPool2D",))
    kind: Literal["MaxPool2d"] = "MaxPool2d"

    def saved_for_backward(self, shape: Shape) -> SavedForBackward:
        # The index of each maximum takes 8 bytes, as much as two numbers.
        return SavedForBackward(input=True, more=2 * prod(self.output_shape(shape)))

    def build(self, shape: Shape) -> nn.Module:
        from torch import nn

        return nn.MaxPool2d(self.kernel_size, stride=self.stride, padding=self.padding)

    def keras_code(self, shape: Shape) -> list[str]:
        """Use a class of our own for padding other than "same", since Keras would pad with zeros."""
        window, stride, padding = self.kernel_size, self.stride, self.padding
        if not padding:
            return super().keras_code(shape)
        if self._is_same():
            return [f'layers.MaxPooling2D({window}, strides=1, padding="same")']
        return [f"PaddedMaxPooling2D({window}, strides={stride}, rim={padding})"]

    def keras_class(self) -> str:
        return _PADDED if self.padding and not self._is_same() else ""

    def _is_same(self) -> bool:
        return self.stride == 1 and self.kernel_size == 2 * self.padding + 1


class AvgPool2d(WindowPool):
    """The mean of each window."""

    title: ClassVar[Words] = lazy("Average pooling")
    summary: ClassVar[Words] = lazy("Keeps the mean of each window, so the maps get smaller.")
    in_torch: ClassVar[Signature] = Signature(
        "nn.AvgPool2d",
        (*_TORCH, Fixed("ceil_mode", False), Fixed("count_include_pad", True), *free("divisor_override")),
        also=("avg_pool2d",),
    )
    in_keras: ClassVar[Signature] = Signature("layers.AveragePooling2D", _KERAS, also=("AvgPool2D",))
    kind: Literal["AvgPool2d"] = "AvgPool2d"

    def build(self, shape: Shape) -> nn.Module:
        from torch import nn

        return nn.AvgPool2d(self.kernel_size, stride=self.stride, padding=self.padding)


class AdaptiveAvgPool2d(Layer):
    """The mean of each cell of a grid of output_size × output_size; 1 is global average pooling."""

    family: ClassVar[Family] = "pooling"
    title: ClassVar[Words] = lazy("Adaptive average pooling")
    summary: ClassVar[Words] = lazy(
        "Averages each map down to a grid of fixed size; a grid of 1×1 leaves one number per map, "
        "which is global average pooling."
    )
    in_torch: ClassVar[Signature] = Signature(
        "nn.AdaptiveAvgPool2d", (Side("output_size"),), also=("adaptive_avg_pool2d",)
    )
    in_keras: ClassVar[Signature] = Signature(
        "layers.AdaptiveAveragePooling2D", (Side("output_size"), *free("data_format"))
    )
    kind: Literal["AdaptiveAvgPool2d"] = "AdaptiveAvgPool2d"
    output_size: int = Field(default=1, ge=1, le=MAX_KERNEL, title=N_("Grid side"))

    def output_shape(self, shape: Shape) -> Shape:
        channels, _, _ = need_picture(self, shape)
        return (channels, self.output_size, self.output_size)

    def receptive_field(self, seen: ReceptiveField, shape: Shape) -> ReceptiveField:
        if self.output_size == 1:
            return seen.whole()
        return ReceptiveField(self._cells(seen.rows, shape[1]), self._cells(seen.columns, shape[2]))

    def _cells(self, span: Span, side: int) -> Span:
        """Return the span of the largest cell; see `grid_cell`."""
        cells = self.output_size
        largest = max(last - first for first, last in (grid_cell(i, side, cells) for i in range(cells)))
        return span.slide(largest, -(-side // cells), 0, 1, cells)

    def saved_for_backward(self, shape: Shape) -> SavedForBackward:
        return SavedForBackward(input=self.output_size > 1)  # torch computes one number per map as a mean

    def build(self, shape: Shape) -> nn.Module:
        from torch import nn

        return nn.AdaptiveAvgPool2d(self.output_size)

    def keras_code(self, shape: Shape) -> list[str]:
        if self.output_size == 1:
            return ["layers.GlobalAveragePooling2D(keepdims=True)"]
        return super().keras_code(shape)

    def label_parts(self) -> tuple[Words, ...]:
        return (f"AdaptiveAvgPool2d {times(self.output_size, self.output_size)}",)


KINDS: tuple[type[Layer], ...] = (MaxPool2d, AvgPool2d, AdaptiveAvgPool2d)
_PADDED = '''
class PaddedMaxPooling2D(layers.Layer):
    """Max pooling with a padding that never wins, like PyTorch's."""

    def __init__(self, pool_size, strides, rim):
        super().__init__()
        self.pool_size, self.strides, self.rim = pool_size, strides, rim

    def call(self, x):
        sides = (self.rim, self.rim)
        padded = ops.pad(x, ((0, 0), sides, sides, (0, 0)), constant_values=float("-inf"))
        return ops.max_pool(padded, self.pool_size, self.strides)
'''
