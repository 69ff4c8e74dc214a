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
            modules[-1:] = [MaxPoolReLU()] if _halves(module) else [module, before]
        elif isinstance(before, nn.MaxPool2d) and isinstance(module, nn.ReLU) and _halves(before):
            modules[-1] = MaxPoolReLU()
        else:
            modules.append(module)
    return nn.Sequential(*modules)


def _halves(pool: nn.MaxPool2d) -> bool:
    """Whether it takes windows of 2×2, side by side."""
    two, none, one = (2, (2, 2)), (0, (0, 0)), (1, (1, 1))
    windows = pool.kernel_size in two and pool.stride in two and pool.padding in none
    return windows and pool.dilation in one and not pool.ceil_mode


class MaxPoolReLU(nn.Module):
    """`relu(max_pool2d(x, 2))`; the gradient of equal maxima goes to the first, as torch's does."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H // 2, W // 2)."""
        if x.device.type == "cpu" and x.dtype in _WHOLE:
            return _MaxPoolReLU.apply(x)  # type: ignore[no-any-return, no-untyped-call]
        return functional.relu(functional.max_pool2d(x, 2))


def _pairs(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """(N, H, W, C) -> the left and the right one of each two columns, without a last odd row or column."""
    count, high, wide, channels = pictures.shape
    pairs = pictures[:, : high // 2 * 2, : wide // 2 * 2].view(count, -1, wide // 2, 2, channels)
    return pairs[:, :, :, 0], pairs[:, :, :, 1]


def _lines(lines: Tensor) -> tuple[Tensor, Tensor]:
    """(N, 2 h, w, C) -> the upper and the lower one of each two rows."""
    pairs = lines.view(lines.shape[0], -1, 2, *lines.shape[2:])
    return pairs[:, :, 0], pairs[:, :, 1]


def _share(gradient: Tensor, first: Tensor, second: Tensor, to_first: Tensor, to_second: Tensor) -> None:
    """Hand each gradient to the larger of two numbers, or to the first of equal ones, and 0 to the other."""
    torch.ge(first, second, out=to_second)  # 1 or 0
    torch.mul(gradient, to_second, out=to_first)
    torch.bitwise_xor(gradient, to_first, out=to_second)


class _MaxPoolReLU(torch.autograd.Function):
    """All inside are bits of floating-point numbers as whole numbers, channels last."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        bits = x.permute(0, 2, 3, 1).contiguous().view(_WHOLE[x.dtype])
        left, right = _pairs(bits)
        upper, lower = _lines(torch.maximum(left, right))
        # ReLU as a floating-point operation: what is no number stays none.
        pooled = torch.maximum(upper, lower).view(x.dtype).relu_()
        ctx.save_for_backward(bits, left, right, upper, lower, pooled)
        return pooled.permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        bits, left, right, upper, lower, pooled = ctx.saved_tensors
        gradient = gradients[0].permute(0, 2, 3, 1).contiguous().view(bits.dtype)
        gradient = gradient * pooled.view(bits.dtype).clamp(0, 1)  # 1 where ReLU let it through
        to_bits = torch.empty_like(bits)
        to_lines = torch.empty_like(left)
        _share(gradient, upper, lower, *_lines(to_lines))
        _share(to_lines, left, right, *_pairs(to_bits))
        _, high, wide, _ = bits.shape
        if high % 2:
            to_bits[:, -1] = 0
        if wide % 2:
            to_bits[:, :, -1] = 0
        return to_bits.view(pooled.dtype).permute(0, 3, 1, 2)
