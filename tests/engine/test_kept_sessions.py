"""Sessions that take turns in one process: the worker keeps those of a race in memory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from cnnlab.data import Catalogue, ImageDataset
from cnnlab.engine import kept_sessions
from cnnlab.engine.job import Job, Order
from cnnlab.engine.kept_sessions import KeptSessions
from cnnlab.ground.home import Folders
from cnnlab.models.weights import read_tensors
from cnnlab.training.config import changed
from tests.engine.conftest import Conductor, on

SUSPEND = Order("suspend")


class Worker:
    """Executes jobs as the worker does, and remembers where each run's newest state is."""

    def __init__(self, where: Path) -> None:
        self._where = Folders(where, None)
        self._conductor = Conductor()
        self._sessions = KeptSessions(lambda event: self._conductor.emit(event), self)

    def poll(self) -> Order | None:
        return self._conductor.poll()

    def wait(self) -> Order:
        return self._conductor.wait()

    def execute(self, job: Job, *cues: tuple[object, Order]) -> Conductor:
        """One turn: until the order that its cue brings, or to the end."""
        self._conductor = Conductor(*cues)  # type: ignore[arg-type]
        self._sessions.execute(job, self._where)
        return self._conductor


def racer(job: Job, seed: int, tmp_path: Path) -> Job:
    """A job of the same race with another seed."""
    config = changed(job.config, seed=seed)
    return replace(job, run=f"run-{seed}", config=config, folder=tmp_path / f"files-{seed}", race="a race")


def later(job: Job, seen: Conductor, *orders: Order) -> Job:
    """The job of the run's next turn."""
    state = seen.last("state")
    return replace(job, states=((job.folder / state["file"], state["sha256"]),), orders=orders)


def last_weights(seen: Conductor, job: Job) -> dict[str, Tensor]:
    saved = seen.last("checkpoint")
    return read_tensors(job.folder / saved["file"], saved["sha256"])[0]


@pytest.fixture
def worker(tmp_path: Path) -> Worker:
    """A worker without a process."""
    return Worker(tmp_path)


def test_two_take_turns_and_end_as_if_alone(worker: Worker, job: Job, tmp_path: Path) -> None:
    """Both draw from one random generator, in mid-epoch too, and each has its own numbers."""
    jobs = [racer(job, seed, tmp_path) for seed in (1, 2)]
    alone = [replace(each, race="", folder=tmp_path / f"alone-{each.run}") for each in jobs]
    expected = [last_weights(worker.execute(each), each) for each in alone]
    begun = [worker.execute(each, (on("checkpoint", epoch=0), SUSPEND)) for each in jobs]
    middle = [
        worker.execute(later(each, seen), (on("batches"), SUSPEND))
        for each, seen in zip(jobs, begun, strict=True)
    ]
    ended = [worker.execute(later(each, seen)) for each, seen in zip(jobs, middle, strict=True)]
    for seen, each, weights in zip(ended, jobs, expected, strict=True):
        found = last_weights(seen, each)
        assert [name for name in weights if not torch.equal(found[name], weights[name])] == []
        assert "started" not in seen.kinds()
        assert seen.kinds()[-1] == "finished"


def test_orders_come_before_the_first_batch(worker: Worker, job: Job, tmp_path: Path) -> None:
    """A racer that is paused between its turns trains nothing more; one batch is one batch."""
    each = racer(job, 1, tmp_path)
    seen = worker.execute(each, (on("checkpoint", epoch=0), SUSPEND))
    paused = worker.execute(later(each, seen, Order("pause")), (on("paused"), SUSPEND))
    assert paused.kinds() == ["paused", "suspended"]
    one = worker.execute(later(each, seen, Order("batch")), (on("paused"), SUSPEND))
    assert one.steps() == [1]


@pytest.mark.parametrize("changed_field", ["another state", "another race", "too large"])
def test_what_does_not_fit_begins_with_a_state(
    worker: Worker, job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed_field: str
) -> None:
    """If a terminal has trained the run meanwhile, or another race was on, or memory is short."""
    if changed_field == "too large":
        monkeypatch.setattr(kept_sessions, "_MAX_BYTES", 0)
    each = racer(job, 1, tmp_path)
    seen = worker.execute(each, (on("epoch", epoch=1), SUSPEND))
    if changed_field == "another state":
        other = racer(job, 1, tmp_path)
        second = Worker(tmp_path).execute(later(other, seen), (on("batches"), SUSPEND))
        seen = second
    if changed_field == "another race":
        worker.execute(replace(racer(job, 2, tmp_path), race="another"), (on("started"), SUSPEND))
    again = worker.execute(later(each, seen))
    assert again.kinds().count("started") == 1
    assert again.kinds()[-1] == "finished"


def test_a_race_loads_its_pictures_once(
    worker: Worker, job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six copies of a data set might not fit into memory."""
    loaded: list[str] = []
    load = Catalogue.load

    def counting(self: Catalogue, name: str, **more: object) -> ImageDataset:
        loaded.append(name)
        return load(self, name, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Catalogue, "load", counting)
    for seed in (1, 2, 3):
        worker.execute(racer(job, seed, tmp_path), (on("started"), SUSPEND))
    assert loaded == ["digits"]
