"""What is counted, against scikit-learn's functions for the same."""

from __future__ import annotations

import pytest
import torch
from sklearn import metrics

from cnnlab.evaluation.answers import GradedAnswers
from cnnlab.evaluation.chance import interval
from cnnlab.evaluation.scores import scores, top_k_accuracy
from tests.evaluation.graded import random_answers

CASES = {
    "two classes": random_answers(2, 40, 0),
    "ten classes": random_answers(10, 900, 1),
    "no pictures of some": random_answers(6, 200, 2, absent=(0, 4)),
    "some never answered": random_answers(6, 200, 3, unanswered=(1, 5)),
    "both, and one class with neither": random_answers(7, 60, 4, absent=(2, 6), unanswered=(2, 3)),
    "a single picture": random_answers(5, 1, 5),
}
cases = pytest.mark.parametrize("graded", CASES.values(), ids=CASES)


def labels(graded: GradedAnswers) -> list[int]:
    return list(range(graded.probabilities.shape[1]))


@cases
def test_the_confusion_matrix(graded: GradedAnswers) -> None:
    """Counts, and each row as shares."""
    found, every = scores(graded), labels(graded)
    expected = metrics.confusion_matrix(graded.truth, graded.label, labels=every)
    assert found.confusion.tolist() == expected.tolist()
    shares = torch.tensor(
        [[count / max(1, sum(row)) for count in row] for row in expected.tolist()], dtype=torch.float64
    )
    torch.testing.assert_close(found.confusion_shares, shares)


@cases
def test_precision_recall_f1_and_support_of_each_class(graded: GradedAnswers) -> None:
    """With 0 for 0/0, and no exception."""
    expected = metrics.precision_recall_fscore_support(
        graded.truth, graded.label, labels=labels(graded), zero_division=0
    )
    found = [(each.precision, each.recall, each.f1, each.support) for each in scores(graded).classes]
    assert found == [pytest.approx(row) for row in zip(*expected, strict=True)]


@cases
@pytest.mark.parametrize("kind", ["macro", "weighted"])
def test_averages(graded: GradedAnswers, kind: str) -> None:
    """In which every class, or every picture, counts the same."""
    expected = metrics.precision_recall_fscore_support(
        graded.truth, graded.label, labels=labels(graded), average=kind, zero_division=0
    )
    found = getattr(scores(graded), kind)
    assert (found.precision, found.recall, found.f1) == pytest.approx(expected[:3])
    assert found.support == len(graded)


@cases
def test_accuracy_with_its_interval(graded: GradedAnswers) -> None:
    """The interval is the one that the lab states everywhere."""
    found = scores(graded)
    assert found.accuracy == pytest.approx(metrics.accuracy_score(graded.truth, graded.label))
    assert found.accuracy_interval == interval(found.accuracy, len(graded))


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_top_k(k: int) -> None:
    """The right class is among the first k."""
    graded = CASES["ten classes"]
    expected = metrics.top_k_accuracy_score(graded.truth, graded.probabilities, k=k, labels=labels(graded))
    assert top_k_accuracy(graded, k) == pytest.approx(expected)
    assert k != 1 or top_k_accuracy(graded, k) == scores(graded).accuracy


def test_the_right_class_is_always_among_all() -> None:
    """Also if k is larger than the number of classes."""
    assert top_k_accuracy(CASES["two classes"], 5) == 1.0
