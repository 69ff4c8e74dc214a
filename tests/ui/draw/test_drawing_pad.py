from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cnnlab.design.design import Design
from cnnlab.design.presets import preset
from cnnlab.layers import BatchNorm2d, Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sigmoid, Softmax
from cnnlab.runs.store import RunStore
from cnnlab.training.config import TrainConfig
from cnnlab.ui.draw.drawing_pad import pad_data
from cnnlab.ui.shared.feature_maps import row_captions
from cnnlab.ui.shared.model_menu import Choice, choices
from tests.catalogue import catalogue
from tests.conftest import ROOT


def test_the_pad_names_the_classes_that_the_network_knows() -> None:
    """Names of clothes in place of digits, and another invitation."""
    clothes = catalogue().describe("fashion-mnist").classes
    mine = Choice("run", "mine", "", preset("article-1").design, clothes)
    data = pad_data(mine, None, "tab")
    assert data["classes"][9] == "Ankle boot"
    assert not data["digits"]
    assert data["rival"] is None
    assert data["invitation"] == "Draw something"
    assert data["rows"][-1]["names"] == list(clothes)


def test_captions_say_what_a_row_is() -> None:
    """Number, name, what it does, and shape; for a wide row, also how many of its maps are shown."""
    rows = row_captions(preset("article-3-deep").design, tuple("0123456789"))
    assert rows[0] == {
        "index": 0,
        "family": "convolution",
        "title": "1. Convolution",
        "library": "Conv2d 32, 3×3",
        "about": "32×26×26",
        "sentence": "Slides small filters over the picture; each one responds where it finds its pattern.",
        "shape": (32, 26, 26),
        "whole": (32, 26, 26),
        "total": 32,
        "share": False,
        "signed": True,
        "inside": 0,
        "before": None,
    }
    assert rows[6]["before"] == "5"
    assert rows[6]["shape"] == (64, 3, 3)
    assert rows[6]["whole"] == (128, 3, 3)
    assert rows[6]["total"] == 128
    assert rows[-1]["names"] == list("0123456789")


def test_captions_say_which_rows_can_be_negative() -> None:
    """After a ReLU there is nothing below zero until the next convolution or dense layer."""
    layers = (
        Conv2d(out_channels=4),
        ReLU(),
        MaxPool2d(),
        BatchNorm2d(),
        Sigmoid(),
        Flatten(),
        Linear(),
        Softmax(),
    )
    rows = row_captions(Design().with_layers(layers), ())
    assert [row["signed"] for row in rows] == [True, False, False, True, False, False, True, False]
    assert [row["share"] for row in rows] == [False] * 7 + [True]
    assert [row["library"] for row in rows[1:3]] == ["", "MaxPool2d 2×2"]


@pytest.mark.slow
def test_the_menu_has_the_bundled_network_first_and_then_the_newest(home_with_run: Path) -> None:
    """Runs without weights are not on it."""
    store = RunStore(home_with_run)
    finished = store.runs()[0]
    store.queue(preset("lenet-5").design, "digits", TrainConfig())
    menu = choices(store)
    store.close()
    assert list(menu) == ["bundled", finished.id]
    assert menu[finished.id].classes == tuple("0123456789")
    assert "Digits" in str(menu[finished.id].about)


@pytest.mark.slow
def test_a_deleted_run_is_replaced_by_the_bundled_network() -> None:
    """The page says so instead of failing."""
    app = AppTest.from_file(ROOT / "cnnlab" / "ui" / "app" / "main.py", default_timeout=60).run()
    app.session_state["tab"].model_key = "gone"
    app.run()
    assert not app.exception
    assert "deleted" in app.info[0].value
    assert app.selectbox(key="model_menu").value == "bundled"
