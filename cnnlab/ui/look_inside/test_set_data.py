"""What the view of the whole test set shows of a network's answers. Imports torch."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from torch import Tensor

from cnnlab.evaluation.answers import GradedAnswers
from cnnlab.evaluation.calibration import calibration_error, reliability
from cnnlab.evaluation.scores import scores


def summary(graded: GradedAnswers) -> dict[str, Any]:
    """Accuracy with its 95 % interval, confusion matrix, scores of each class, calibration."""
    found = scores(graded)
    return {
        "pictures": len(graded),
        "right": int(graded.right.sum()),
        "accuracy": found.accuracy,
        "interval": found.accuracy_interval,
        "confusion": found.confusion.tolist(),
        "scores": [asdict(each) for each in found.classes],
        "macro": asdict(found.macro),
        "weighted": asdict(found.weighted),
        "calibration_error": calibration_error(graded.confidence, graded.right),
        "reliability": [asdict(row) for row in reliability(graded.confidence, graded.right)],
    }


def listed_places(graded: GradedAnswers, name: str, truth: int, answer: int) -> Tensor:
    """The pictures of the list "cell", "mistakes", "unsure" or "losses", in order, as places in the split.

    In a cell of right answers the least confident comes first, in one of mistakes the most confident.
    """
    if name == "cell":
        places = graded.of_cell(truth, answer)
        return places.flip(0) if truth == answer else places
    if name == "mistakes":
        return graded.mistakes()
    return graded.least_sure() if name == "unsure" else graded.top_losses()
