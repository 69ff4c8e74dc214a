"""POST /api/attribute: the numbers of each method for a drawing and for a test picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from cnnlab.drawing.ink import Drawing, from_pad
from cnnlab.interpret.attribution import METHODS, MethodName
from cnnlab.interpret.attribution.methods import attribute
from cnnlab.interpret.attribution.question import Question, Target
from cnnlab.models.predict import classify
from cnnlab.reader.loaded_model import LoadedModel, load_bundled
from cnnlab.ui.app.lab import lab
from cnnlab.ui.draw.last_drawing import last_drawings
from tests.ui.asgi import ask, error_text
from tests.ui.draw.test_photo_route import INK
from tests.ui.unpacking import unpack

PATH = "/api/attribute"


@pytest.fixture
def network() -> LoadedModel:
    """The bundled model, in a lab that has loaded torch."""
    lab().page_shown.set()
    assert lab().torch_ready.wait(60)
    return load_bundled()


def drawn() -> torch.Tensor:
    """The drawing as the bundled model gets it."""
    normalized = from_pad(INK)
    assert normalized is not None
    return torch.from_numpy(normalized.image)


@pytest.mark.parametrize("method", METHODS)
def test_the_numbers_are_those_of_the_method(network: LoadedModel, method: MethodName) -> None:
    """In steps of a 127th of the largest, with the words for people."""
    answer = unpack(ask(PATH, INK.tobytes(), method=method, seq=3).body)
    label = int(classify(network.model, drawn()[None]).label)
    expected = attribute(Question(network.model, drawn(), Target(label)), method)
    assert (answer["seq"], answer["method"]) == (3, method)
    assert (answer["target"], answer["against"]) == (label, None)
    assert answer["sum"] == pytest.approx(expected.total)
    values = answer["values"].astype(float) / 127 * answer["scale"]
    np.testing.assert_allclose(values, expected.values[0], atol=answer["scale"] / 250)
    assert np.abs(answer["values"]).max() == (127 if answer["scale"] else 0)
    assert answer["title"] == str(METHODS[method].title)
    assert answer["words"].startswith(f"{METHODS[method].title} for {label}: sum ")


def test_two_classes_are_compared(network: LoadedModel) -> None:
    """By their numbers; the usual method is integrated gradients."""
    answer = unpack(ask(PATH, INK.tobytes(), target=4, against=9).body)
    assert (answer["method"], answer["target"], answer["against"]) == ("integrated-gradients", 4, 9)
    expected = attribute(Question(network.model, drawn(), Target(4, 9)), "integrated-gradients")
    assert answer["sum"] == pytest.approx(expected.total)
    assert "for 4 and not 9" in answer["words"]


def test_a_blank_sheet_has_no_reasons(network: LoadedModel) -> None:
    """Nothing is asked of the network."""
    assert unpack(ask(PATH, bytes(INK.size)).body)["values"] is None


def test_a_test_picture_needs_no_body(monkeypatch: pytest.MonkeyPatch, network: LoadedModel) -> None:
    """Counted from 1, as in the address of Look inside."""
    images = torch.randint(0, 256, (4, 1, 28, 28), dtype=torch.uint8)
    known = images, torch.zeros(4, dtype=torch.int64)
    monkeypatch.setattr("cnnlab.ui.look_inside.named_picture.test_pictures", lambda name: known)
    answer = unpack(ask(PATH, b"", picture="digits-3", target=2, method="gradient").body)
    expected = attribute(Question(network.model, images[2].float() / 255, Target(2)), "gradient")
    assert answer["sum"] == pytest.approx(expected.total, rel=1e-4)
    for name, words in (("digits-0", "1 to 4"), ("digits-5", "1 to 4"), ("nothing-1", "nothing")):
        refused = ask(PATH, b"", picture=name)
        assert refused.status == 422
        assert words in error_text(refused)


def test_smoothed_values_are_on_the_ink(network: LoadedModel) -> None:
    """Only for methods that give blank paper nothing; their sum stays what it was."""
    paper = drawn()[0].numpy() == 0
    plain, smooth = (unpack(ask(PATH, INK.tobytes(), target=4, smooth=each).body) for each in (0, 1))
    assert (plain["smoothed"], smooth["smoothed"]) == (False, True)
    assert not smooth["values"][paper].any()
    values = smooth["values"].astype(float) / 127 * smooth["scale"]
    assert values.sum() == pytest.approx(smooth["sum"], abs=0.05 * np.abs(values).sum())
    assert not unpack(ask(PATH, INK.tobytes(), method="gradient", smooth=1).body)["smoothed"]


def test_the_drawing_of_a_tab_needs_no_body(network: LoadedModel) -> None:
    """As on Look inside, which shows it in 256 shades."""
    tab = last_drawings.open_tab()
    last_drawings.put(tab, Drawing(INK))
    answer = unpack(ask(PATH, b"", picture="drawing", tab=tab, target=4, method="gradient").body)
    image = (drawn() * 255).round() / 255
    expected = attribute(Question(network.model, image, Target(4)), "gradient")
    assert answer["sum"] == pytest.approx(expected.total, rel=1e-4)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"method": "lime"}, "method 'lime': allowed are gradient, gradient-input"),
        ({"target": "two"}, "target 'two' is not a number."),
        ({"against": "-1"}, "against '-1' is not a number."),
        ({"epoch": "first"}, "epoch 'first'"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(
    query: dict[str, Any], words: str, network: LoadedModel
) -> None:
    """With a sentence."""
    refused = ask(PATH, INK.tobytes(), **query)
    assert refused.status == 400
    assert words in error_text(refused)


def test_a_class_that_does_not_exist_is_refused(network: LoadedModel) -> None:
    """By the method, in one line."""
    refused = ask(PATH, INK.tobytes(), target=10)
    assert refused.status == 422
    assert error_text(refused) == "there is no class 10. Allowed: 0 to 9."
