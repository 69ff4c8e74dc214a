"""How far percentages can be believed, against scikit-learn and against sums by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn import metrics
from sklearn.calibration import calibration_curve

from cnnlab.evaluation.calibration import (
    Bin,
    brier_score,
    calibration_error,
    negative_log_likelihood,
    reliability,
)
from tests.evaluation.graded import random_answers

GRADED = random_answers(4, 3_000, 0, absent=(3,))


def test_the_calibration_error_of_a_small_example() -> None:
    """Four answers at 75 %, two of them right, and one at 100 % that is right: 0.25 · 4/5."""
    confidence = torch.tensor([0.75, 0.75, 0.75, 0.75, 1.0])
    right = torch.tensor([True, True, False, False, True])
    assert calibration_error(confidence, right) == pytest.approx(0.2)
    low, high = reliability(confidence, right)
    assert low == Bin(0.7, 0.8, 4, 0.75, 0.5)
    assert high == Bin(0.9, 1.0, 1, 1.0, 1.0)


def test_an_edge_belongs_to_the_bin_below_it() -> None:
    """As with Guo et al. and scikit-learn."""
    (found,) = reliability(torch.tensor([0.5]), torch.tensor([True]))
    assert found == Bin(0.4, 0.5, 1, 0.5, 1.0)


def test_the_calibration_error_is_that_of_guo() -> None:
    """The sum of |B| / n · |acc(B) − conf(B)| over the ten intervals from m/10, exclusive, to (m + 1)/10."""
    confidence, right = GRADED.confidence.numpy().astype(float), GRADED.right.numpy()
    expected = 0.0
    for m in range(10):
        inside = (confidence > m / 10) & (confidence <= (m + 1) / 10)
        if inside.any():
            expected += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    assert expected > 0.2  # these percentages mean nothing
    assert calibration_error(GRADED.confidence, GRADED.right) == pytest.approx(expected)


def test_bins_are_those_of_scikit_learn() -> None:
    """Mean confidence and share of right answers of all bins with answers."""
    right, confidence = calibration_curve(GRADED.right, GRADED.confidence, n_bins=10)
    found = reliability(GRADED.confidence, GRADED.right)
    assert [row.right for row in found] == pytest.approx(right.tolist())
    assert [row.confidence for row in found] == pytest.approx(confidence.tolist(), abs=1e-6)
    assert sum(row.answers for row in found) == len(GRADED)
    assert all(row.low < row.confidence <= row.high for row in found)


def test_negative_log_likelihood() -> None:
    """In nats, the mean over all pictures."""
    expected = metrics.log_loss(GRADED.truth, GRADED.probabilities.numpy(), labels=range(4))
    assert negative_log_likelihood(GRADED) == pytest.approx(expected, rel=1e-5)


def test_brier_score() -> None:
    """Summed over the classes, so that it goes up to 2."""
    expected = metrics.brier_score_loss(GRADED.truth, GRADED.probabilities.numpy(), labels=range(4))
    assert brier_score(GRADED) == pytest.approx(expected, rel=1e-5)
    by_hand = ((GRADED.probabilities.numpy() - np.eye(4)[GRADED.truth]) ** 2).sum(1).mean()
    assert brier_score(GRADED) == pytest.approx(by_hand, rel=1e-5)
