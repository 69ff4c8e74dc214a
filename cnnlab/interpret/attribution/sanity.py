"""A sanity check of attribution methods: does the map depend on what the network learned?

Adebayo, Gilmer, Muelly, Goodfellow, Hardt, Kim 2018: layers are re-randomized one after another, from the
last to the first. A map that stays the same shows the picture, not what the network makes of it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import sqrt

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cnnlab.interpret.attribution.question import MethodFunction, Question

INSENSITIVE = 0.8  # a rank correlation that never falls below this is that of a map that hardly changes


@dataclass(frozen=True, slots=True)
class Stage:
    """The map when a row and all rows behind it have random weights."""

    row: int
    correlation: float  # Spearman's, with the map of the trained network: 1 same order, 0 none, −1 reversed
    per_pixel: NDArray[np.float64] = field(compare=False)  # the map itself, (H, W): the sum over the channels


@dataclass(frozen=True, slots=True)
class SanityCheck:
    """How a map changes while the network forgets, row by row from its end."""

    trained: NDArray[np.float64] = field(compare=False)  # the map before, (H, W)
    stages: tuple[Stage, ...]

    @property
    def insensitive(self) -> bool:
        """Whether the map hardly changes, however much the network has forgotten."""
        return all(stage.correlation >= INSENSITIVE for stage in self.stages)


def sanity_check(
    question: Question,
    method: MethodFunction,
    *,
    rows: int | None = None,
    seed: int = 0,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> SanityCheck:
    """Compare a method's map before and after the weights of the last rows are drawn anew.

    `rows`: how many rows with weights, from the last; None for all. `on_progress` is called with the number
    of maps that have been computed, and of all. The model itself is not changed, and the global random
    generator is not used.
    """
    before = _per_pixel(method(question).values)
    model = copy.deepcopy(question.model)
    generator = torch.Generator().manual_seed(seed)
    with_weights = [row for row, module in enumerate(model) if next(module.parameters(), None) is not None]
    chosen = with_weights[::-1][:rows]
    stages: list[Stage] = []
    for row in chosen:
        on_progress(len(stages) + 1, len(chosen) + 1)
        _forget(model[row], generator)
        after = _per_pixel(method(replace(question, model=model)).values)
        stages.append(Stage(row, rank_correlation(before, after), after))
    return SanityCheck(before, tuple(stages))


def _per_pixel(values: Tensor) -> NDArray[np.float64]:
    return values.detach().sum(dim=0).cpu().numpy().astype(np.float64)


def _forget(module: nn.Module, generator: torch.Generator) -> None:
    """Draw weights as PyTorch does for a new layer; normalizations become those of a new network."""
    for part in module.modules():
        if isinstance(part, nn.Conv2d | nn.Linear):
            nn.init.kaiming_uniform_(part.weight, a=sqrt(5), generator=generator)
            if part.bias is not None:
                bound = 1 / sqrt(part.weight[0].numel())
                nn.init.uniform_(part.bias, -bound, bound, generator=generator)
        elif isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d | nn.GroupNorm | nn.LayerNorm):
            part.reset_parameters()


def rank_correlation(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Return Spearman's rank correlation; equal numbers share their mean rank.

    Of a constant map there is no order: then it is 1 if both are constant, else 0.
    """
    one, other = (_centered_ranks(values.ravel()) for values in (first, second))
    if not one.any() or not other.any():
        return float(not one.any() and not other.any())
    return float(one @ other / sqrt((one @ one) * (other @ other)))


def _centered_ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each number's rank minus the mean of all ranks."""
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    last_ranks = np.cumsum(counts, dtype=np.float64)
    return last_ranks[where] - (counts[where] - 1) / 2 - (len(values) + 1) / 2
