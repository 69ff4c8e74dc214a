"""The studies, by name. A new one is a function here and a line in STUDIES. Imports torch."""

from __future__ import annotations

import torch

from cnnlab.evaluation.answers import GradedAnswers
from cnnlab.reader.grading import grade_on
from cnnlab.studies.one_picture import attribute_study, probe_study, sanity_study
from cnnlab.studies.order import Order, Study
from cnnlab.studies.results import Arrays


def _grade(order: Order) -> Arrays:
    """The answers to all test pictures: probabilities (N, K), truth (N,), losses (N,) in nats."""
    graded = grade_on(order.loaded, order.catalogue, order.data, order.on_progress)
    return {
        "probabilities": graded.probabilities.numpy(),
        "truth": graded.truth.numpy(),
        "losses": graded.losses.numpy(),
    }


STUDIES: dict[str, Study] = {
    "grade": _grade,
    "attribute": attribute_study,
    "probe": probe_study,
    "sanity": sanity_study,
}


def graded_answers(found: Arrays) -> GradedAnswers:
    """The result of the study `grade`."""
    return GradedAnswers(**{name: torch.from_numpy(values) for name, values in found.items()})
