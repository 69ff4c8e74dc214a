"""POST /api/probe and /api/sanity: the numbers of their methods, at once or from another process."""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
import pytest

from cnnlab.interpret.attribution.guided import guided_backpropagation
from cnnlab.interpret.attribution.question import Question, Target
from cnnlab.interpret.attribution.sanity import sanity_check
from cnnlab.interpret.probe import probe
from cnnlab.models.predict import classify
from cnnlab.reader.loaded_model import load_bundled
from cnnlab.ui.app.lab import lab
from cnnlab.ui.look_inside import picture_study
from cnnlab.ui.look_inside.picture_choice import test_pictures as pictures_of
from tests.ui.asgi import ask, error_text
from tests.ui.unpacking import unpack

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def awake() -> None:
    """A lab that has loaded torch."""
    lab().page_shown.set()
    assert lab().torch_ready.wait(60)


def answer(path: str, **fields: Any) -> Any:
    """What the route says of the bundled network on the third digit; the refusal if it is one."""
    sent = {"run": "bundled", "epoch": "best", "picture": "digits-3", "target": 4, "do": "begin"} | fields
    reply = ask(path, json.dumps(sent).encode())
    return unpack(reply.body) if reply.status == 200 else (reply.status, error_text(reply))


def test_the_probe_is_that_of_the_picture() -> None:
    """The probability of the class for each shift, angle and scale, and what the network reads there."""
    found = answer("/api/probe")
    image = pictures_of("digits")[0][2].float() / 255
    expected = probe(load_bundled().model, image)
    assert found["state"] == "done"
    for name in ("shifted", "turned", "scaled"):
        values = getattr(expected, name)
        np.testing.assert_allclose(found[name], values[..., 4], atol=1e-6)
        assert found["reads"][name] == values.argmax(-1).tolist()
    middle = len(found["shifts"]) // 2
    unmoved = classify(load_bundled().model, image[None]).probabilities[0, 4]
    assert found["shifted"][middle, middle] == pytest.approx(float(unmoved), abs=1e-6)


def test_the_sanity_check_has_its_maps() -> None:
    """That of the trained network first; two classes can be compared."""
    found = answer("/api/sanity", method="guided", against=9)
    image = pictures_of("digits")[0][2].float() / 255
    asked = Question(load_bundled().model, image, Target(4, 9))
    expected = sanity_check(asked, guided_backpropagation, rows=12)
    assert found["rows"] == [stage.row for stage in expected.stages]
    assert found["correlations"] == pytest.approx([stage.correlation for stage in expected.stages])
    assert found["insensitive"] == expected.insensitive
    maps = found["maps"] / 127 * found["scales"][:, None, None]
    for shown, values in zip(maps, (expected.trained, expected.stages[0].per_pixel), strict=False):
        np.testing.assert_allclose(shown, values, atol=np.abs(values).max() / 250)


def test_what_takes_long_is_computed_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the same result, of an attribution as well."""
    usual = answer("/api/probe")
    query: dict[str, Any] = {"model": "bundled", "picture": "digits-3", "method": "gradient", "target": 4}
    here = unpack(ask("/api/attribute", b"", **query).body)
    monkeypatch.setattr(picture_study, "MAX_WORK", 0)
    found = answer("/api/probe")
    assert found["state"] in ("waiting", "running")
    there = unpack(ask("/api/attribute", b"", **query).body)
    deadline = time.monotonic() + 100
    while found["state"] != "done" or "values" not in there:
        assert time.monotonic() < deadline
        time.sleep(0.1)
        found = answer("/api/probe", do="look")
        there = unpack(ask("/api/attribute", b"", **query | {"do": "look"}).body)
    np.testing.assert_allclose(found["shifted"], usual["shifted"], atol=1e-5)
    assert there["words"] == here["words"]
    np.testing.assert_allclose(there["values"], here["values"], atol=1)


@pytest.mark.parametrize(
    ("path", "fields", "words"),
    [
        ("/api/probe", {"target": 10}, "There is no class 10."),
        ("/api/probe", {"target": True}, "A request names a network, an epoch, a picture and a class."),
        ("/api/probe", {"picture": "digits-999"}, "there is no picture '999'"),
        ("/api/probe", {"picture": "drawing", "tab": "nobody's"}, "nothing is drawn yet"),
        ("/api/probe", {"run": "gone"}, "gone"),
        (
            "/api/sanity",
            {"method": "lime"},
            "A request names a method, and none or one class to compare with.",
        ),
        ("/api/sanity", {"method": "guided", "against": "9"}, "A request names a method"),
        ("/api/sanity", {"method": "guided", "against": 4}, "a class cannot be compared with itself"),
        ("/api/sanity", {"method": "guided", "against": 77}, "there is no class 77"),
    ],
)
def test_what_is_not_there_is_refused(path: str, fields: dict[str, Any], words: str) -> None:
    """In words."""
    status, error = answer(path, **fields)
    assert status in (400, 404, 422)
    assert words in error
