"""A run with damaged files on the Train page: what was lost stays there, and starting over is a click."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cnnlab.language import speaking
from cnnlab.runs.store import RunStore
from cnnlab.ui.app.lab import lab
from tests.conftest import ROOT
from tests.engine.test_damaged_states import damage_states, queued, spoil, train
from tests.ui.apptest import button

pytestmark = pytest.mark.slow

PATIENCE = 90.0  # seconds


def opened() -> AppTest:
    """The page in a new tab."""
    page = AppTest.from_file(ROOT / "pages" / "train.py", default_timeout=60).run()
    assert not page.exception
    return page


def press(page: AppTest, label: str) -> None:
    button(page, label).click().run()
    assert not page.exception


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def finished(run_id: str) -> bool:
    return lab().store.run(run_id).state == "finished"


def warnings(page: AppTest) -> str:
    """What the page says in yellow, as people read it."""
    return " ".join(re.sub(r"\\|\u2060", "", item.value) for item in page.warning)


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    """The home folder before the server starts."""
    return RunStore(tmp_path / "home")


def test_what_was_lost_is_said_and_stays(store: RunStore) -> None:
    """After Resume, after the end, in another tab, and in Chinese."""
    run = queued(store)
    train(store, run.id, until=2)
    damage_states(store, run.id)
    store.close()
    page = opened()
    press(page, "Watch")
    press(page, "Resume")
    wait_until(lambda: finished(run.id))
    for _ in range(2):
        page = opened()
        page.query_params["run"] = run.id
        page.run()
        assert "It continues with the weights of epoch 2" in warnings(page)
        assert "memory of the optimizer" in warnings(page)
    with speaking("zh"):
        assert "It continues" not in str(lab().store.run(run.id).notes[0])


def test_starting_over_is_a_click_that_says_what_it_deletes(store: RunStore) -> None:
    """Until then nothing is touched, however often Try again is pressed."""
    run = queued(store)
    train(store, run.id, until=2)
    spoil(store, run.id)
    store.close()
    files = {path: path.read_bytes() for path in lab().store.folder(run.id).glob("*.safetensors")}
    page = opened()
    press(page, "Watch")
    assert "Start it over" not in [item.label for item in page.button]
    for label in ("Resume", "Try again"):
        press(page, label)
        wait_until(lambda: lab().store.run(run.id).state == "failed")
        page = opened()
        page.query_params["run"] = run.id
        page.run()
        assert "Nothing was changed" in page.error[0].value
    assert {path: path.read_bytes() for path in files} == files
    assert any("curves and weights of 2 epochs are deleted" in item.value for item in page.text)
    press(page, "Start it over")
    wait_until(lambda: finished(run.id))
    page = opened()
    page.query_params["run"] = run.id
    page.run()
    assert "It was started over: the weights and curves of 2 epochs were deleted." in warnings(page)
    assert "Start it over" not in [item.label for item in page.button]
