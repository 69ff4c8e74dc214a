"""A photo becomes ink, step by step."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image

from cnnlab.drawing.ink import from_pad
from cnnlab.ground import limits
from cnnlab.ui.draw import photo_route
from tests.ui.asgi import HOME, ask, error_text
from tests.ui.unpacking import unpack

INK = np.zeros((140, 140), np.uint8)
INK[30:110, 60:75] = 255
INK[30:45, 40:75] = 255


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


def test_a_photo_becomes_the_pads_ink() -> None:
    """As large as the pad's own, and the network sees what was drawn."""
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
        *("Original", "Gray", "Background removed", "Threshold", "Largest blob", "Cropped and centered"),
    ]
    assert [step["is_ink"] for step in steps] == [False] * 2 + [True] * 4
    assert all(max(step["picture"].shape[:2]) <= photo_route.STEP_SIDE for step in steps)
    corner = (slice(-14, None), slice(0, 14))
    threshold, blob = steps[3]["picture"][corner], steps[4]["picture"][corner]
    assert threshold.any()
    assert not blob.any()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "This is not an image"),
        (b"<svg onload=alert(1)>", "This is not an image"),
        (file_of(np.full((50, 50), 200, np.uint8)), "No drawing was found on it"),
    ],
    ids=["empty", "a script", "blank"],
)
def test_a_file_without_a_digit_is_refused_with_a_reason(body: bytes, says: str) -> None:
    """With status 200, since an error status would appear in the browser's console."""
    answer = ask("/api/photo", body)
    assert answer.status == 200
    assert json.loads(answer.body)["refused"].startswith(says)


def test_a_huge_file_is_not_read_to_its_end() -> None:
    """The page itself refuses it; this is for requests from elsewhere."""
    answer = ask("/api/photo", bytes(limits.MAX_PICTURE_BYTES + 1))
    assert answer.status == 413
    assert "at most" in error_text(answer)


def test_the_queue_of_photos_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each may take up ten megabytes."""
    monkeypatch.setattr(photo_route._room, "waiting", photo_route.MAX_WAITING)
    assert ask("/api/photo", file_of(photo())).status == 503


@pytest.mark.parametrize("path", ["/api/photo", "/api/why", "/api/drawing"])
def test_a_foreign_page_is_refused(path: str) -> None:
    """Another site that is open in the same browser cannot use the lab."""
    assert ask(path, b"", HOME | {"Origin": "http://evil.example"}).status == 403
