"""Which test pictures a network can be graded on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from cnnlab.data import Catalogue
from cnnlab.design.design import Design
from cnnlab.ground.errors import DataError
from cnnlab.layers import Flatten, Linear
from cnnlab.models.build import build
from cnnlab.reader.grading import grade_on
from cnnlab.reader.loaded_model import LoadedModel, load_bundled
from tests.catalogue import WITH_BARS, catalogue


def bars_reader(*classes: str) -> LoadedModel:
    """A network for the pictures of the made-up set `bars`."""
    design = Design(name="bars", input_shape=(1, 12, 12), classes=len(classes)).with_layers(
        (Flatten(), Linear(out_features=len(classes)))
    )
    return LoadedModel(design, build(design).eval(), classes, "mine", 1)


def test_the_test_pictures_are_graded() -> None:
    """In the order of the split."""
    known = catalogue()
    graded = grade_on(load_bundled(), known, "digits")
    assert torch.equal(graded.truth, known.load("digits").test.labels)
    assert graded.right.double().mean() > 0.95


@pytest.mark.parametrize(
    ("loaded", "data", "problem"),
    [
        (load_bundled, "bars", "its pictures are 1×12×12, and this network reads 1×28×28. Allowed: digits"),
        (load_bundled, "fashion-mnist", "its classes are T-shirt/top, .* this network knows 0, 1, 2"),
        (load_bundled, "mnist", "^MNIST: its pictures are not on this machine"),
        (load_bundled, "letters", "there is no data set 'letters'"),
        (lambda: bars_reader("high", "low"), "bars", "high, middle, low, and this network knows high, low.$"),
        (lambda: bars_reader("low", "middle", "high"), "bars", "its classes are high, middle, low"),
    ],
    ids=["shape", "classes", "not here", "unknown", "fewer classes", "another order"],
)
def test_pictures_that_do_not_fit(loaded: Callable[[], LoadedModel], data: str, problem: str) -> None:
    """Are refused, with those that would do."""
    with pytest.raises(DataError, match=problem):
        grade_on(loaded(), Catalogue(catalogue().folders, WITH_BARS), data)


def test_many_classes_are_not_all_listed() -> None:
    """An error stays readable."""
    many = tuple(f"class {number}" for number in range(200))
    with pytest.raises(DataError) as caught:
        grade_on(bars_reader(*many), Catalogue(catalogue().folders, WITH_BARS), "bars")
    assert "class 19" in str(caught.value)
    assert "class 20" not in str(caught.value)
