"""Four summary statistics of a layer's output."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from cnnlab.language import _


@dataclass(frozen=True, slots=True)
class Statistics:
    """The range and mean of some numbers, and the share that is exactly zero (silenced by a ReLU)."""

    lowest: float
    mean: float
    highest: float
    zeros: float  # share, 0 to 1

    def __str__(self) -> str:
        """'from −0.512 to 1.93, mean 0.0214, 61 % zeros'."""
        figures = {
            "lowest": _short(self.lowest),
            "highest": _short(self.highest),
            "mean": _short(self.mean),
        }
        if not self.zeros:
            return _("from {lowest} to {highest}, mean {mean}", **figures)
        share = f"{100 * self.zeros:.0f}"
        return _("from {lowest} to {highest}, mean {mean}, {share} % zeros", **figures, share=share)


def statistics(values: Tensor) -> Statistics | None:
    """Compute the statistics of all values; None if some are not finite (training diverged)."""
    if not torch.isfinite(values).all():
        return None
    values = values.float()
    zeros = (values == 0).float().mean()
    return Statistics(*(float(figure) for figure in (values.min(), values.mean(), values.max(), zeros)))


def map_statistics(maps: Tensor) -> Tensor:
    """Return (M, 4) for (M, H, W): of each map the lowest number, mean, highest, and share of zeros."""
    flat = maps.flatten(1)
    figures = (flat.amin(1), flat.mean(1), flat.amax(1), (flat == 0).float().mean(1))
    return torch.stack(figures, dim=1)


def _short(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")
