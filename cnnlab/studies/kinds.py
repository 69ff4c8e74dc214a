"""The studies, by name. A new one is a function here and a line in STUDIES. Imports torch."""

from __future__ import annotations

from collections.abc import Callable

import torch

from cnnlab.data import Catalogue
from cnnlab.data.record import OnProgress
from cnnlab.evaluation.answers import GradedAnswers
from cnnlab.reader.grading import grade_on
from cnnlab.reader.loaded_model import LoadedModel
from cnnlab.studies.results import Arrays

Study = Callable[[LoadedModel, Catalogue, str, OnProgress], Arrays]


def _grade(loaded: LoadedModel, catalogue: Catalogue, data: str, on_progress: OnProgress) -> Arrays:
    """The answers to all test pictures: probabilities (N, K), truth (N,), losses (N,) in nats."""
    graded = grade_on(loaded, catalogue, data, on_progress)
    return {
        "probabilities": graded.probabilities.numpy(),
        "truth": graded.truth.numpy(),
        "losses": graded.losses.numpy(),
    }


STUDIES: dict[str, Study] = {"grade": _grade}


def graded_answers(found: Arrays) -> GradedAnswers:
    """The result of the study `grade`."""
    return GradedAnswers(**{name: torch.from_numpy(values) for name, values in found.items()})
