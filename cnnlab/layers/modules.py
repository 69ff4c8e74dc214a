"""The torch modules of blocks, for which torch has no word. Each is short enough to go into exported code."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Residual(nn.Module):
    """What the layers inside make of x, plus x itself (or its projection)."""

    def __init__(self, inside: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.inside = inside
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        """F(x) + x."""
        out: Tensor = self.inside(x) + self.shortcut(x)
        return out


class Inception(nn.Module):
    """Branches beside each other, their maps laid behind each other."""

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Tensor:
        """All branches see the same x."""
        return torch.cat([branch(x) for branch in self.branches], dim=1)


class SqueezeExcitation(nn.Module):
    """Each map of x times one number between 0 and 1, which the gate makes out of all maps."""

    def __init__(self, gate: nn.Module) -> None:
        super().__init__()
        self.gate = gate

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) times (N, C, 1, 1)."""
        out: Tensor = x * self.gate(x)
        return out
