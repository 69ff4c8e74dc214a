"""The studies, by name. A new one is a function here and a line in STUDIES. Imports torch."""

from __future__ import annotations

import torch

from cnnlab.evaluation.answers import GradedAnswers
from cnnlab.interpret.familiarity import VIEWS, Familiarity
from cnnlab.interpret.neighbors import Neighborhood
from cnnlab.models.predict import require_finite
from cnnlab.reader.grading import grade_on
from cnnlab.studies import of_units
from cnnlab.studies.embeddings import features_study, tsne_study
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

    assert order.other is not None
    before = graded_answers(order.other("grade", first))
    return of_units.without(order.loaded, order.pictures, order.about, before, second)


def _familiarity(order: Order) -> Arrays:
    """What the network learned from, and how similar test pictures are to it: see interpret.familiarity.

    images (N, C, H, W) uint8, labels (N,), positions (N, F), and the usual similarities (M,) in each view.
    """
    data = order.catalogue.load(order.data)
    found = Familiarity.of(order.loaded.model, data, order.on_progress)
    require_finite(found.usual["features"], order.loaded.title)
    known = {name: getattr(found.known, name).numpy() for name in ("images", "labels", "positions")}
    return known | {view: values.numpy() for view, values in found.usual.items()}


STUDIES: dict[str, Study] = {
    "grade": _grade,
    "features": features_study,
    "tsne": tsne_study,
    "excited": _excited,
    "optimized": _optimized,
    "without": _without,
    "familiarity": _familiarity,
    "attribute": attribute_study,
    "probe": probe_study,
    "sanity": sanity_study,
}


def graded_answers(found: Arrays) -> GradedAnswers:
    """The result of the study `grade`."""
    return GradedAnswers(**{name: torch.from_numpy(values) for name, values in found.items()})


def familiarity(found: Arrays) -> Familiarity:
    """The result of the study `familiarity`."""
    known = [torch.from_numpy(found[name]) for name in ("images", "labels", "positions")]
    return Familiarity(Neighborhood(*known), {view: torch.from_numpy(found[view]) for view in VIEWS})
