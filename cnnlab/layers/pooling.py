"""Pooling: keeps one number out of each window, so that maps shrink and small shifts stop to matter."""

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
                    "a window of {window} does not fit into {shape}: nothing would be left",
                    window=times(self.kernel_size, self.kernel_size),
                    shape=shape_text(shape),
                ),
                [removal(self)],
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
    summary: ClassVar[Words] = lazy("Keeps the strongest answer of each window and halves the picture.")
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

    title: ClassVar[Words] = lazy("Average pooling")
    summary: ClassVar[Words] = lazy("Keeps the mean of each window and halves the picture.")
    kind: Literal["AvgPool2d"] = "AvgPool2d"

    def build(self, shape: Shape) -> nn.Module:
        from torch import nn

        return nn.AvgPool2d(self.kernel_size, stride=self.stride, padding=self.padding)


class AdaptiveAvgPool2d(Layer):
    """The mean of each cell of a grid of output_size × output_size; 1 is global average pooling."""

    family: ClassVar[Family] = "pooling"
    title: ClassVar[Words] = lazy("Global or adaptive average")
    summary: ClassVar[Words] = lazy("Averages every map down to a fixed grid; 1 is global average pooling.")
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

    def label_parts(self) -> tuple[Words, ...]:
        return (f"AdaptiveAvgPool2d {times(self.output_size, self.output_size)}",)
