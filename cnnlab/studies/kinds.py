"""The studies, by name. A new one is a function here and a line in STUDIES. Imports torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from cnnlab.data import Catalogue
from cnnlab.data.dataset import Split
from cnnlab.data.record import OnProgress
from cnnlab.evaluation.answers import GradedAnswers
from cnnlab.reader.grading import grade_on, test_split
from cnnlab.reader.loaded_model import LoadedModel
from cnnlab.studies import of_units
from cnnlab.studies.results import Arrays


@dataclass(frozen=True, slots=True)
class Order:
    """What a study is given."""

    loaded: LoadedModel
    catalogue: Catalogue
    data: str  # the full name of the data set
    about: str  # Question.about
    on_progress: OnProgress
    other: Callable[[str, OnProgress], Arrays]  # the result of another study, by name; made now if need be

    @property
    def pictures(self) -> Split:
        """The test pictures; raises DataError if the network cannot be asked about them."""
        return test_split(self.loaded, self.catalogue, self.data)


Study = Callable[[Order], Arrays]


def _grade(order: Order) -> Arrays:
    """The answers to all test pictures: probabilities (N, K), truth (N,), losses (N,) in nats."""
    graded = grade_on(order.loaded, order.catalogue, order.data, order.on_progress)
    return {
        "probabilities": graded.probabilities.numpy(),
        "truth": graded.truth.numpy(),
        "losses": graded.losses.numpy(),
    }


def _excited(order: Order) -> Arrays:
    return of_units.excited(order.loaded, order.pictures, order.about, order.on_progress)


def _optimized(order: Order) -> Arrays:
    return of_units.made_up(order.loaded, order.about, order.on_progress)


def _without(order: Order) -> Arrays:
    asked = 0  # pictures, with the unit; none if that has been done before

    def first(done: int, total: int) -> None:
        nonlocal asked
        asked = total
        order.on_progress(done, 2 * total)

    def second(done: int, total: int) -> None:
        order.on_progress(asked + done, asked + total)

    before = graded_answers(order.other("grade", first))
    return of_units.without(order.loaded, order.pictures, order.about, before, second)


STUDIES: dict[str, Study] = {
    "grade": _grade,
    "excited": _excited,
    "optimized": _optimized,
    "without": _without,
}


def graded_answers(found: Arrays) -> GradedAnswers:
    """The result of the study `grade`."""
    return GradedAnswers(**{name: torch.from_numpy(values) for name, values in found.items()})
