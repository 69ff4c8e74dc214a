"""A row's numbers in four figures."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from cnnlab.language import _


@dataclass(frozen=True, slots=True)
class Statistics:
    """What a set of numbers spans, and how much of it is exactly zero (what a ReLU has silenced)."""

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
    """The figures of all numbers; None where some are not numbers (a network whose training diverged)."""
    if not torch.isfinite(values).all():
        return None
    values = values.float()
    zeros = (values == 0).float().mean()
    return Statistics(*(float(figure) for figure in (values.min(), values.mean(), values.max(), zeros)))


def _short(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")
