"""Grade a loaded network on the test pictures of a data set."""

from __future__ import annotations

from cnnlab.data import Catalogue, class_words
from cnnlab.data.dataset import Split
from cnnlab.data.record import OnProgress
from cnnlab.evaluation.answers import GradedAnswers, grade
from cnnlab.ground.errors import DataError
from cnnlab.language import lazy, lazy_listed
from cnnlab.layers import shape_text
from cnnlab.reader.loaded_model import LoadedModel

_NAMED = 20  # classes in an error; the others are left out


def grade_on(
    loaded: LoadedModel, catalogue: Catalogue, name: str, on_progress: OnProgress | None = None
) -> GradedAnswers:
    """The network's answers to the data set's test pictures, which no run has learned from.

    Raises DataError if the network cannot be asked about them; otherwise as `grade`.
    """
    pictures = test_split(loaded, catalogue, name)
    return grade(loaded.design, loaded.model, pictures, title=loaded.title, on_progress=on_progress)


def test_split(loaded: LoadedModel, catalogue: Catalogue, name: str) -> Split:
    """The test pictures of a data set that the network can be asked about.

    Nothing is downloaded or resized. Raises DataError if the data set is unknown, not on this machine, or has
    pictures of another shape or other classes.
    """
    _require_fitting(loaded, catalogue, name)
    record = catalogue.record(name)
    if not catalogue.available(name) and not record.grows:  # too few drawings is what loading them says
        raise DataError(
            lazy("its pictures are not on this machine"),
            where=record.info.title,
            repair=lazy("The first run that trains on them downloads them") if record.source else "",
        )
    return catalogue.load_test(name)


def _require_fitting(loaded: LoadedModel, catalogue: Catalogue, name: str) -> None:
    info = catalogue.describe(name)
    if info.input_shape != loaded.design.input_shape:
        problem = lazy(
            "its pictures are {shape}, and this network reads {wanted}",
            shape=shape_text(info.input_shape),
            wanted=shape_text(loaded.design.input_shape),
        )
    elif info.classes != loaded.classes:
        theirs, known = (
            lazy_listed(map(class_words, classes[:_NAMED])) for classes in (info.classes, loaded.classes)
        )
        problem = lazy(
            "its classes are {classes}, and this network knows {known}", classes=theirs, known=known
        )
    else:
        return
    fitting = [
        each.name
        for each in catalogue.of_shape(loaded.design.input_shape)
        if each.classes == loaded.classes and catalogue.available(each.name)
    ]
    raise DataError(problem, where=info.title, allowed=lazy_listed(fitting))
