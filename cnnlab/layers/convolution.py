"""Convolution: a small window of weights that slides over every channel of the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from cnnlab.layers.base import (
    Family,
    Layer,
    MisfitError,
    Repair,
    Shape,
    need_picture,
    shape_text,
    times,
)
from cnnlab.layers.windows import same_padding, window_steps
from cnnlab.limits import MAX_CHANNELS, MAX_KERNEL

if TYPE_CHECKING:
    from torch import nn


class Conv2d(Layer):
    """out_channels filters of kernel_size × kernel_size over (in_channels / groups) channels each."""

    family: ClassVar[Family] = "convolution"
    title: ClassVar[str] = "Convolution"
    summary: ClassVar[str] = "Slides small filters over the picture; each answers where its pattern is."

    kind: Literal["Conv2d"] = "Conv2d"
    out_channels: int = Field(default=32, ge=1, le=MAX_CHANNELS, title="Filters")
    kernel_size: int = Field(default=3, ge=1, le=MAX_KERNEL, title="Kernel size")
    stride: int = Field(default=1, ge=1, le=MAX_KERNEL, title="Stride")
    padding: Annotated[int, Field(ge=0, le=MAX_KERNEL)] | Literal["same"] = Field(default=0, title="Padding")
    dilation: int = Field(default=1, ge=1, le=MAX_KERNEL, title="Dilation")
    groups: int = Field(default=1, ge=1, le=MAX_CHANNELS, title="Groups")
    bias: bool = Field(default=True, title="Bias")

    @model_validator(mode="after")
    def _same_needs_stride_one(self) -> Conv2d:
        if self.padding == "same" and self.stride != 1:
            raise ValueError('padding "same" needs stride 1 (PyTorch allows no other)')
        if self.out_channels % self.groups:
            raise ValueError(f"{self.out_channels} filters cannot be shared out over {self.groups} groups")
        return self

    def output_shape(self, shape: Shape) -> Shape:
        channels, height, width = need_picture(self, shape)
        if channels % self.groups:
            raise MisfitError(
                f"{self.groups} groups cannot share {channels} channels evenly",
                [Repair("use one group", (self.model_copy(update={"groups": 1}),))],
            )
        if self.padding == "same":
            return (self.out_channels, height, width)
        sides = [
            window_steps(side, self.kernel_size, self.stride, self.padding, self.dilation)
            for side in (height, width)
        ]
        if min(sides) < 1:
            raise self._too_large(shape)
        return (self.out_channels, *sides)

    def _too_large(self, shape: Shape) -> MisfitError:
        """The window does not fit into the picture even once."""
        same = self.model_copy(update={"padding": "same", "stride": 1})
        reach = self.dilation * (self.kernel_size - 1) + 1
        return MisfitError(
            f"a window of {times(reach, reach)} does not fit into {shape_text(shape)}",
            [Repair('use padding "same"', (same,)), Repair("remove this Conv2d", ())],
        )

    def parameters(self, shape: Shape) -> int:
        weights = self.out_channels * self.kernel_size**2 * (shape[0] // self.groups)
        return weights + (self.out_channels if self.bias else 0)

    def arithmetic(self, shape: Shape) -> str:
        window = times(self.kernel_size, self.kernel_size, shape[0] // self.groups)
        bias = f" + {self.out_channels}" if self.bias else ""
        return f"{self.out_channels} × ({window}){bias} = {self.parameters(shape)}"

    def macs(self, shape: Shape) -> int:
        _, height, width = self.output_shape(shape)
        window = self.kernel_size**2 * (shape[0] // self.groups)
        return self.out_channels * height * width * window

    def build(self, shape: Shape) -> nn.Module:
        from torch import nn

        return nn.Conv2d(
            shape[0],
            self.out_channels,
            self.kernel_size,
            stride=self.stride,
            padding=self._torch_padding(),
            dilation=self.dilation,
            groups=self.groups,
            bias=self.bias,
        )

    def _torch_padding(self) -> int | str:
        """A number where "same" is symmetric: torch's own "same" is slower and forgoes some fast kernels."""
        if self.padding != "same":
            return self.padding
        total = same_padding(self.kernel_size, self.dilation)
        return "same" if total % 2 else total // 2

    def torch_code(self, shape: Shape) -> str:
        options = [
            f"{name}={value!r}"
            for name, value, usual in (
                ("stride", self.stride, 1),
                ("padding", self.padding, 0),
                ("dilation", self.dilation, 1),
                ("groups", self.groups, 1),
                ("bias", self.bias, True),
            )
            if value != usual
        ]
        arguments = [str(shape[0]), str(self.out_channels), str(self.kernel_size), *options]
        return f"nn.Conv2d({', '.join(arguments)})"

    def label(self) -> str:
        extra = "" if self.stride == 1 else f", stride {self.stride}"
        extra += "" if self.padding == 0 else f", padding {self.padding}"
        extra += "" if self.dilation == 1 else f", dilation {self.dilation}"
        extra += "" if self.groups == 1 else f", {self.groups} groups"
        return f"Conv2d {self.out_channels}, {times(self.kernel_size, self.kernel_size)}{extra}"
