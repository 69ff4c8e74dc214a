"""The Train screen in the pseudo-language: no text of it is English only."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cnnlab.design.presets import PRESETS
from cnnlab.language import speaking
from cnnlab.layers import KINDS
from cnnlab.runs.store import RunStore
from cnnlab.ui.app.lab import lab
from cnnlab.ui.train.live_view import charts_data, numbers_html
from tests.letters import untranslated
from tests.ui.pseudo import only_in_english, opened, pseudo

__all__ = ["pseudo"]  # the fixture
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("pseudo")]
NAMES = [*PRESETS, *KINDS, "Adam", "CPU", "float32", "digits", "mine"]


@pytest.fixture
def page(trained_home: Path, tmp_path: Path) -> AppTest:
    """The page on a finished run."""
    shutil.copytree(trained_home, tmp_path / "home")
    store = RunStore(tmp_path / "home")
    (run,) = store.runs()
    store.rename_run(run.id, "mine")
    store.close()
    return opened("train", run=run.id)


def test_the_form_of_a_new_run(page: AppTest) -> None:
    """With all settings, and those of a race."""
    assert only_in_english(page, NAMES) == []
    page.session_state["train_form_open"] = True
    page.run()
    page.toggle("train_more").set_value(True).run()
    page.selectbox("train_schedule").set_value("plateau").run()
    for by in ("optimizer", "learning_rate", "seed"):
        page.session_state["race_by"] = by
        page.run()
        assert not page.exception
        assert only_in_english(page, NAMES) == []


def test_the_form_of_a_fork(page: AppTest) -> None:
    """From the best epoch of a finished run."""
    page.button("fork_open").click().run()
    assert not page.exception
    assert only_in_english(page, NAMES) == []


def test_two_viewers_of_one_run(page: AppTest) -> None:
    """Each sees the curves in their own language."""
    (run,) = lab().store.runs()
    curves = lab().store.curves(run.id)
    with speaking("pseudo"):
        theirs = charts_data(run, curves, [run], None)
    with speaking("en"):
        mine = charts_data(run, curves, [run], None)
        assert "Training loss" in numbers_html(run, curves)
    assert mine["labels"]["validation"] == "validation (whole set, evaluation mode)"
    assert [untranslated(label) for label in theirs["labels"].values()] == [""] * 2
    drawn, same = (json.loads(each["runs"][0]["lines"]) for each in (mine, theirs))
    assert drawn | {"token": ""} == same | {"token": ""}
