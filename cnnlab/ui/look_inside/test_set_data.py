"""What the view of the whole test set shows of a network's answers. Imports torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from torch import Tensor

from cnnlab.evaluation.answers import GradedAnswers
from cnnlab.evaluation.calibration import calibration_error, reliability
from cnnlab.evaluation.scores import scores
from cnnlab.studies.results import Arrays


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


def cell_places(graded: GradedAnswers, truth: int, answer: int) -> Tensor:
    """The pictures of a cell of the confusion matrix, in order, as places in the split.

    In a cell of right answers the least confident comes first, in one of mistakes the most confident.
    """
    places = graded.of_cell(truth, answer)
    return places.flip(0) if truth == answer else places


def listed_places(graded: GradedAnswers, name: str, seed: int = 0) -> Tensor:
    """The pictures of "mistakes", "unsure", "losses", "all" or "random", in order, as places in the split."""
    if name == "random":
        return torch.randperm(len(graded), generator=torch.Generator().manual_seed(seed))
    return _ORDERS[name](graded)


def _rounded_down(shares: Tensor) -> list[float]:
    """To four decimals, so that only what is 1 is said to be all."""
    rounded: list[float] = (shares.double() * 10_000).floor().div(10_000).tolist()
    return rounded


_ORDERS: dict[str, Callable[[GradedAnswers], Tensor]] = {
    "mistakes": GradedAnswers.mistakes,
    "unsure": GradedAnswers.least_sure,
    "losses": GradedAnswers.top_losses,
    "all": lambda graded: torch.arange(len(graded)),
}


def embedded(graded: GradedAnswers, found: Arrays) -> dict[str, Any]:
    """The points of the study "features" or "tsne", each with its picture's number, class and answer."""
    places = torch.from_numpy(found["places"])
    return {
        "points": np.round(found["points"].astype(float), 4).tolist(),
        "numbers": (places + 1).tolist(),
        "truth": graded.truth[places].tolist(),
        "answers": graded.label[places].tolist(),
        "confidence": _rounded_down(graded.confidence[places]),
        "shares": found["shares"].tolist() if "shares" in found else None,
        "pictures": len(graded),
    }
