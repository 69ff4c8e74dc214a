"""How often a network is right, and for each class how far its answers can be relied on.

Where a fraction would be 0/0 it is 0, as with scikit-learn's `zero_division=0`: the precision of a class
that is never answered, and the recall of a class without pictures. Macro averages count such a class, too.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from cnnlab.evaluation.answers import GradedAnswers
from cnnlab.evaluation.chance import interval


@dataclass(frozen=True, slots=True)
class ClassScores:
    """Precision, recall and F1, from 0 to 1, of one class or averaged over all classes."""

    precision: float  # the share of its answers that are right
    recall: float  # the share of its pictures that are recognized
    f1: float  # the harmonic mean of the two
    support: int  # its pictures


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """What can be counted from right and wrong answers."""

    confusion: Tensor  # (K, K) int64: how many pictures of each class (row) got which answer (column)
    accuracy: float
    accuracy_interval: tuple[float, float]  # 95 % confidence
    classes: tuple[ClassScores, ...]
    macro: ClassScores  # averages in which every class counts the same
    weighted: ClassScores  # in which every picture does

    @property
    def confusion_shares(self) -> Tensor:
        """(K, K) float64: each row of the confusion matrix as shares; of a class without pictures, zeros."""
        return _ratio(self.confusion, self.confusion.sum(1, keepdim=True))


def scores(graded: GradedAnswers) -> Scores:
    """Count the right and wrong answers, in all and by class."""
    confusion = confusion_matrix(graded.truth, graded.label, graded.probabilities.shape[1])
    right, answered, support = confusion.diagonal(), confusion.sum(0), confusion.sum(1)
    precision, recall = _ratio(right, answered), _ratio(right, support)
    columns = precision, recall, _ratio(2 * right, answered + support)
    count = len(graded)
    accuracy = int(right.sum()) / count

    def averaged(weights: Tensor) -> ClassScores:
        precision, recall, f1 = (float(values @ weights) for values in columns)
        return ClassScores(precision, recall, f1, count)

    rows = zip(*(values.tolist() for values in (*columns, support)), strict=True)
    return Scores(
        confusion,
        accuracy,
        interval(accuracy, count),
        tuple(ClassScores(*row) for row in rows),
        averaged(torch.full_like(precision, 1 / len(precision))),
        averaged(support.double() / count),
    )


def confusion_matrix(labels: Tensor, answers: Tensor, classes: int) -> Tensor:
    """How many pictures of each class (row) got which answer (column), from (N,) and (N,) on the CPU."""
    return torch.bincount(labels * classes + answers, minlength=classes**2).view(classes, classes)


def top_k_accuracy(graded: GradedAnswers, k: int) -> float:
    """The share of pictures whose right class is among the k most probable ones."""
    return float((graded.ranking[:, :k] == graded.truth[:, None]).any(1).double().mean())


def _ratio(counts: Tensor, totals: Tensor) -> Tensor:
    """counts / totals in float64; 0 where the total, and so the count, is 0."""
    return counts.double() / totals.clamp(min=1)
