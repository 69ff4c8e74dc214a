"""The Look inside page through AppTest; the painting itself is tested in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnnlab.drawing.ink import Drawing
from cnnlab.runs.store import RunStore
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.model_cache import ModelCache
from cnnlab.ui.app.state import TabState
from cnnlab.ui.draw.last_drawing import last_drawings
from tests.conftest import ROOT
from tests.ui.apptest import button
from tests.ui.unpacking import unpack

pytestmark = pytest.mark.slow


@pytest.fixture
def page() -> AppTest:
    """The page as a stranger finds it: the bundled network, the first digit."""
    return AppTest.from_file(ROOT / "pages" / "look_inside.py", default_timeout=60).run()


def on_the_run(home: Path) -> AppTest:
    """The page on the finished run of this home folder."""
    store = RunStore(home)
    tab = TabState(model_key=store.runs()[0].id)
    store.close()
    app = AppTest.from_file(ROOT / "pages" / "look_inside.py", default_timeout=60)
    app.session_state["tab"] = tab
    return app.run()


def shown(page: AppTest) -> dict[str, Any]:
    """What the component was given to show."""
    assert not page.exception
    body: dict[str, Any] = unpack(page.get("bidi_component")[0].proto.bytes)
    return body


def test_the_bundled_network_on_the_first_digit(page: AppTest) -> None:
    """Every row has its caption, maps and figures; every convolution its filters."""
    body = shown(page)
    assert len(body["rows"]) == len(body["captions"]) == 18
    assert [each["row"] for each in body["filters"]] == [0, 4, 8]
    assert body["title"] == f"Digits, test picture 1: {body['classes'][body['truth']]}"
    assert body["picture"].shape == (1, 28, 28)


def test_next_previous_and_by_number(page: AppTest) -> None:
    """The first has no previous one."""
    assert button(page, "Previous").disabled
    button(page, "Next").click().run()
    assert "test picture 2:" in shown(page)["title"]
    page.number_input("look_number").set_value(250).run()
    assert "test picture 250:" in shown(page)["title"]
    assert button(page, "Next").disabled
    button(page, "Previous").click().run()
    assert "test picture 249:" in shown(page)["title"]


def test_by_class(page: AppTest) -> None:
    """Only sevens, from the first one on."""
    page.number_input("look_number").set_value(200).run()
    page.selectbox("look_class_digits").set_value(7).run()
    assert page.number_input("look_number").value == 1
    assert shown(page)["truth"] == 7
    button(page, "Next").click().run()
    assert shown(page)["truth"] == 7


def test_the_scale_is_the_persons_choice(page: AppTest) -> None:
    """With one scale for the whole network every map has the same."""
    page.button_group("look_scope").set_value("network").run()
    scales = {float(scale) for row in shown(page)["rows"] for scale in row["scales"]}
    assert len(scales) == 1
    page.button_group("look_scope").set_value("map").run()
    assert len({float(scale) for scale in shown(page)["rows"][0]["scales"]}) == 24


def test_the_drawing_just_made(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one there is a way to the pad; a stroke is prepared as on the Draw page."""
    page.selectbox("look_source").set_value("drawing").run()
    assert button(page, "Draw something first")
    ink = np.zeros((140, 140), np.uint8)
    ink[20:120, 65:75] = 255
    monkeypatch.setattr(TabState, "drawing", Drawing(ink))
    page.run()
    body = shown(page)
    assert body["truth"] is None
    assert body["classes"][int(body["probabilities"].argmax())] == "1"


def test_a_drawing_is_chosen_where_it_was_just_made(page: AppTest) -> None:
    """Until somebody chooses otherwise; that holds until they draw again."""
    name = page.session_state["tab"].name
    ink = np.zeros((140, 140), np.uint8)
    ink[20:120, 65:75] = 255
    last_drawings.put(name, Drawing(ink))
    page.run()
    assert page.selectbox("look_source").value == "drawing"
    assert shown(page)["truth"] is None
    page.selectbox("look_source").set_value("digits").run()
    page.run()
    assert page.selectbox("look_source").value == "digits"
    last_drawings.put(name, Drawing(ink.T.copy()))
    page.run()
    assert page.selectbox("look_source").value == "drawing"
    page.selectbox("look_source").set_value("digits").run()
    last_drawings.put(name, None)
    page.run()
    assert page.selectbox("look_source").value == "digits"


def test_a_drawing_from_another_time_is_there_to_be_chosen(page: AppTest) -> None:
    """What the browser has kept was not just made."""
    last_drawings.remind(page.session_state["tab"].name, Drawing(np.full((140, 140), 255, np.uint8)))
    page.run()
    assert page.selectbox("look_source").value == "digits"


def test_data_sets_that_are_not_here_are_named(page: AppTest) -> None:
    """Nothing is downloaded by looking."""
    assert page.selectbox("look_source").options == ["Digits, test pictures", "My drawing"]
    assert "MNIST" in page.selectbox("look_source").help


def test_a_run_at_any_epoch(home_with_run: Path) -> None:
    """From untrained to best; the maps change with it."""
    page = on_the_run(home_with_run)
    slider = page.select_slider[0]
    assert slider.options[0] == "0 (untrained)"
    trained = shown(page)["rows"][0]["values"]
    slider.set_value(0).run()
    assert not np.array_equal(shown(page)["rows"][0]["values"], trained)


def test_a_damaged_weight_file_is_said(home_with_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The epoch before it is shown, and the page says so."""
    fresh = ModelCache(lambda: lab().store, lab().catalogue)
    monkeypatch.setattr("cnnlab.ui.look_inside.layers.get_model", fresh.get)
    (last,) = home_with_run.glob("runs/*/epoch-0002.safetensors")
    last.write_bytes(last.read_bytes()[:-7] + b"garbage")
    page = on_the_run(home_with_run)
    page.select_slider[0].set_value(2).run()
    assert not page.exception
    assert "earlier epoch" in page.info[0].value.replace("\\", "")


def test_a_run_that_is_gone_gives_way_to_the_bundled_network() -> None:
    """A link or a tab may outlive its run."""
    app = AppTest.from_file(ROOT / "pages" / "look_inside.py", default_timeout=60)
    app.session_state["tab"] = TabState(model_key="0123456789abcdef")
    app.run()
    assert app.selectbox("look_model").value == "bundled"
    assert len(shown(app)["rows"]) == 18
