"""The server's background thread: takes the next run from the queue, has it trained, writes down its events.

It is the one that moves the lab's runs between states. Pages only ask the store (`RunStore.ask`) and wake it.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Literal

from cnnlab.engine.job import Job, Order, write_job
from cnnlab.engine.local import Worker
from cnnlab.engine.signals import Beat, Died, Free, Ready, Signal
from cnnlab.ground.errors import LabError, RunError, StorageError
from cnnlab.ground.home import Folders
from cnnlab.language import Message, Words, lazy, lazy_sentences
from cnnlab.runs import journal
from cnnlab.runs.events import Event, Paused, Resumed, Suspended
from cnnlab.runs.records import Run
from cnnlab.runs.store import RunStore

_TICK = 0.5  # seconds between looks at commands that another process left in the store
_SWEEP = 5.0  # seconds between looks for runs whose terminal died
_SILENCE = 45.0  # seconds without a sign of life (it gives one every 5) after which a worker counts as hung
_PATIENCE = 10.0  # seconds that a worker gets to keep its state when the lab closes


@dataclass(frozen=True, slots=True)
class _Wish:
    """What another thread of the server wants of the supervisor."""

    name: Literal["wake", "warm", "close"]


class Supervisor:
    """Runs in a thread of its own between start() and stop()."""

    def __init__(self, store: RunStore, where: Folders) -> None:
        self._store = store
        self._where = where
        self._inbox: queue.Queue[Event | Signal | _Wish] = queue.Queue()
        self._backlog: deque[Callable[[], object]] = deque()  # what a full disk kept from being written
        self._worker: Worker | None = None
        self._run: Run | None = None  # what the worker has in hand, training or paused
        self._paused = self._leaving = self._stopping = False  # leaving: was told to make room
        self._swept_at = 0.0
        self._silent_at = 0.0  # when the worker will have been silent for too long
        self._thread = threading.Thread(target=self._loop, name="supervisor", daemon=True)
        # What a person has to know and mend, for example a full disk; empty when all is well.
        self.trouble: Words = ""

    # ---- called from other threads

    def start(self) -> None:
        """Take up what an earlier server left, and begin to work off the queue."""
        self._thread.start()

    def wake(self) -> None:
        """Look at queue and commands now, not at the next tick."""
        self._inbox.put(_Wish("wake"))

    def warm(self) -> None:
        """Start the training process now, so that the first run does not wait for torch."""
        self._inbox.put(_Wish("warm"))

    def stop(self) -> None:
        """Keep the state of what trains and end the worker; such a run goes on at the next start."""
        self._inbox.put(_Wish("close"))
        if self._thread.is_alive():
            self._thread.join(_PATIENCE + 5)

    # ---- the thread

    def _loop(self) -> None:
        self._recover()
        while not self._stopping:
            try:
                self._take(_TICK)
                self._do_what_is_due()
            except (LabError, OSError) as error:  # for example a run that was deleted just then
                self._complain(error)
        self._close()

    def _do_what_is_due(self) -> None:
        if not self._work_off():
            return
        self._end_a_hung_worker()
        self._sweep()
        self._start_next()
        self._pass_wishes_on()
        self.trouble = ""

    def _complain(self, error: Exception) -> None:
        problem = error if isinstance(error, LabError) else LabError(str(error), where=str(self._store.home))
        lost = lazy("Nothing is lost as long as the lab stays open.")
        self.trouble = lazy_sentences(problem.as_message(), lost)

    def _take(self, seconds: float) -> None:
        """Wait for the next message and handle all that have come."""
        try:
            message = self._inbox.get(timeout=seconds)
        except queue.Empty:
            return
        while True:
            self._handle(message)
            try:
                message = self._inbox.get_nowait()
            except queue.Empty:
                return

    def _handle(self, message: Event | Signal | _Wish) -> None:
        match message:
            case _Wish(name):
                self._stopping = self._stopping or name == "close"
                if name == "warm":
                    self._ready_worker()
                return
            case Died(message=how):
                self._worker_died(how)
            case Free():
                self._let_go()
            case Ready() | Beat():
                pass
            case event:
                if self._run is not None:
                    self._journal(self._run.id, event)
        self._silent_at = time.monotonic() + _SILENCE

    def _let_go(self) -> None:
        """The worker has put the run down. A command that crossed its path is asked anew."""
        run, self._run = self._run, None
        self._paused = self._leaving = False
        if run is not None and not self._backlog and self._store.run(run.id).state == "paused":
            for asked in self._store.take_commands(run.id):
                with suppress(RunError):  # to pause what is paused
                    self._store.ask(run.id, asked.command, asked.settings)

    def _journal(self, run_id: str, event: Event) -> None:
        self._paused = isinstance(event, Paused) or (self._paused and not isinstance(event, Resumed))
        if isinstance(event, Suspended):
            # One that was paused stays so. One that was resumed just then waits for its turn.
            closed = lazy("The lab was closed; the run goes on when the lab is open again.")
            text = closed if self._stopping else ""
            self._later(lambda: self._store.change_state(run_id, {"running"}, "queued", text))
        else:
            self._later(lambda: journal.write(self._store, run_id, event))

    def _later(self, write: Callable[[], object]) -> None:
        """Write to the store in order; what a full disk refuses is tried again at every tick."""
        self._backlog.append(write)
        self._work_off()

    def _work_off(self) -> bool:
        """Write what waits to be written; whether all of it is."""
        try:
            while self._backlog:
                with suppress(RunError):  # it was deleted: there is nothing left to write to
                    self._backlog[0]()
                self._backlog.popleft()
        except (StorageError, OSError) as error:
            self._complain(error)
        return not self._backlog

    def _recover(self) -> None:
        """What an earlier server left running is put back into the queue, in front."""
        message = lazy("The lab ended unexpectedly; the run goes on from its last checkpoint.")
        for run in self._store.runs():
            if run.state == "running" and run.owner == "lab":
                self._later(partial(self._store.change_state, run.id, {"running"}, "queued", message))

    def _sweep(self) -> None:
        """Runs of a terminal that died are not running any more."""
        if time.monotonic() - self._swept_at < _SWEEP:
            return
        self._swept_at = time.monotonic()
        for run in self._store.runs():
            if run.owner == "terminal":
                mark_if_dead(self._store, run)

    def _end_a_hung_worker(self) -> None:
        if self._worker is not None and time.monotonic() > self._silent_at:
            self._worker.kill(lazy("The training process stopped responding and was terminated."))
            self._silent_at = time.monotonic() + _SILENCE

    def _pass_wishes_on(self) -> None:
        if self._run is not None and self._worker is not None and not self._leaving:
            for asked in self._store.take_commands(self._run.id):
                self._worker.send(Order(asked.command, asked.settings).to_json())

    def _start_next(self) -> None:
        if self._stopping:
            return
        run = self._store.next_queued()
        if run is None:
            return
        if self._run is None:
            self._begin(run)
        elif self._paused and self._worker is not None and not self._leaving:
            # A paused run makes room: its state is on disk, and it queues again when it is resumed.
            self._leaving = True
            self._worker.send(Order("suspend").to_json())

    def _begin(self, run: Run) -> None:
        worker = self._ready_worker()
        if self._store.change_state(run.id, {"queued"}, "running"):
            self._run = run
            try:
                worker.send(write_job(Job.of(self._store, run), self._where))
            except (LabError, OSError) as error:
                reason = error.as_message() if isinstance(error, LabError) else str(error)
                self._put_down(lazy("It could not be begun: {reason}", reason=reason))

    def _ready_worker(self) -> Worker:
        if self._worker is None:
            self._worker = Worker(self._where.home / "worker.log", self._inbox.put)
            self._silent_at = time.monotonic() + _SILENCE
        return self._worker

    def _worker_died(self, message: Words) -> None:
        self._worker = None
        self._put_down(lazy_sentences(message, lazy("Resume goes on from the last checkpoint.")))

    def _put_down(self, message: Message) -> None:
        """Nobody trains the run in hand any more, if there is one."""
        if self._run is not None:
            run_id, self._run = self._run.id, None
            self._paused = self._leaving = False
            change = partial(self._store.change_state, run_id, {"running", "paused"}, "interrupted", message)
            self._later(change)

    def _close(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        if self._run is not None and self._worker is not None:
            self._worker.send(Order("suspend").to_json())
            while self._run is not None and time.monotonic() < deadline:
                with suppress(StorageError):
                    self._take(0.2)
        if self._worker is not None:
            self._worker.end()


def mark_if_dead(store: RunStore, run: Run) -> Run:
    """A run that claims to train while nobody does becomes 'interrupted'; the run as it then is."""
    if run.active and run.owner == "terminal" and not store.owner_lives(run.id):
        message = lazy("Its terminal ended unexpectedly. Resume goes on from the last checkpoint.")
        store.change_state(run.id, {run.state}, "interrupted", message)
        return store.run(run.id)
    return run
