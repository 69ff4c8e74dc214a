"""The server's background thread: takes the next run from the queue, has it trained, writes down its events.

It is the one that moves the lab's runs between states. Pages only ask the store (`RunStore.ask`) and wake it.
"""

from __future__ import annotations

import logging
import queue
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Literal

from cnnlab.engine.job import Job, Order
from cnnlab.engine.protocol import Engine
from cnnlab.engine.signals import Beat, Died, Free, Ready, Signal
from cnnlab.ground.errors import LabError, RunError, StorageError
from cnnlab.language import Message, Words, lazy, lazy_sentences
from cnnlab.runs import journal
from cnnlab.runs.events import Event, Paused, Resumed, Suspended
from cnnlab.runs.records import Run
from cnnlab.runs.store import RunStore

_log = logging.getLogger(__name__)
_TICK = 0.5  # seconds between looks at commands that another process left in the store
_SWEEP = 5.0  # seconds between looks for runs whose terminal died
_SILENCE = 45.0  # seconds without a sign of life (it gives one every 5) after which a slot counts as hung
_PATIENCE = 10.0  # seconds that sessions get to keep their state when the lab closes

_Request = Literal["wake", "warm", "close"]  # of another thread of the server


@dataclass(slots=True)
class _Slot:
    """What the supervisor knows of one slot of its engine."""

    number: int
    run: Run | None = None  # what it has in hand, training or paused
    paused: bool = False
    leaving: bool = False  # was told to make room
    silent_at: float | None = None  # when it will have been silent for too long; None while it is cold

    def hear(self) -> None:
        """It gave a sign of life."""
        self.silent_at = time.monotonic() + _SILENCE

    def put_down(self) -> Run | None:
        """It has no run in hand any more; the one that it had."""
        run, self.run = self.run, None
        self.paused = self.leaving = False
        return run


class Supervisor:
    """Keeps the slots of an engine busy, in a thread of its own between start() and stop()."""

    def __init__(self, store: RunStore, engine: Engine) -> None:
        self._store = store
        self._engine = engine
        self._slots = [_Slot(number) for number in range(engine.slots)]
        self._inbox: queue.Queue[_Request | tuple[int, Event | Signal]] = queue.Queue()
        engine.listen(lambda slot, event: self._inbox.put((slot, event)))
        self._backlog: deque[Callable[[], object]] = deque()  # what a full disk kept from being written
        self._stopping = False
        self._swept_at = 0.0
        self._thread = threading.Thread(target=self._loop, name="supervisor", daemon=True)
        self._reported = ""  # the last bug that was logged
        self._bug: Words = ""
        # What a person has to know and mend, for example a full disk; empty when all is well.
        self.trouble: Words = ""

    # ---- called from other threads

    def start(self) -> None:
        """Take up what an earlier server left, and begin to work off the queue."""
        self._thread.start()

    def wake(self) -> None:
        """Look at queue and commands now, not at the next tick."""
        self._inbox.put("wake")

    def warm(self) -> None:
        """Get the engine ready now, so that the first run does not wait for torch."""
        self._inbox.put("warm")

    def stop(self) -> None:
        """Keep the state of what trains and end the engine; such a run goes on at the next start."""
        self._inbox.put("close")
        if self._thread.is_alive():
            self._thread.join(_PATIENCE + 5)

    # ---- the thread

    def _loop(self) -> None:
        recovered = False
        while not self._stopping:
            try:
                if not recovered:
                    self._recover()
                    recovered = True
                self._take(_TICK)
                self._do_what_is_due()
            except Exception as error:  # for example a run that was deleted just then
                self._complain(error)
        self._close()

    def _do_what_is_due(self) -> None:
        if not self._work_off():
            return
        self._end_hung_slots()
        self._sweep()
        self._fill_slots()
        self._pass_commands_on()
        self.trouble = ""

    def _complain(self, error: Exception) -> None:
        """Say what a person can mend; the queue goes on to be worked off, whatever it was."""
        if not isinstance(error, LabError | OSError):
            self._report(error)
            return
        problem = error if isinstance(error, LabError) else LabError(str(error), where=str(self._store.home))
        lost = lazy("Nothing is lost as long as the lab stays open.")
        self.trouble = lazy_sentences(problem.as_message(), lost)

    def _report(self, error: Exception) -> None:
        """A bug: once into the log, as long as it is the same, and a word where its entry is."""
        if repr(error) != self._reported:
            self._reported = repr(error)
            entry = secrets.token_hex(4)
            _log.error("unexpected error %s in the supervisor", entry, exc_info=error)
            self._bug = lazy(
                "Something went wrong in the lab. Its log has the details under {entry}.", entry=entry
            )
        self.trouble = self._bug

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

    def _handle(self, message: _Request | tuple[int, Event | Signal]) -> None:
        match message:
            case "close":
                self._stopping = True
            case "warm":
                for slot in self._slots:
                    self._warm(slot)
            case (number, event):
                self._hear(self._slots[number], event)

    # ---- what comes from a slot

    def _hear(self, slot: _Slot, event: Event | Signal) -> None:
        slot.hear()
        match event:
            case Died(message=how):
                slot.silent_at = None
                self._interrupt(slot, lazy_sentences(how, lazy("Resume continues from the last checkpoint.")))
            case Free():
                self._let_go(slot)
            case Ready() | Beat():
                pass
            case _:
                self._journal(slot, event)

    def _let_go(self, slot: _Slot) -> None:
        """The slot has put its run down. A command that crossed its path is asked once more."""
        run = slot.put_down()
        if run is not None and not self._backlog and self._store.run(run.id).state == "paused":
            for asked in self._store.take_commands(run.id):
                with suppress(RunError):  # to pause what is paused
                    self._store.ask(run.id, asked.command, asked.settings)

    def _interrupt(self, slot: _Slot, message: Message) -> None:
        """Nobody trains the run in hand any more, if there is one."""
        run = slot.put_down()
        if run is not None:
            change = partial(self._store.change_state, run.id, {"running", "paused"}, "interrupted", message)
            self._later(change)

    def _journal(self, slot: _Slot, event: Event) -> None:
        if slot.run is None:
            return
        run_id = slot.run.id
        slot.paused = isinstance(event, Paused) or (slot.paused and not isinstance(event, Resumed))
        if isinstance(event, Suspended):
            # One that was paused stays so. One that was resumed just then waits for its turn.
            closed = lazy("The lab was closed; the run continues when the lab is open again.")
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
        except Exception as error:  # it would fail again, and all that waits behind it with it
            self._backlog.popleft()
            self._complain(error)
        return not self._backlog

    def _recover(self) -> None:
        """What an earlier server left running is put back into the queue, in front."""
        message = lazy("The lab ended unexpectedly; the run continues from its last checkpoint.")
        for run in self._store.runs():
            if run.state == "running" and run.trained_by == "lab":
                self._later(partial(self._store.change_state, run.id, {"running"}, "queued", message))

    def _sweep(self) -> None:
        """Runs of a terminal that died are not running any more."""
        if time.monotonic() - self._swept_at < _SWEEP:
            return
        self._swept_at = time.monotonic()
        for run in self._store.runs():
            if run.trained_by == "terminal":
                mark_if_dead(self._store, run)

    # ---- what goes to the slots

    def _warm(self, slot: _Slot) -> None:
        if slot.silent_at is None:
            self._engine.warm(slot.number)
            slot.hear()

    def _end_hung_slots(self) -> None:
        for slot in self._slots:
            if slot.silent_at is not None and time.monotonic() > slot.silent_at:
                reason = lazy("The training process stopped responding and was terminated.")
                self._engine.kill(slot.number, reason)
                slot.hear()

    def _pass_commands_on(self) -> None:
        for slot in self._slots:
            if slot.run is not None and not slot.leaving:
                for asked in self._store.take_commands(slot.run.id):
                    self._engine.send(slot.number, Order(asked.command, asked.settings))

    def _fill_slots(self) -> None:
        """Begin what is queued in the slots that are free; where none is, a paused run makes room."""
        if self._stopping:
            return
        for slot in self._slots:
            run = self._store.next_queued() if slot.run is None else None
            if run is not None:
                self._begin(slot, run)
        if not any(slot.leaving or slot.run is None for slot in self._slots) and self._store.next_queued():
            self._make_room()

    def _make_room(self) -> None:
        """A paused run leaves its slot: its state is on disk, and it queues again when it is resumed."""
        slot = next((slot for slot in self._slots if slot.paused), None)
        if slot is not None:
            slot.leaving = True
            self._engine.send(slot.number, Order("suspend"))

    def _begin(self, slot: _Slot, run: Run) -> None:
        self._warm(slot)
        if self._store.change_state(run.id, {"queued"}, "running"):
            slot.run = run
            try:
                self._engine.submit(slot.number, Job.of(self._store, run))
            except (LabError, OSError) as error:
                reason = error.as_message() if isinstance(error, LabError) else str(error)
                self._interrupt(slot, lazy("It could not be started: {reason}", reason=reason))

    def _close(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        for slot in self._slots:
            if slot.run is not None:
                self._engine.send(slot.number, Order("suspend"))
        while any(slot.run for slot in self._slots) and time.monotonic() < deadline:
            with suppress(StorageError):
                self._take(0.2)
        self._engine.close()


def mark_if_dead(store: RunStore, run: Run) -> Run:
    """A run that claims to train while nobody does becomes 'interrupted'; the run as it then is."""
    if run.active and run.trained_by == "terminal" and not store.is_being_trained(run.id):
        message = lazy("Its terminal ended unexpectedly. Resume continues from the last checkpoint.")
        store.change_state(run.id, {run.state}, "interrupted", message)
        return store.run(run.id)
    return run
