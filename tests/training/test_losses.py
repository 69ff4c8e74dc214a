"""Losses against their formulas, one picture at a time."""

from __future__ import annotations

from math import exp, log

import pytest
import torch

from cnnlab.training.config import make_config
from cnnlab.training.loss_kinds import LOSSES
from cnnlab.training.losses import balanced_weights, make_loss

SCORES = [[2.0, -1.0, 0.5], [0.1, 0.2, 0.3], [-3.0, 0.0, 4.0], [1.0, 1.0, 1.0]]
LABELS = [0, 2, 1, 1]


def softmax(scores: list[float]) -> list[float]:
    """Probabilities, by the textbook formula."""
    total = sum(exp(score) for score in scores)
    return [exp(score) / total for score in scores]


def cross_entropy(scores: list[float], label: int) -> float:
    return -log(softmax(scores)[label])


def focal(scores: list[float], label: int) -> float:
    p = softmax(scores)[label]
    return -((1 - p) ** 2) * log(p)


def mean_squared_error(scores: list[float], label: int) -> float:
    chances = softmax(scores)
    return sum((p - (k == label)) ** 2 for k, p in enumerate(chances)) / len(chances)


def hinge(scores: list[float], label: int) -> float:
    right = scores[label]
    return sum(max(0.0, 1 - right + s) for k, s in enumerate(scores) if k != label) / len(scores)


FORMULAS = {
    "cross-entropy": cross_entropy,
    "focal": focal,
    "mean-squared-error": mean_squared_error,
    "hinge": hinge,
}


def found(name: str, weight: torch.Tensor | None = None, **settings: float) -> float:
    """The lab's loss of the whole batch."""
    loss = make_loss(make_config(loss=name, **settings), weight)
    return float(loss(torch.tensor(SCORES), torch.tensor(LABELS)))


@pytest.mark.parametrize("name", LOSSES)
def test_is_the_mean_of_its_formula(name: str) -> None:
    """The mean is over the pictures of the batch."""
    values = [FORMULAS[name](scores, label) for scores, label in zip(SCORES, LABELS, strict=True)]
    assert found(name) == pytest.approx(sum(values) / len(values))


@pytest.mark.parametrize("name", ["cross-entropy", "focal", "mean-squared-error"])
def test_class_weights_weigh_the_mean(name: str) -> None:
    """Each picture counts as much as its class."""
    weights = [1.0, 5.0, 0.5]
    values = [
        (weights[label], FORMULAS[name](scores, label)) for scores, label in zip(SCORES, LABELS, strict=True)
    ]
    expected = sum(weight * value for weight, value in values) / sum(weight for weight, _ in values)
    assert found(name, torch.tensor(weights)) == pytest.approx(expected)


def test_label_smoothing_distributes_the_label() -> None:
    """With 0.3, each of three classes gets 0.1 of the label, and the right one the rest as well."""
    values = []
    for scores, label in zip(SCORES, LABELS, strict=True):
        chances = softmax(scores)
        targets = [0.1 + 0.7 * (k == label) for k in range(3)]
        values.append(-sum(q * log(p) for q, p in zip(targets, chances, strict=True)))
    assert found("cross-entropy", label_smoothing=0.3) == pytest.approx(sum(values) / len(values))


@pytest.mark.parametrize("name", LOSSES)
def test_half_precision_scores_are_summed_in_float32(name: str) -> None:
    """bfloat16 scores do not make a bfloat16 loss."""
    scores = torch.tensor(SCORES, dtype=torch.bfloat16)
    assert make_loss(make_config(loss=name))(scores, torch.tensor(LABELS)).dtype == torch.float32


def test_balanced_weights_make_classes_count_the_same() -> None:
    """Six pictures of 0, three of 1, one of 2: the weights of each class add up to the same."""
    labels = torch.tensor([0] * 6 + [1] * 3 + [2])
    weights = balanced_weights(labels, 3)
    assert (torch.bincount(labels) * weights).tolist() == pytest.approx([10 / 3] * 3)


def test_a_class_without_pictures_has_a_finite_weight() -> None:
    """It is never used, but it must not be infinite either."""
    assert balanced_weights(torch.tensor([0, 0, 2]), 3).isfinite().all()
