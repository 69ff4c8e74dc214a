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
from cnnlab.ui.look_inside.picture_choice import ANY_CLASS
from cnnlab.ui.look_inside.picture_choice import test_pictures as pictures_of
from tests.conftest import ROOT
from tests.ui.apptest import button
from tests.ui.unpacking import unpack

pytestmark = pytest.mark.slow


@pytest.fixture
def page() -> AppTest:
    """The page as a new visitor finds it: the bundled network, the first digit."""
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
    """What was sent to the component."""
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
    assert body["of"] == {"model": "bundled", "epoch": "best", "picture": "digits-1"}  # to ask for a trace


def test_by_number(page: AppTest) -> None:
    """And its place among all, for the component's way to the next one."""
    assert shown(page)["place"] == {"number": 1, "count": 250}
    page.number_input("look_number").set_value(250).run()
    assert "test picture 250:" in shown(page)["title"]
    assert shown(page)["place"] == {"number": 250, "count": 250}


def test_by_class(page: AppTest) -> None:
    """Only sevens, from the first one on."""
    page.number_input("look_number").set_value(200).run()
    page.selectbox("look_class_digits").set_value(7).run()
    assert page.number_input("look_number").value == 1
    assert shown(page)["truth"] == 7
    page.number_input("look_number").set_value(2).run()
    assert shown(page)["truth"] == 7


def test_one_picture_of_each_class_is_offered(page: AppTest) -> None:
    """The first of each; the one that is shown is marked."""
    page.number_input("look_number").set_value(200).run()
    offered = shown(page)["offered"]
    assert offered["labels"] == list(range(10))
    assert offered["pictures"].shape == (10, 1, 28, 28)
    assert offered["chosen"] == 199
    images, labels = pictures_of("digits")
    for index, label, picture in zip(offered["indices"], offered["labels"], offered["pictures"], strict=True):
        assert labels[index] == label
        assert label not in labels[:index]
        np.testing.assert_array_equal(picture, images[index].numpy())


def to_epoch(page: AppTest, epoch: int) -> None:
    """Choose an epoch of the page's run, as another screen does."""
    page.session_state[f"look_epoch_{page.selectbox('look_model').value}"] = epoch
    page.run()


def to_scale(page: AppTest, scale: str) -> None:
    """Choose a color scale, as the component does."""
    page.session_state["look_scope"] = scale
    page.run()


def at(address: dict[str, str], home_run: str | None = None) -> AppTest:
    """The page at this address, in a new tab."""
    app = AppTest.from_file(ROOT / "pages" / "look_inside.py", default_timeout=60)
    for name, value in (address | ({"run": home_run} if home_run else {})).items():
        app.query_params[name] = value
    return app.run()


def address_of(page: AppTest) -> dict[str, str]:
    """The parameters in the page's address."""
    return {name: value[0] if isinstance(value, list) else value for name, value in page.query_params.items()}


def test_the_address_has_all_that_is_shown(home_with_run: Path) -> None:
    """A new tab at the same address shows the same network, epoch, picture and scale."""
    page = on_the_run(home_with_run)
    to_epoch(page, 1)
    page.selectbox("look_class_digits").set_value(7).run()
    page.number_input("look_number").set_value(2).run()
    to_scale(page, "map")
    address = address_of(page)
    assert (address["epoch"], address["scale"]) == ("1", "map")
    again = at(address)
    before, after = shown(page), shown(again)
    assert after["title"] == before["title"]
    assert after["truth"] == 7
    assert (after["scope"], after["epochs"]["at"]) == ("map", 1)
    np.testing.assert_array_equal(after["rows"][0]["values"], before["rows"][0]["values"])
    assert address_of(again) == address


def test_what_is_chosen_after_a_link_counts(page: AppTest) -> None:
    """The address is followed once, and then follows the page."""
    linked = at({"picture": "digits-12", "scale": "network"})
    assert "test picture 12:" in shown(linked)["title"]
    assert linked.selectbox("look_class_digits").value == ANY_CLASS
    linked.number_input("look_number").set_value(13).run()
    to_scale(linked, "layer")
    assert "test picture 13:" in shown(linked)["title"]
    assert address_of(linked) == {"picture": "digits-13"}


@pytest.mark.parametrize(
    "address",
    [
        {"picture": "digits-0"},
        {"picture": "digits-251"},
        {"picture": "digits-x"},
        {"picture": "gone-3"},
        {"epoch": "7", "scale": "x"},
    ],
)
def test_a_link_to_what_is_not_there_shows_the_usual(address: dict[str, str]) -> None:
    """No exception; the first picture."""
    assert "test picture 1:" in shown(at(address))["title"]


def test_a_network_that_learned_from_other_pictures_says_so(page: AppTest) -> None:
    """The bundled one never saw the digits."""
    assert shown(page)["source"] == (
        "The network learned from MNIST and pen strokes; this picture is from Digits."
    )


def test_a_network_that_learned_from_these_pictures_does_not(home_with_run: Path) -> None:
    """A run on the digits."""
    assert shown(on_the_run(home_with_run))["source"] == ""


def test_the_scale_can_be_chosen(page: AppTest) -> None:
    """With one scale for the whole network every map has the same."""
    to_scale(page, "network")
    scales = {float(scale) for row in shown(page)["rows"] for scale in row["scales"]}
    assert len(scales) == 1
    to_scale(page, "map")
    assert len({float(scale) for scale in shown(page)["rows"][0]["scales"]}) == 24


def test_the_drawing_just_made(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one there is a link to the pad; a stroke is prepared as on the Draw page."""
    page.selectbox("look_source").set_value("drawing").run()
    assert button(page, "Draw something first")
    ink = np.zeros((140, 140), np.uint8)
    ink[20:120, 65:75] = 255
    monkeypatch.setattr(TabState, "drawing", Drawing(ink))
    page.run()
    body = shown(page)
    assert body["truth"] is None
    assert body["classes"][int(body["probabilities"].argmax())] == "1"


def test_a_drawing_just_made_is_preselected(page: AppTest) -> None:
    """Until somebody chooses otherwise; that choice lasts until they draw again."""
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


def test_an_earlier_drawing_can_be_chosen(page: AppTest) -> None:
    """A drawing that the browser has kept was not just made."""
    last_drawings.remind(page.session_state["tab"].name, Drawing(np.full((140, 140), 255, np.uint8)))
    page.run()
    assert page.selectbox("look_source").value == "digits"


def test_data_sets_that_are_not_here_are_named(page: AppTest) -> None:
    """Looking downloads nothing."""
    assert page.selectbox("look_source").options == ["Digits, test pictures", "My drawing"]
    assert "MNIST" in page.selectbox("look_source").help


def test_a_run_at_any_epoch(home_with_run: Path) -> None:
    """From untrained to best; the maps change with it."""
    page = on_the_run(home_with_run)
    assert shown(page)["epochs"]["titles"][0] == "0 (untrained)"
    trained = shown(page)["rows"][0]["values"]
    assert not shown(page)["untrained"]
    to_epoch(page, 0)
    assert shown(page)["untrained"]
    assert not np.array_equal(shown(page)["rows"][0]["values"], trained)


def test_two_epochs_side_by_side(home_with_run: Path) -> None:
    """At first the untrained network beside the trained one; a link shows the same, on the same scale."""
    page = on_the_run(home_with_run)
    alone = shown(page)
    page.selectbox("look_rival_menu").set_value(page.selectbox("look_model").value).run()
    pair = shown(page)
    assert (pair["epochs"]["at"], pair["against"]["epochs"]["at"]) == (alone["epochs"]["at"], 0)
    assert pair["against"]["same"]
    assert pair["rows"][0]["scales"].tolist() == pair["against"]["rows"][0]["scales"].tolist()
    address = address_of(page)
    assert address["with_epoch"] == "0"
    again = shown(at(address))
    assert again["against"]["of"] == pair["against"]["of"]
    page.selectbox("look_rival_menu").set_value(None).run()
    assert shown(page)["against"] is None
    assert not {"with", "with_epoch"} & set(address_of(page))
    np.testing.assert_array_equal(shown(page)["rows"][0]["values"], alone["rows"][0]["values"])


def test_networks_with_other_rows_keep_their_scales(home_with_run: Path) -> None:
    """Each has its own captions and answer."""
    store = RunStore(home_with_run)
    run = store.runs()[0].id
    store.close()
    body = shown(at({"with": run}))
    assert body["of"]["model"] == "bundled"
    assert not body["against"]["same"]
    assert len(body["against"]["rows"]) == len(body["against"]["captions"]) != len(body["rows"])
    assert body["against"]["truth"] == body["truth"]


@pytest.mark.parametrize("address", [{"with": "gone"}, {"with": "bundled"}, {"with_epoch": "x"}])
def test_a_link_to_a_comparison_that_cannot_be_shows_one_network(address: dict[str, str]) -> None:
    """One that is gone, or one beside itself at its only epoch."""
    assert shown(at(address))["against"] is None


def test_a_damaged_weight_file_is_reported(home_with_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The previous epoch is shown, and the page says so."""
    fresh = ModelCache(lambda: lab().store, lab().catalogue)
    monkeypatch.setattr("cnnlab.ui.look_inside.layers.get_model", fresh.get)
    (last,) = home_with_run.glob("runs/*/epoch-0002.safetensors")
    last.write_bytes(last.read_bytes()[:-7] + b"garbage")
    page = on_the_run(home_with_run)
    to_epoch(page, 2)
    assert not page.exception
    assert "earlier epoch" in page.info[0].value.replace("\\", "")


def test_a_run_that_is_gone_is_replaced_by_the_bundled_network() -> None:
    """A link or a tab may outlive its run."""
    app = AppTest.from_file(ROOT / "pages" / "look_inside.py", default_timeout=60)
    app.session_state["tab"] = TabState(model_key="0123456789abcdef")
    app.run()
    assert app.selectbox("look_model").value == "bundled"
    assert len(shown(app)["rows"]) == 18
