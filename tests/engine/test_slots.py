"""The supervisor with an engine of two slots: threads of this process that execute real sessions."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnnlab.engine.job import Job, Order
from cnnlab.engine.protocol import Listener
from cnnlab.engine.session import Session
from cnnlab.engine.signals import Died, Free, Ready
from cnnlab.ground.home import Folders
from cnnlab.language import Message, lazy
from cnnlab.runs.events import Event
from cnnlab.runs.locks import FileLock
from tests.lab import BATCHES, ENDLESS, Lab, open_lab

pytestmark = pytest.mark.slow


class _Killed(Exception):
    """In place of a signal: ends the session at its next event or order."""


class _Thread:
    """One slot: executes one session after another, each in a thread."""

    def __init__(self, number: int, where: Folders, listener: Listener) -> None:
        self._number = number
        self._where = where
        self._listener = listener
        self._orders: queue.Queue[Order] = queue.Queue()
        self._reason: Message | None = None  # of its death

    def execute(self, job: Job) -> None:
        self._orders = queue.Queue()
        threading.Thread(target=self._execute, args=(job,), daemon=True).start()

    def _execute(self, job: Job) -> None:
        try:
            with FileLock(job.folder / "owner.lock"):
                Session(job, self._where, self._emit, self).execute()
        except _Killed:
            assert self._reason is not None
            self._listener(self._number, Died(self._reason))
        else:
            self._listener(self._number, Free())

    def _emit(self, event: Event) -> None:
        self._live()
        self._listener(self._number, event)

    def _live(self) -> None:
        if self._reason is not None:
            raise _Killed

    def send(self, order: Order) -> None:
        self._orders.put(order)

    def kill(self, reason: Message) -> None:
        self._reason = reason

    def poll(self) -> Order | None:
        self._live()
        return None if self._orders.empty() else self._orders.get()

    def wait(self) -> Order:
        while True:
            self._live()
            try:
                return self._orders.get(timeout=0.02)
            except queue.Empty:
                continue


class ThreadEngine:
    """Like a machine with two devices."""

    slots = 2

    def __init__(self, where: Folders) -> None:
        self._where = where
        self._threads: dict[int, _Thread] = {}

    def listen(self, listener: Listener) -> None:
        self._listener = listener

    def warm(self, slot: int) -> None:
        self._threads[slot] = _Thread(slot, self._where, self._listener)
        self._listener(slot, Ready())

    def submit(self, slot: int, job: Job) -> None:
        self._threads[slot].execute(job)

    def send(self, slot: int, order: Order) -> None:
        self._threads[slot].send(order)

    def kill(self, slot: int, reason: Message) -> None:
        self._threads[slot].kill(reason)

    def close(self) -> None:
        for slot in self._threads:
            self.kill(slot, lazy("The lab was closed."))


@pytest.fixture
def engine(tmp_path: Path) -> ThreadEngine:
    """Two slots."""
    return ThreadEngine(Folders(tmp_path / "home", None))


@pytest.fixture
def lab(tmp_path: Path, engine: ThreadEngine) -> Iterator[Lab]:
    """A lab with that engine."""
    with open_lab(tmp_path / "home", engine) as made:
        yield made


def stop(lab: Lab, *runs: str) -> None:
    """Leave the lab with nothing to do."""
    for run_id in runs:
        lab.send_command(run_id, "stop")
        lab.wait_for_state(run_id, "stopped")


def slot_of(lab: Lab, run_id: str) -> int:
    """The slot that holds a run."""
    (slot,) = (slot for slot in lab.supervisor._slots if slot.run is not None and slot.run.id == run_id)
    return slot.number


def test_two_runs_train_at_once(lab: Lab) -> None:
    """Both train, a third waits until one of them has ended; no batch is missing."""
    first, second = lab.queue(ENDLESS), lab.queue(ENDLESS)
    third = lab.queue(epochs=2)
    for run_id in (first, second):
        lab.wait_for_step(run_id, 1)
    assert [lab.store.run(run_id).state for run_id in (first, second, third)] == [
        *("running", "running", "queued")
    ]
    stop(lab, second)
    lab.wait_for_state(third, "finished")
    assert lab.store.curves(third).steps == list(range(1, 2 * BATCHES + 1))
    assert lab.store.run(first).state == "running"
    stop(lab, first)


def test_a_command_reaches_only_its_run(lab: Lab) -> None:
    """One is paused, makes room for a third, and continues; the other keeps training."""
    first, second = lab.queue(ENDLESS), lab.queue(ENDLESS)
    for run_id in (first, second):
        lab.wait_for_step(run_id, 1)
    lab.send_command(second, "pause")
    paused = lab.wait_for_state(second, "paused").progress.step
    lab.wait_for_step(first, lab.store.run(first).progress.step + BATCHES)
    assert lab.store.run(second).progress.step == paused
    third = lab.queue(epochs=1)
    lab.wait_for_state(third, "finished")
    assert lab.store.run(second).state == "paused"
    lab.send_command(second, "resume")
    lab.wait_for_step(second, paused + 1)
    assert lab.store.curves(second).steps == list(range(1, lab.store.curves(second).steps[-1] + 1))
    assert lab.kinds(first).count("started") == 1
    stop(lab, first, second)


def test_a_dead_slot_harms_only_its_run(lab: Lab, engine: ThreadEngine) -> None:
    """That run is interrupted, the other continues, and the slot is used for the next one."""
    first, second = lab.queue(ENDLESS), lab.queue(ENDLESS)
    for run_id in (first, second):
        lab.wait_for_step(run_id, 1)
    engine.kill(slot_of(lab, first), lazy("The device fell out."))
    message = str(lab.wait_for_state(first, "interrupted").message)
    assert message == "The device fell out. Resume continues from the last checkpoint."
    lab.wait_for_step(second, lab.store.run(second).progress.step + BATCHES)
    lab.send_command(first, "resume")
    lab.wait_until(first, lambda run: run.state == "running" and run.progress.step > 1)
    assert slot_of(lab, first) != slot_of(lab, second)
    stop(lab, first, second)


def test_closing_the_lab_saves_both(tmp_path: Path, engine: ThreadEngine) -> None:
    """Each has its state on disk and is queued again."""
    with open_lab(tmp_path / "home", engine) as lab:
        runs = [lab.queue(ENDLESS), lab.queue(ENDLESS)]
        for run_id in runs:
            lab.wait_for_step(run_id, 1)
    again = Lab(tmp_path / "home")
    for run_id in runs:
        run = again.store.run(run_id)
        assert run.state == "queued"
        assert again.store.states(run_id)[0].step == run.progress.step
    again.store.close()
