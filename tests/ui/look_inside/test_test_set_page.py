"""The view of the whole test set through AppTest: its menus, its address, the way to a picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cnnlab.design.design import Design
from cnnlab.layers import Flatten, Layer, Linear
from cnnlab.models.build import build
from cnnlab.ui.app.lab import lab
from tests.ui.look_inside.test_page import address_of, at, on_the_run
from tests.ui.look_inside.test_page import shown as picture_shown
from tests.ui.train.test_watched_drawing_route import add_checkpoint

pytestmark = pytest.mark.slow


def shown(page: AppTest) -> dict[str, Any]:
    """What was sent to the component."""
    assert not page.exception
    body: dict[str, Any] = json.loads(page.get("bidi_component")[0].proto.json)
    return body


def test_the_switch_and_its_address(home_with_run: Path) -> None:
    """The same network and epoch; a link to the view shows it, one without shows a picture."""
    page = on_the_run(home_with_run)
    page.button_group("look_view").set_value("set").run()
    page.select_slider[0].set_value(1).run()
    run = lab().store.runs()[0].id
    assert shown(page)["question"] == {"run": run, "epoch": 1, "data": "digits"}
    address = address_of(page)
    assert address == {"run": run, "epoch": "1", "data": "digits", "view": "set"}
    again = at(address)
    assert shown(again) == shown(page)
    again.button_group("look_view").set_value("one").run()
    assert "test picture 1:" in picture_shown(again)["title"]
    assert set(address_of(again)) == {"run", "epoch", "picture"}


def test_the_untrained_network_is_called_so(home_with_run: Path) -> None:
    """Its answers are those of random weights."""
    page = at({"view": "set", "epoch": "0"}, on_the_run(home_with_run).session_state["tab"].model_key)
    assert shown(page)["untrained"] is True


def test_a_network_that_no_data_set_fits(home_with_run: Path) -> None:
    """Pictures of 8×8 are in none: a sentence in place of the view."""
    layers = (Flatten(), Linear(out_features=10))
    page = at({"view": "set"}, run_with_weights(Design(name="small", input_shape=(1, 8, 8)), layers))
    assert not page.exception
    assert not page.get("bidi_component")
    assert [each.value for each in page.info] == [
        "No data set of the lab has pictures and classes like those that this network knows."
    ]


def run_with_weights(design: Design, layers: tuple[Layer, ...]) -> str:
    """The id of a run of this network before its first batch."""
    store = lab().store
    whole = design.with_layers(layers)
    run = store.queue(whole, "digits", store.runs()[0].config, name=design.name, paused=True)
    add_checkpoint(run, 0, build(whole).state_dict())
    return run.id
