"""Torch modules for blocks that torch does not have. Each is short enough for exported code."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Residual(nn.Module):
    """The output of the layers inside plus their input (or its projection)."""

    def __init__(self, inside: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.inside = inside
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        """Compute F(x) + x."""
        out: Tensor = self.inside(x) + self.shortcut(x)
        return out


class Inception(nn.Module):
    """Parallel branches whose maps are concatenated."""

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Tensor:
        """Apply all branches to x and concatenate their maps."""
        return torch.cat([branch(x) for branch in self.branches], dim=1)


class SqueezeExcitation(nn.Module):
    """Each map of x times a number between 0 and 1, which the gate computes from all maps."""

    def __init__(self, gate: nn.Module) -> None:
        super().__init__()
        self.gate = gate

    def forward(self, x: Tensor) -> Tensor:
        """Multiply (N, C, H, W) by (N, C, 1, 1)."""
        out: Tensor = x * self.gate(x)
        return out
