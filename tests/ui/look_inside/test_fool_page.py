"""The view of attacks through AppTest: what the component gets, its address, the way to Train."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnlab.ui.app.lab import lab
from tests.ui.look_inside.test_page import address_of, at, on_the_run, shown

pytestmark = pytest.mark.slow


def test_the_picture_of_the_other_view(home_with_run: Path) -> None:
    """The same network, epoch and picture, at an address of its own."""
    page = on_the_run(home_with_run)
    page.number_input("look_number").set_value(7).run()
    picture = shown(page)["picture"]
    page.button_group("look_view").set_value("fool").run()
    page.select_slider[0].set_value(1).run()
    run = lab().store.runs()[0].id
    body = shown(page)
    assert body["network"] == {"model": run, "epoch": 1}
    assert (body["picture"] == picture).all()
    assert (body["limit"], body["untrained"]) == (64, False)
    address = address_of(page)
    assert address == {"run": run, "epoch": "1", "picture": "digits-7", "view": "fool"}
    assert shown(at(address))["title"] == body["title"]
    page.select_slider[0].set_value(0).run()
    assert shown(page)["untrained"] is True


def test_other_networks_of_the_same_task(home_with_run: Path) -> None:
    """The run for the bundled network, and the other way round."""
    run = lab().store.runs()[0]
    assert [each["title"] for each in shown(at({"view": "fool"}))["rivals"]] == [run.name]
    rivals = shown(at({"view": "fool"}, run.id))["rivals"]
    assert [each["key"] for each in rivals] == ["bundled"]
