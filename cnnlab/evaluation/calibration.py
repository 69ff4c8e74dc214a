"""How far a network's percentages can be believed."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from cnnlab.evaluation.answers import GradedAnswers


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of similar confidence: how many, how confident on average, how often right."""

    low: float
    high: float
    answers: int
    confidence: float
    right: float


def reliability(confidence: Tensor, right: Tensor, bins: int = 10) -> list[Bin]:
    """Return the bars of a reliability diagram: bins of equal width, without the empty ones.

    `confidence` (N,) in [0, 1], `right` (N,) bool. A bin has its upper edge, not its lower one.
    """
    edges = torch.linspace(0, 1, bins + 1)
    number = torch.bucketize(confidence, edges[1:-1])
    made = []
    for index in range(bins):
        chosen = number == index
        if chosen.any():
            sure, hits = (float(values[chosen].double().mean()) for values in (confidence, right))
            made.append(Bin(index / bins, (index + 1) / bins, int(chosen.sum()), sure, hits))
    return made


def calibration_error(confidence: Tensor, right: Tensor, bins: int = 10) -> float:
    """Expected calibration error: |confidence − accuracy|, averaged over equal-width bins by their size.

    Guo et al. 2017. From 0 to 1.
    """
    return sum(
        abs(row.confidence - row.right) * row.answers for row in reliability(confidence, right, bins)
    ) / len(confidence)


def negative_log_likelihood(graded: GradedAnswers) -> float:
    """The mean of -log of the right class's probability, in nats."""
    return float(graded.losses.double().mean())


def brier_score(graded: GradedAnswers) -> float:
    """The mean squared distance of the probabilities from the right answer, 0 to 2 (Brier 1950)."""
    apart = graded.probabilities.double()
    apart[torch.arange(len(graded)), graded.truth] -= 1
    return float(apart.square().sum(1).mean())
