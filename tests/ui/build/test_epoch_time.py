from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from cnnlab.design.presets import preset
from cnnlab.engine.stopwatch import EpochTime
from cnnlab.ground.errors import LabError
from cnnlab.runs.store import RunStore
from cnnlab.training.config import TrainConfig
from cnnlab.ui.build import epoch_time
from cnnlab.ui.build.epoch_time import Times
from tests.catalogue import catalogue

DESIGN = preset("article-1").design
CONFIG = TrainConfig()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    """A lab, and a stopwatch that always says 3 seconds."""
    opened = RunStore(tmp_path)
    here = SimpleNamespace(store=opened, home=tmp_path, catalogue=catalogue(tmp_path))
    monkeypatch.setattr(epoch_time, "lab", lambda: here)
    monkeypatch.setattr(epoch_time, "time_epoch", lambda *_: EpochTime(3.0, 8, 64, "CPU, 1 thread"))
    return opened


def test_a_network_can_be_measured_again(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine may have been busy; the newest measurement is the one that is known."""
    times = Times()
    times.measure(DESIGN, "digits", CONFIG)
    faster = EpochTime(1.0, 8, 64, "CPU, 1 thread")
    monkeypatch.setattr(epoch_time, "time_epoch", lambda *_: faster)
    assert times.measure(DESIGN, "digits", CONFIG) == times.known(DESIGN, "digits", CONFIG) == faster


def test_a_measurement_belongs_to_a_network(store: RunStore) -> None:
    """A new name or seed does not make it a different network; a new batch size does."""
    times = Times()
    assert times.known(DESIGN, "digits", CONFIG) is None
    measured = times.measure(DESIGN, "digits", CONFIG)
    renamed = DESIGN.model_copy(update={"name": "mine"})
    assert times.known(renamed, "digits", CONFIG.model_copy(update={"seed": 7})) == measured
    assert times.known(DESIGN, "digits", CONFIG.model_copy(update={"batch_size": 128})) is None


def test_nothing_is_measured_during_a_training_run(store: RunStore) -> None:
    """It would be slowed down; the refusal names it."""
    run = store.queue(DESIGN, "digits", CONFIG)
    assert store.change_state(run.id, {"queued"}, "running", "", trained_by="terminal")
    with pytest.raises(LabError, match="article-1 on digits is training right now"):
        Times().measure(DESIGN, "digits", CONFIG)


def test_pictures_that_are_not_here_are_not_downloaded(store: RunStore) -> None:
    """The first run does that, when somebody wants to train."""
    with pytest.raises(LabError, match="not on this machine yet"):
        Times().measure(DESIGN, "mnist", CONFIG)


def test_a_network_that_does_not_work_has_no_time(store: RunStore) -> None:
    """It says what is wrong."""
    broken = DESIGN.with_layers(DESIGN.layers[:6] + DESIGN.layers[7:])
    with pytest.raises(LabError, match="one long row"):
        Times().measure(broken, "digits", CONFIG)
