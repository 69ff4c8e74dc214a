"""What the pad asks for beside the bars: photos and reasons."""

from __future__ import annotations

import io
import json
import threading
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from cnnlab.data.dataset import Split
from cnnlab.design.presets import preset
from cnnlab.drawing.photo import from_pad
from cnnlab.ground import limits
from cnnlab.interpret.neighbours import Neighbourhood
from cnnlab.models.build import build
from cnnlab.models.predict import classify
from cnnlab.reader.loaded_model import LoadedModel
from cnnlab.ui.draw import classify_route, pad_routes
from cnnlab.ui.draw.last_drawing import last_drawings
from cnnlab.ui.draw.nearest import Learned, Pictures, nearest
from tests.ui.asgi import Answer, post
from tests.ui.unpacking import unpack

HOME = {"Host": "127.0.0.1:8501", "Origin": "http://127.0.0.1:8501"}
INK = np.zeros((140, 140), np.uint8)
INK[30:110, 60:75] = 255
INK[30:45, 40:75] = 255


def ask(path: str, body: bytes, headers: dict[str, str] = HOME, **query: Any) -> Answer:
    return post(pad_routes.routes, path, body, query, headers)


def words(answer: Answer) -> str:
    error: str = json.loads(answer.body)["error"]
    return error


def file_of(picture: np.ndarray, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, kind)
    return file.getvalue()


def photo() -> np.ndarray:
    """Pencil on paper under a lamp, with a speck of dust beside the drawing."""
    light = np.linspace(230, 150, 480)[:, None] * np.ones((480, 640))
    ink = np.asarray(Image.fromarray(INK).resize((280, 280)), float) / 255
    light[100:380, 160:440] *= 1 - 0.6 * ink
    light[440:446, 20:26] *= 0.5
    noise = np.random.default_rng(0).normal(0, 3, light.shape)
    return np.clip(light + noise, 0, 255).astype(np.uint8)


# ---- photos


def test_a_photo_becomes_the_pads_ink() -> None:
    """As large as the pad's own, and the network sees in it what was drawn."""
    answer = unpack(ask("/api/photo", file_of(photo(), "JPEG")).body)
    assert answer["ink"].shape == (140, 140)
    found, drawn = from_pad(answer["ink"].copy()), from_pad(INK)
    assert found is not None
    assert drawn is not None
    assert np.abs(found.image - drawn.image).mean() < 0.06


def test_each_step_of_a_photo_is_shown() -> None:
    """Six pictures with names, none larger than a thumbnail; the dust goes with the fifth."""
    steps = unpack(ask("/api/photo", file_of(photo())).body)["steps"]
    assert [step["name"] for step in steps] == [
        *("As it came", "Grey", "Background removed", "Threshold", "Largest blob", "Cropped and centred"),
    ]
    assert [step["is_ink"] for step in steps] == [False] * 2 + [True] * 4
    assert all(max(step["picture"].shape[:2]) <= pad_routes.STEP_SIDE for step in steps)
    corner = (slice(-14, None), slice(0, 14))
    threshold, blob = steps[3]["picture"][corner], steps[4]["picture"][corner]
    assert threshold.any()
    assert not blob.any()


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b"", 422, "no picture"),
        (b"<svg onload=alert(1)>", 422, "no picture"),
        (file_of(np.full((50, 50), 200, np.uint8)), 422, "nothing is drawn"),
        (bytes(limits.MAX_PICTURE_BYTES + 1), 413, "at most"),
    ],
    ids=["empty", "a script", "blank", "huge"],
)
def test_what_is_no_photo_is_refused_in_words(body: bytes, status: int, says: str) -> None:
    """With a status of its own."""
    answer = ask("/api/photo", body)
    assert answer.status == status
    assert says in words(answer)


def test_only_so_many_photos_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each may take ten megabytes."""
    monkeypatch.setattr(pad_routes, "_waiting", pad_routes.MOST_WAITING)
    assert ask("/api/photo", file_of(photo())).status == 503


@pytest.mark.parametrize("path", ["/api/photo", "/api/why", "/api/drawing"])
def test_a_foreign_page_is_refused(path: str) -> None:
    """Another site that is open in the same browser cannot use the lab."""
    assert ask(path, b"", HOME | {"Origin": "http://evil.example"}).status == 403


# ---- a drawing that a browser has kept


def test_a_kept_drawing_is_taken_for_a_tab_that_has_said_nothing() -> None:
    """As if it lay on its sheet, but nobody has just made it; what a pad has sent is not overwritten."""
    tab = last_drawings.open_tab()
    assert ask("/api/drawing", INK.tobytes(), tab=tab).status == 204
    sheet = last_drawings.sheet(tab)
    assert sheet.drawing is not None
    np.testing.assert_array_equal(sheet.drawing.ink, INK)
    assert sheet.changes == 0
    last_drawings.put(tab, None)
    assert ask("/api/drawing", INK.tobytes(), tab=tab).status == 204
    assert last_drawings.of(tab) is None


def test_a_kept_drawing_is_only_taken_for_a_tab_of_the_labs() -> None:
    """A guessed name gets no place in the memory."""
    assert ask("/api/drawing", INK.tobytes(), tab="guessed").status == 204
    assert last_drawings.of("guessed") is None
    assert not last_drawings.sheet("guessed").known


# ---- reasons


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> LoadedModel:
    """The lab is awake, knows one model, and no pictures around it."""
    design = preset("article-1").design
    model = build(design).eval().requires_grad_(False)
    known = LoadedModel(design, model, tuple("0123456789"), "untrained", None)
    ready = threading.Event()
    ready.set()
    monkeypatch.setattr(classify_route, "lab", lambda: SimpleNamespace(torch_ready=ready))
    monkeypatch.setattr(classify_route, "model_at_hand", lambda key, epoch: known)
    monkeypatch.setattr(nearest, "pictures", lambda key, loaded: None)
    return known


def test_the_reasons_are_those_of_winner_and_runner_up(network: LoadedModel) -> None:
    """The two likeliest classes, a picture of signs as large as what the network sees, a stop in each row."""
    answer = unpack(ask("/api/why", INK.tobytes(), seq=4).body)
    normalized = from_pad(INK)
    assert normalized is not None
    ranking = classify(network.model, torch.from_numpy(normalized.image)[None]).ranking[0].tolist()
    assert (answer["seq"], answer["label"], answer["other"]) == (4, ranking[0], ranking[1])
    assert answer["lead"] > 0
    assert answer["evidence"].shape == answer["picture"].shape == (28, 28)
    assert np.abs(answer["evidence"]).max() == 127
    assert not answer["evidence"][answer["picture"] == 0].any()
    assert len(answer["path"]) == len(network.design.layers)
    assert answer["nearest"] is None


def test_the_nearest_pictures_come_along(network: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five, with their labels; a picture of the drawing itself is the nearest."""
    normalized = from_pad(INK)
    assert normalized is not None
    images = torch.randint(0, 256, (30, 1, 28, 28), dtype=torch.uint8)
    images[7] = torch.from_numpy(np.round(normalized.image * 255).astype(np.uint8))
    around = Neighbourhood(network.model, Split(images, torch.arange(30) % 10), lambda: None)
    known = Pictures("digits", Learned(("digits",)), around)
    monkeypatch.setattr(nearest, "pictures", lambda key, loaded: known)
    answer = unpack(ask("/api/why", INK.tobytes()).body)
    assert answer["near"] == "Nearest of 30 pictures of Digits (it learned from these)."
    assert (answer["looking"], len(answer["nearest"])) == (False, 5)
    first = answer["nearest"][0]
    assert first["label"] == 7
    assert first["likeness"] == pytest.approx(1, abs=1e-3)
    np.testing.assert_array_equal(first["picture"], images[7, 0].numpy())


def test_a_blank_pad_has_no_reasons(network: LoadedModel) -> None:
    """Nothing is guessed, nothing is explained."""
    assert unpack(ask("/api/why", bytes(140 * 140)).body)["label"] is None


def test_a_network_of_another_shape_has_reasons_too(
    network: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A colour network of 64×64: its channels are taken together."""
    design = preset("tiny-vgg").design
    model = build(design).eval().requires_grad_(False)
    colour = LoadedModel(design, model, tuple("abcdefghij"), "colour", None)
    monkeypatch.setattr(classify_route, "model_at_hand", lambda key, epoch: colour)
    assert unpack(ask("/api/why", INK.tobytes()).body)["evidence"].shape == (64, 64)
