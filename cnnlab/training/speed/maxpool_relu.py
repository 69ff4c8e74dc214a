"""Max-pooling and ReLU in the order, and on a processor in the way, that costs least: to the same bits.

torch keeps an eight-byte index for each pooled number and compares bfloat16 one by one. Here the numbers are
compared as whole numbers, whose vector instructions are the fastest: the bits of floating-point numbers above
zero are in the same order as the numbers. Below zero the order is reversed, but there ReLU answers 0 anyway.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

_WHOLE = {torch.bfloat16: torch.int16, torch.float16: torch.int16, torch.float32: torch.int32}


def pooled_before_cut(model: nn.Sequential) -> nn.Sequential:
    """The same function with each ReLU behind the max-pooling that follows it: it then has a quarter to do.

    max(relu(a), relu(b)) = relu(max(a, b)), and the gradients are the same too. The modules are shared; a
    pooling by halves and its ReLU become one.
    """
    modules: list[nn.Module] = []
    for module in model:
        before = modules[-1] if modules else None
        if isinstance(before, nn.ReLU) and isinstance(module, nn.MaxPool2d):
            modules[-1:] = [_joined(modules[:-1])] if _halves(module) else [module, before]
        elif isinstance(before, nn.MaxPool2d) and isinstance(module, nn.ReLU) and _halves(before):
            modules[-1] = _joined(modules[:-1])
        else:
            modules.append(module)
    return nn.Sequential(*modules)


def _joined(before: list[nn.Module]) -> MaxPoolReLU:
    """Both in one. A convolution needs its result no more, as a tanh would for its gradient."""
    return MaxPoolReLU(spare=bool(before) and isinstance(before[-1], nn.Conv2d))


def _halves(pool: nn.MaxPool2d) -> bool:
    """Whether it takes windows of 2×2, side by side."""
    two, none, one = (2, (2, 2)), (0, (0, 0)), (1, (1, 1))
    windows = pool.kernel_size in two and pool.stride in two and pool.padding in none
    return windows and pool.dilation in one and not pool.ceil_mode


class MaxPoolReLU(nn.Module):
    """`relu(max_pool2d(x, 2))`; the gradient of equal maxima goes to the first, as torch's does.

    `spare`: nobody needs the input any more, so that its memory may take up the gradient.
    """

    def __init__(self, *, spare: bool = False) -> None:
        super().__init__()
        self._spare = spare

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H // 2, W // 2)."""
        if x.device.type == "cpu" and x.dtype in _WHOLE:
            return _MaxPoolReLU.apply(x, self._spare)  # type: ignore[no-any-return, no-untyped-call]
        return functional.relu(functional.max_pool2d(x, 2))


def _pairs(bits: Tensor) -> tuple[Tensor, Tensor]:
    """(N, H, W, C) -> the left and the right one of each two columns, without a last odd row or column.

    By strides: the same by slices takes four times the calls, which is what a small batch waits for.
    """
    count, high, wide, channels = bits.shape
    shape = (count, high // 2 * 2, wide // 2, channels)
    strides = (high * wide * channels, wide * channels, 2 * channels, 1)
    start = bits.storage_offset()
    return bits.as_strided(shape, strides, start), bits.as_strided(shape, strides, start + channels)


def _lines(lines: Tensor) -> tuple[Tensor, Tensor]:
    """(N, 2 h, w, C) -> the upper and the lower one of each two rows."""
    count, high, wide, channels = lines.shape
    shape = (count, high // 2, wide, channels)
    strides = (high * wide * channels, 2 * wide * channels, channels, 1)
    return lines.as_strided(shape, strides), lines.as_strided(shape, strides, wide * channels)


def _bits(x: Tensor) -> Tensor:
    """(N, C, H, W) of floating-point numbers -> (N, H, W, C) of whole ones, one after the other in memory."""
    last = x.contiguous(memory_format=torch.channels_last)
    return last.view(_WHOLE[x.dtype]).permute(0, 2, 3, 1)


def _share(gradient: Tensor, first: Tensor, second: Tensor) -> None:
    """Put each gradient in the place of the larger of two numbers, or of the first of equal ones, else 0.

    In place: what memory has to be fetched and written back costs more here than all computing.
    """
    torch.ge(first, second, out=second)  # 1 or 0
    torch.mul(gradient, second, out=first)
    torch.bitwise_xor(gradient, first, out=second)


class _MaxPoolReLU(torch.autograd.Function):
    """All inside are bits of floating-point numbers as whole numbers, channels last."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, spare: bool) -> Tensor:
        bits = _bits(x)
        lines = torch.maximum(*_pairs(bits))
        # ReLU as a floating-point operation: what is no number stays none.
        pooled = torch.maximum(*_lines(lines)).view(x.dtype).relu_()
        ctx.spare = spare
        ctx.save_for_backward(bits, lines, pooled)
        return pooled.permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        bits, lines, pooled = ctx.saved_tensors
        if not ctx.spare:
            bits = bits.clone()
        passed = pooled.view(bits.dtype).clamp(0, 1)  # 1 where ReLU let it through
        _share(passed.mul_(_bits(gradients[0])), *_lines(lines))
        _share(lines, *_pairs(bits))
        _, high, wide, _ = bits.shape
        if high % 2:
            bits.select(1, -1).zero_()
        if wide % 2:
            bits.select(2, -1).zero_()
        return bits.view(pooled.dtype).permute(0, 3, 1, 2), None
