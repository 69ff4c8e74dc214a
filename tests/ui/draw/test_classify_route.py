from __future__ import annotations

import json
import threading
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from cnnlab.design.design import Design
from cnnlab.design.presets import preset
from cnnlab.drawing.ink import Drawing, from_pad
from cnnlab.drawing.strokes import redrawn
from cnnlab.ground.errors import RunError, WeightsError
from cnnlab.interpret.activations import feature_maps
from cnnlab.models.build import build
from cnnlab.models.predict import classify
from cnnlab.reader.loaded_model import LoadedModel, load_bundled
from cnnlab.ui.app import loaded_models
from cnnlab.ui.draw import classify_route
from cnnlab.ui.draw.last_drawing import LastDrawings, last_drawings
from tests.ui.asgi import Answer, error_text, post
from tests.ui.unpacking import unpack

HOME = {"Host": "127.0.0.1:8501", "Origin": "http://127.0.0.1:8501"}
INK = np.zeros((140, 140), np.uint8)
INK[30:110, 60:75] = 255
INK[30:45, 40:75] = 255


def loaded(design: Design) -> LoadedModel:
    model = build(design).eval().requires_grad_(False)
    return LoadedModel(design, model, tuple("0123456789"), "untrained", None)


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> LoadedModel:
    """The lab is awake and knows one model."""
    known = loaded(preset("article-1").design)

    def get_model(key: str, epoch: object) -> LoadedModel:
        if key == "broken":
            raise WeightsError("the file is damaged", where="a run")
        if key != "bundled":
            raise RunError(f"there is no run {key!r}")
        return known

    ready = threading.Event()
    ready.set()
    monkeypatch.setattr(loaded_models, "lab", lambda: SimpleNamespace(torch_ready=ready))
    monkeypatch.setattr(classify_route, "get_model", get_model)
    monkeypatch.setattr(classify_route, "cached_model", lambda key, epoch: None)
    return known


def ask(body: bytes = INK.tobytes(), headers: dict[str, str] | None = None, **query: Any) -> Answer:
    return post(classify_route.routes, "/api/classify", body, query, HOME if headers is None else headers)


def unpacked(answer: Answer) -> Any:
    """The body of a successful answer."""
    assert answer.status == 200, answer.body
    return unpack(answer.body)


def test_an_answer_holds_the_networks_prediction(network: LoadedModel) -> None:
    """The same probabilities as in Python, with the number of the request."""
    answer = unpacked(ask(seq=41))
    normalized = from_pad(INK)
    assert normalized is not None
    expected = classify(network.model, torch.from_numpy(normalized.image)[None])
    assert answer["seq"] == 41
    assert answer["label"] == int(expected.label[0])
    assert answer["probabilities"].tolist() == pytest.approx(expected.probabilities[0].tolist(), abs=1e-6)
    np.testing.assert_array_equal(answer["pictures"]["center"], normalized.pictures["center"])
    assert answer["rows"] == []


@pytest.mark.parametrize("scope", ["map", "layer", "network"])
def test_an_answer_shows_every_layer(network: LoadedModel, scope: str) -> None:
    """With a scale come the feature maps of each row, equal to torch's within half a step."""
    rows = unpacked(ask(scale=scope))["rows"]
    normalized = from_pad(INK)
    assert normalized is not None
    maps = feature_maps(network.model, torch.from_numpy(normalized.image))
    assert len(rows) == len(network.design.layers)
    for row, values in zip(rows, maps, strict=True):
        back = row["values"] / 127 * row["scales"][:, None, None]
        wanted = values.numpy() if values.ndim == 3 else values.numpy()[None, None]
        assert np.abs(back - wanted).max() <= row["scales"].max() / 250


def test_a_step_can_be_switched_off(network: LoadedModel) -> None:
    """Without cropping the network sees the whole pad."""
    pictures = unpacked(ask(crop=0))["pictures"]
    assert pictures["crop"].shape == (56, 56)
    assert not pictures["center"][:, :4].any()


def test_a_blank_pad_gets_no_guess(network: LoadedModel) -> None:
    """No label, no probabilities, and the reason."""
    answer = unpacked(ask(bytes(140 * 140), seq=3))
    assert answer["label"] is None
    assert answer["verdict"] == {"sure": False, "kind": "blank", "reason": "The sheet is blank."}
    assert set(answer) == {"seq", "label", "verdict"}


def test_a_network_of_another_shape_says_what_was_done(
    network: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A color network reads the drawing too, and a note says how."""
    monkeypatch.setattr(classify_route, "get_model", lambda key, epoch: loaded(preset("tiny-vgg").design))
    assert "64×64" in unpacked(ask())["notes"][0]


def test_the_drawing_is_kept_for_the_other_pages(network: LoadedModel) -> None:
    """Under the tab's name, until the pad is cleared; a name that the lab did not issue is ignored."""
    tab = last_drawings.open_tab()
    ask(tab=tab)
    kept = last_drawings.of(tab)
    assert kept is not None
    np.testing.assert_array_equal(kept.ink, INK)
    ask(bytes(140 * 140), tab=tab)
    assert last_drawings.of(tab) is None
    ask(tab="guessed")
    assert last_drawings.of("guessed") is None


def test_only_another_drawing_is_a_change(network: LoadedModel) -> None:
    """Pages check whether somebody has drawn since they last looked; a repeated request does not count."""
    tab = last_drawings.open_tab()
    changes = []
    for body in (bytes(140 * 140), INK.tobytes(), INK.tobytes(), bytes(140 * 140), INK.tobytes()):
        ask(body, tab=tab)
        changes.append(last_drawings.sheet(tab).changes)
    assert changes == [0, 1, 1, 2, 3]


def test_the_second_network_gets_the_same_doubts_as_alone(
    network: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its verdict is the one it would get when reading alone."""
    bundled = load_bundled()
    monkeypatch.setattr(
        classify_route, "cached_model", lambda key, epoch: bundled if key == "bundled" else network
    )
    scribble = (np.random.default_rng(5).random((140, 140)) > 0.6).astype(np.uint8) * 255
    for drawing in (INK, scribble):
        alone = unpacked(ask(drawing.tobytes(), model="bundled"))
        beside = unpacked(ask(drawing.tobytes(), model="other", against="bundled"))["against"]
        assert beside["verdict"] == alone["verdict"]
        assert beside["label"] == alone["label"]
        np.testing.assert_array_equal(beside["probabilities"], alone["probabilities"])
    assert not alone["verdict"]["sure"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "127.0.0.1:8501", "Origin": "http://evil.example"},
        {"Host": "127.0.0.1:8501", "Origin": "null"},
        {"Host": "127.0.0.1:8501"},
        HOME | {"Sec-Fetch-Site": "cross-site"},
    ],
    ids=["foreign", "opaque", "none", "cross-site"],
)
def test_a_foreign_page_is_refused(network: LoadedModel, headers: dict[str, str]) -> None:
    """Another site that is open in the same browser cannot use the lab."""
    assert ask(headers=headers).status == 403


def test_a_forwarded_host_is_not_believed(network: LoadedModel) -> None:
    """Any client can write that header; only the guard knows which proxy to believe (ui/app/guard.py)."""
    proxied = {"Host": "lab:8501", "X-Forwarded-Host": "lab.example", "Origin": "https://lab.example"}
    assert ask(headers=proxied).status == 403


@pytest.mark.parametrize(("size", "status"), [(0, 400), (28 * 28, 400), (140 * 140 + 1, 400), (10**6, 413)])
def test_a_drawing_of_another_size_is_refused(network: LoadedModel, size: int, status: int) -> None:
    """The message says what a drawing must be."""
    answer = ask(bytes(size))
    assert answer.status == status
    assert "bytes" in error_text(answer) or "16-bit" in error_text(answer)


def as_bytes(*strokes: list[tuple[int, int]]) -> bytes:
    """Strokes in the pad's format, written from the route's documentation."""
    numbers = [number for stroke in strokes for number in (len(stroke), *np.ravel(stroke))]
    return np.array(numbers, "<i2").tobytes()


def test_strokes_sent_with_the_ink_are_redrawn_with_one_width(network: LoadedModel) -> None:
    """In tenths of a sheet of 280 by 280. Switched off, the ink keeps its width."""
    body = INK.tobytes() + as_bytes([(800, 800), (1300, 800)], [(1300, 700), (1300, 2000)])
    strokes = [np.array([[80.0, 80], [130, 80]]), np.array([[130.0, 70], [130, 200]])]
    pictures = unpacked(ask(body))["pictures"]
    np.testing.assert_array_equal(pictures["width"], redrawn(strokes))
    assert (pictures["width"] != pictures["center"]).any()
    off = unpacked(ask(body, width=0))["pictures"]
    np.testing.assert_array_equal(off["width"], off["center"])


@pytest.mark.parametrize("numbers", [[0], [-1], [2, 10, 10, 20], [1, 5, 5, 7]])
def test_strokes_that_do_not_add_up_are_refused(network: LoadedModel, numbers: list[int]) -> None:
    """A count of points that is not positive, or larger than what follows."""
    answer = ask(INK.tobytes() + np.array(numbers, "<i2").tobytes())
    assert answer.status == 400
    assert "does not fit" in error_text(answer)


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ({"model": "nobody"}, 404, "no run"),
        ({"model": "broken"}, 422, "damaged"),
        ({"epoch": "first"}, 400, "best, last or a number"),
        ({"seq": "-1"}, 400, "not a number"),
        ({"scale": "pixel"}, 400, "map, layer, network"),
    ],
)
def test_an_invalid_request_is_refused(
    network: LoadedModel, query: dict[str, Any], status: int, says: str
) -> None:
    """With a message and the right status."""
    answer = ask(**query)
    assert answer.status == status
    assert says in error_text(answer)


def test_a_diverged_network_gives_no_answer(network: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says that the scores are not numbers."""
    astray = loaded(preset("article-1").design)
    with torch.no_grad():
        next(astray.model.parameters()).fill_(torch.nan)
    monkeypatch.setattr(classify_route, "get_model", lambda key, epoch: astray)
    answer = ask()
    assert answer.status == 422
    assert "learning rate" in error_text(answer)


def test_a_lab_that_is_still_loading_says_so(network: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """While torch is being loaded the pad has to ask again."""
    monkeypatch.setattr(loaded_models, "lab", lambda: SimpleNamespace(torch_ready=threading.Event()))
    answer = ask()
    assert answer.status == 503
    assert json.loads(answer.body)["waking"] is True


def test_too_many_drawings_at_once_are_turned_away(
    network: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue is bounded."""
    monkeypatch.setattr(classify_route._room, "waiting", classify_route.MAX_WAITING)
    assert ask().status == 503


def test_the_number_of_remembered_tabs_is_bounded() -> None:
    """The one that drew longest ago is forgotten."""
    drawings = LastDrawings(max_tabs=2)
    first, second = drawings.open_tab(), drawings.open_tab()
    drawings.receive(first, Drawing(INK))
    third = drawings.open_tab()
    drawings.receive(second, Drawing(INK))
    assert drawings.of(first) is not None
    assert drawings.of(second) is None
    assert drawings.of(third) is None
