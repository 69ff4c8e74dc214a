"""Pooling: keeps one number out of each window, so that maps shrink and small shifts stop to matter."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import Field, model_validator

from cnnlab.ground.limits import MAX_KERNEL
from cnnlab.layers.base import (
    Family,
    Layer,
    MisfitError,
    Repair,
    SavedForBackward,
    Shape,
    need_picture,
    shape_text,
    times,
)
from cnnlab.layers.receptive import ReceptiveField, Span
from cnnlab.layers.windows import window_steps

if TYPE_CHECKING:
    from torch import nn


class WindowPool(Layer):
    """What max and average pooling share: a window, its step and a rim of padding."""

    family: ClassVar[Family] = "pooling"

    kernel_size: int = Field(default=2, ge=1, le=MAX_KERNEL, title="Window")
    stride: int = Field(default=2, ge=1, le=MAX_KERNEL, title="Stride")
    padding: int = Field(default=0, ge=0, le=MAX_KERNEL, title="Padding")

    @model_validator(mode="after")
    def _padding_stays_inside(self) -> Self:
        if self.padding > self.kernel_size // 2:
            raise ValueError(f"padding {self.padding} is more than half of the window ({self.kernel_size})")
        return self

    def output_shape(self, shape: Shape) -> Shape:
        channels, height, width = need_picture(self, shape)
        sides = [window_steps(side, self.kernel_size, self.stride, self.padding) for side in (height, width)]
        if min(sides) < 1:
            raise MisfitError(
                f"a window of {times(self.kernel_size, self.kernel_size)} does not fit into "
                f"{shape_text(shape)}: nothing would be left",
                [Repair(f"remove this {self.kind}", ())],
            )
        return (channels, *sides)

    def receptive_field(self, seen: ReceptiveField, shape: Shape) -> ReceptiveField:
        _, height, width = self.output_shape(shape)
        return seen.slide(self.kernel_size, self.stride, self.padding, 1, (height, width))

    def saved_for_backward(self, shape: Shape) -> SavedForBackward:
        return SavedForBackward(input=True)

    def torch_code(self, shape: Shape) -> str:
        padding = f", padding={self.padding}" if self.padding else ""
        return f"nn.{self.kind}({self.kernel_size}, stride={self.stride}{padding})"

    def label(self) -> str:
        extra = "" if self.stride == self.kernel_size else f", stride {self.stride}"
        extra += f", padding {self.padding}" if self.padding else ""
        return f"{self.kind} {times(self.kernel_size, self.kernel_size)}{extra}"


class MaxPool2d(WindowPool):
    """The largest number of each window."""

    title: ClassVar[str] = "Max pooling"
    summary: ClassVar[str] = "Keeps the strongest answer of each window and halves the picture."
    nonlinear: ClassVar[bool] = True
    kind: Literal["MaxPool2d"] = "MaxPool2d"

    def saved_for_backward(self, shape: Shape) -> SavedForBackward:
        return SavedForBackward(
            input=True, more=2 * prod(self.output_shape(shape))
        )  # where each maximum stood: 8 bytes

    def build(self, shape: Shape) -> nn.Module:
        from torch import nn

        return nn.MaxPool2d(self.kernel_size, stride=self.stride, padding=self.padding)


class AvgPool2d(WindowPool):
    """The mean of each window."""

    title: ClassVar[str] = "Average pooling"
    summary: ClassVar[str] = "Keeps the mean of each window and halves the picture."
    kind: Literal["AvgPool2d"] = "AvgPool2d"

    def build(self, shape: Shape) -> nn.Module:
        from torch import nn

        return nn.AvgPool2d(self.kernel_size, stride=self.stride, padding=self.padding)


class AdaptiveAvgPool2d(Layer):
    """The mean of each cell of a grid of output_size × output_size; 1 is global average pooling."""

    family: ClassVar[Family] = "pooling"
    title: ClassVar[str] = "Global or adaptive average"
    summary: ClassVar[str] = "Averages every map down to a fixed grid; 1 is global average pooling."
    kind: Literal["AdaptiveAvgPool2d"] = "AdaptiveAvgPool2d"
    output_size: int = Field(default=1, ge=1, le=MAX_KERNEL, title="Grid side")

    def output_shape(self, shape: Shape) -> Shape:
        channels, _, _ = need_picture(self, shape)
        return (channels, self.output_size, self.output_size)

    def receptive_field(self, seen: ReceptiveField, shape: Shape) -> ReceptiveField:
        if self.output_size == 1:
            return seen.whole()
        return ReceptiveField(self._cells(seen.rows, shape[1]), self._cells(seen.columns, shape[2]))

    def _cells(self, span: Span, side: int) -> Span:
        """Cell i reaches from floor(i · side / n) to ceil((i + 1) · side / n); of uneven ones the largest."""
        cells = self.output_size
        largest = max(-(-(i + 1) * side // cells) - i * side // cells for i in range(cells))
        return span.slide(largest, -(-side // cells), 0, 1, cells)

    def saved_for_backward(self, shape: Shape) -> SavedForBackward:
        return SavedForBackward(input=self.output_size > 1)  # torch's way to one number per map is a mean

    def build(self, shape: Shape) -> nn.Module:
        from torch import nn

        return nn.AdaptiveAvgPool2d(self.output_size)

    def torch_code(self, shape: Shape) -> str:
        return f"nn.AdaptiveAvgPool2d({self.output_size})"

    def label(self) -> str:
        return f"AdaptiveAvgPool2d {times(self.output_size, self.output_size)}"
