"""The table of a race on the Train page, and its buttons for all runs at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cnnlab.design.presets import preset
from cnnlab.runs.records import GivenCommand, Run
from cnnlab.training.config import TrainConfig
from cnnlab.ui.app.lab import lab
from cnnlab.ui.train.race_table import race_html
from cnnlab.ui.train.run_snapshot import all_runs, forget_runs
from tests.events import events
from tests.ui.train.test_page import opened

pytestmark = pytest.mark.slow  # opens a lab

STARTED = {"event": "started", "val_images": 250, "epochs": 2}


def epoch(accuracy: float) -> dict[str, Any]:
    """The results of a first epoch."""
    return {"event": "epoch", "epoch": 1, "step": 10, "val_accuracy": accuracy, "seconds": 1.5}


def batches(accuracy: float) -> dict[str, Any]:
    """Ten batches of 64."""
    return {"event": "batches", "step": 1, "loss": [1.0] * 10, "accuracy": [accuracy] * 10}


@pytest.fixture
def race() -> Iterator[list[Run]]:
    """A race of three runs that other processes train; the third has no batch yet."""
    with ExitStack() as stack:
        runs = []
        for optimizer in ("sgd", "rmsprop", "adam"):
            config = TrainConfig(epochs=2, optimizer=optimizer)
            design = preset("lenet-5").design
            run = lab().store.queue(design, "digits", config, trained_by="terminal", race="a race")
            stack.enter_context(lab().store.training_lock(run.id))
            lab().store.change_state(run.id, {"queued"}, "running", trained_by="terminal")
            runs.append(run)
        lab().store.record(runs[0].id, events(STARTED, batches(0.5), epoch(0.6)))
        lab().store.record(runs[1].id, events(STARTED, batches(1.0), epoch(0.96)))
        forget_runs()
        yield runs


def test_it_is_sorted_and_says_who_is_ahead(race: list[Run]) -> None:
    """Those that have not begun are in it too, so that nothing moves when they do."""
    html = race_html(lab().store.run(race[0].id), all_runs())
    places = [html.index(f">{name} <small>") for name in ("RMSprop", "SGD with momentum", "Adam")]
    assert places == sorted(places)
    assert "RMSprop is ahead: 96.00 % validation accuracy so far, SGD with momentum 60.00 %." in html
    assert "The first to reach 90 %: RMSprop, after 10 batches." in html
    assert "10 batches <small>1.5 s</small>" in html
    assert "96.00 % <small>± 2.5</small>" in html


def test_a_run_alone_has_no_table(race: list[Run]) -> None:
    """Neither has the last one that is left of a race."""
    alone = replace(lab().store.run(race[0].id), race=None)
    assert race_html(alone, all_runs()) == ""


def buttons(page: AppTest) -> set[str]:
    """The labels of the race's buttons."""
    return {button.label for button in page.button if str(button.key).startswith("race_")}


def test_all_runs_are_paused_resumed_and_stopped_at_once(race: list[Run]) -> None:
    """A click sends the command to each."""
    page = opened(run=race[0].id)
    assert buttons(page) >= {"Pause all", "Stop all"}
    page.button("race_pause").click().run()
    assert [lab().store.take_commands(run.id) for run in race] == [[GivenCommand("pause")]] * 3
    for run in race:
        lab().store.change_state(run.id, {"running"}, "paused", trained_by="terminal")
    forget_runs()
    page = opened(run=race[0].id)
    assert buttons(page) >= {"Resume all", "Stop all"}
    page.button("race_stop").click().run()
    assert [lab().store.take_commands(run.id) for run in race] == [[GivenCommand("stop")]] * 3
