from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from cnnlab.data import dataset_info
from cnnlab.errors import DataError
from cnnlab.presets import preset
from cnnlab.runs.store import RunStore
from cnnlab.training.config import TrainConfig
from cnnlab.ui.drawing_pad import PREFIX, pad_data, read_ink
from cnnlab.ui.feature_maps import row_captions
from cnnlab.ui.model_menu import Choice, choices
from tests.conftest import ROOT


def address(picture: Image.Image, kind: str = "PNG") -> str:
    """A picture as the browser sends it."""
    file = io.BytesIO()
    picture.save(file, kind)
    return PREFIX + base64.b64encode(file.getvalue()).decode()


def sheet(side: int = 140) -> Image.Image:
    """Black ink of growing strength on glass."""
    alpha = np.linspace(0, 255, side * side).astype(np.uint8).reshape(side, side)
    picture = Image.new("RGBA", (side, side))
    picture.putalpha(Image.fromarray(alpha))
    return picture


def test_the_browsers_picture_is_the_ink() -> None:
    """How opaque a pixel is says how much ink lies on it; a blank sheet is no drawing."""
    ink = read_ink(address(sheet()))
    assert ink is not None
    np.testing.assert_array_equal(ink, np.asarray(sheet().getchannel("A")))
    assert read_ink("") is None
    assert read_ink(None) is None


@pytest.mark.parametrize(
    "picture",
    [
        7,
        "https://example.org/7.png",
        PREFIX + "not base64!",
        PREFIX + base64.b64encode(b"no picture").decode(),
        PREFIX + "A" * 300_000,
        address(sheet(28)),
        address(sheet().convert("L")),
        address(sheet().convert("RGB"), "JPEG"),
    ],
    ids=["number", "address", "no base64", "no picture", "huge", "small", "grey", "JPEG"],
)
def test_anything_else_is_refused(picture: Any) -> None:
    """The browser is not trusted."""
    with pytest.raises(DataError):
        read_ink(picture)


def test_the_pad_speaks_of_what_the_network_knows() -> None:
    """Names of clothes in place of digits, and another invitation."""
    clothes = dataset_info("fashion-mnist").classes
    data = pad_data(Choice("run", "mine", "", preset("article-1").design, clothes))
    assert data["classes"][9] == "Ankle boot"
    assert data["invitation"] == "Draw something"
    assert data["rows"][-1]["names"] == list(clothes)


def test_captions_say_what_a_row_is() -> None:
    """Number, kind and shape, and of a wide row only as many maps as are shown."""
    rows = row_captions(preset("article-3-deep").design, tuple("0123456789"))
    assert rows[0] == {"title": "1. Conv2d 32, 3×3", "about": "32×26×26", "shape": (32, 26, 26), "total": 32}
    assert rows[6]["shape"] == (64, 3, 3)
    assert rows[6]["total"] == 128
    assert rows[-1]["names"] == list("0123456789")


def test_the_menu_has_the_bundled_network_first_and_then_the_newest(home_with_run: Path) -> None:
    """Runs without weights are not on it."""
    store = RunStore(home_with_run)
    finished = store.runs()[0]
    store.queue(preset("lenet-5").design, "digits", TrainConfig())
    menu = choices(store)
    store.close()
    assert list(menu) == ["bundled", finished.id]
    assert menu[finished.id].classes == tuple("0123456789")
    assert "Digits" in menu[finished.id].about


@pytest.mark.slow
def test_a_deleted_run_gives_way_to_the_bundled_network() -> None:
    """The page says so instead of failing."""
    app = AppTest.from_file(ROOT / "cnnlab" / "ui" / "main.py", default_timeout=60).run()
    app.session_state["tab"].model_key = "gone"
    app.run()
    assert not app.exception
    assert "deleted" in app.info[0].value
    assert app.selectbox(key="model_menu").value == "bundled"
