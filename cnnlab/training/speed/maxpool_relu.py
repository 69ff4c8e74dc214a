"""Max-pooling before ReLU, and on a CPU both as one operation: faster, with bit-identical results.

torch stores an eight-byte index for each pooled number and compares bfloat16 numbers one by one. Here they
are compared as integers, whose vector instructions are the fastest: the bit patterns of positive
floating-point numbers are in the same order as the numbers. For negative numbers the order is reversed, but
there ReLU returns 0 anyway.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

_INTEGER_OF = {torch.bfloat16: torch.int16, torch.float16: torch.int16, torch.float32: torch.int32}


def pool_before_relu(model: nn.Sequential) -> nn.Sequential:
    """The same function with each ReLU moved after the max-pooling that follows it: a quarter of the work.

    max(relu(a), relu(b)) = relu(max(a, b)), and the gradients are the same too. The modules are shared; a
    2×2 pooling and its ReLU become one module.
    """
    modules: list[nn.Module] = []
    for module in model:
        before = modules[-1] if modules else None
        if isinstance(before, nn.ReLU) and isinstance(module, nn.MaxPool2d):
            modules[-1:] = [_fused(modules[:-1])] if _is_two_by_two(module) else [module, before]
        elif isinstance(before, nn.MaxPool2d) and isinstance(module, nn.ReLU) and _is_two_by_two(before):
            modules[-1] = _fused(modules[:-1])
        else:
            modules.append(module)
    return nn.Sequential(*modules)


def _fused(before: list[nn.Module]) -> MaxPoolReLU:
    """Both in one. A convolution no longer needs its result; a tanh would, for its gradient."""
    return MaxPoolReLU(reuse_input=bool(before) and isinstance(before[-1], nn.Conv2d))


def _is_two_by_two(pool: nn.MaxPool2d) -> bool:
    """Whether its windows are 2×2 and do not overlap."""
    two, none, one = (2, (2, 2)), (0, (0, 0)), (1, (1, 1))
    windows = pool.kernel_size in two and pool.stride in two and pool.padding in none
    return windows and pool.dilation in one and not pool.ceil_mode


class MaxPoolReLU(nn.Module):
    """`relu(max_pool2d(x, 2))`; the gradient of equal maxima goes to the first, as in torch.

    `reuse_input`: nothing else needs the input, so the gradient may overwrite its memory.
    """

    def __init__(self, *, reuse_input: bool = False) -> None:
        super().__init__()
        self._reuse_input = reuse_input

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H // 2, W // 2)."""
        if x.device.type == "cpu" and x.dtype in _INTEGER_OF:
            return _MaxPoolReLUFunction.apply(x, self._reuse_input)  # type: ignore[no-any-return, no-untyped-call]
        return functional.relu(functional.max_pool2d(x, 2))


def _column_pairs(bits: Tensor) -> tuple[Tensor, Tensor]:
    """(N, H, W, C) -> the left and the right column of each pair, without a last odd row or column.

    Strides instead of slices: slicing takes four times the calls, and in a small batch the calls cost most.
    """
    count, high, wide, channels = bits.shape
    shape = (count, high // 2 * 2, wide // 2, channels)
    strides = (high * wide * channels, wide * channels, 2 * channels, 1)
    start = bits.storage_offset()
    return bits.as_strided(shape, strides, start), bits.as_strided(shape, strides, start + channels)


def _row_pairs(lines: Tensor) -> tuple[Tensor, Tensor]:
    """(N, 2 h, w, C) -> the upper and the lower row of each pair."""
    count, high, wide, channels = lines.shape
    shape = (count, high // 2, wide, channels)
    strides = (high * wide * channels, 2 * wide * channels, channels, 1)
    return lines.as_strided(shape, strides), lines.as_strided(shape, strides, wide * channels)


def _bits(x: Tensor) -> Tensor:
    """(N, C, H, W) of floating-point numbers -> (N, H, W, C) of integers, contiguous in memory."""
    last = x.contiguous(memory_format=torch.channels_last)
    return last.view(_INTEGER_OF[x.dtype]).permute(0, 2, 3, 1)


def _route_gradient(gradient: Tensor, first: Tensor, second: Tensor) -> None:
    """Replace the larger of two numbers, or the first of equal ones, by the gradient and the other by 0.

    In place: here moving data to and from memory costs more than all the arithmetic.
    """
    torch.ge(first, second, out=second)  # 1 or 0
    torch.mul(gradient, second, out=first)
    torch.bitwise_xor(gradient, first, out=second)


class _MaxPoolReLUFunction(torch.autograd.Function):
    """Works on the bits of floating-point numbers as integers, channels last."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, reuse_input: bool) -> Tensor:
        bits = _bits(x)
        lines = torch.maximum(*_column_pairs(bits))
        # ReLU as a floating-point operation, so that NaN stays NaN.
        pooled = torch.maximum(*_row_pairs(lines)).view(x.dtype).relu_()
        ctx.reuse_input = reuse_input
        ctx.save_for_backward(bits, lines, pooled)
        return pooled.permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        bits, lines, pooled = ctx.saved_tensors
        if not ctx.reuse_input:
            bits = bits.clone()
        passed = pooled.view(bits.dtype).clamp(0, 1)  # 1 where ReLU let it through
        _route_gradient(passed.mul_(_bits(gradients[0])), *_row_pairs(lines))
        _route_gradient(lines, *_column_pairs(bits))
        _, high, wide, _ = bits.shape
        if high % 2:
            bits.select(1, -1).zero_()
        if wide % 2:
            bits.select(2, -1).zero_()
        return bits.view(pooled.dtype).permute(0, 3, 1, 2), None
