"""The server's background thread: takes runs from the queue, has them trained, and records their events.

Only the supervisor changes the states of the lab's runs. Pages record commands in the store
(`RunStore.send_command`) and wake it.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from cnnlab.engine.job import Job, Order
from cnnlab.engine.protocol import Engine
from cnnlab.engine.signals import Beat, Died, Free, Ready, Signal
from cnnlab.engine.turns import Turn, WaitingRacers
from cnnlab.ground.errors import LabError, RunError, StorageError
from cnnlab.ground.log import log_unexpected
from cnnlab.language import Message, Words, lazy, lazy_sentences
from cnnlab.runs import journal
from cnnlab.runs.events import Event, Paused, Resumed, Suspended
from cnnlab.runs.records import Run
from cnnlab.runs.store import RunStore

_TICK_SECONDS = 0.5  # between checks for commands that another process left in the store
_TERMINAL_CHECK_SECONDS = 5.0  # between checks for runs whose terminal died
_TERMINAL_START_SECONDS = 60.0  # what a terminal may need from queuing its run to training it
_MAX_SILENCE = 45.0  # seconds without a sign of life (one is due every 5) after which a slot counts as hung
_PATIENCE = 10.0  # seconds that sessions get to save their state when the lab closes

_Request = Literal["wake", "warm", "close"]  # from another thread of the server


@dataclass(slots=True)
class _Slot:
    """What the supervisor knows about one slot of its engine."""

    number: int
    run: Run | None = None  # the run it holds, training or paused
    turn: Turn | None = None  # of a run in a race
    paused: bool = False
    one: bool = False  # told to train one batch or epoch, and not paused yet
    suspending: bool = False  # told to free the slot
    silence_deadline: float | None = None  # when it counts as hung without a sign of life; None while cold

    def mark_alive(self) -> None:
        """Note a sign of life."""
        self.silence_deadline = time.monotonic() + _MAX_SILENCE

    @property
    def trains(self) -> bool:
        """Whether its run trains, and may be told to free the slot: one batch or epoch is not cut short."""
        return self.run is not None and not self.paused and not self.one and not self.suspending

    def note_order(self, order: Order) -> None:
        """Note what the slot's session was told."""
        self.suspending = self.suspending or order.name == "suspend"
        self.one = order.name in ("batch", "epoch") or (self.one and order.name == "change")

    def note_event(self, event: Event) -> None:
        """Note what the slot's run did."""
        self.paused = isinstance(event, Paused) or (self.paused and not isinstance(event, Resumed))
        self.one = self.one and not isinstance(event, Paused)

    def release(self) -> Run | None:
        """Clear the slot and return the run that it held."""
        run, self.run = self.run, None
        self.turn = None
        self.paused = self.one = self.suspending = False
        return run


class Supervisor:
    """Keeps the slots of an engine busy, in its own thread between start() and stop()."""

    def __init__(self, store: RunStore, engine: Engine) -> None:
        self._store = store
        self._engine = engine
        self._slots = [_Slot(number) for number in range(engine.slots)]
        self._racers = WaitingRacers(store)
        self._inbox: queue.Queue[_Request | tuple[int, Event | Signal]] = queue.Queue()
        engine.listen(lambda slot, event: self._inbox.put((slot, event)))
        self._backlog: deque[Callable[[], object]] = deque()  # writes that a full disk has delayed
        self._stopping = False
        self._checked_terminals_at = 0.0
        self._thread = threading.Thread(target=self._loop, name="supervisor", daemon=True)
        self._logged_bug = ""
        self._bug: Words = ""
        # A problem that a person has to know about and fix, such as a full disk; empty when all is well.
        self.trouble: Words = ""

    # ---- called from other threads

    def start(self) -> None:
        """Recover what an earlier server left, and start processing the queue."""
        self._thread.start()

    def wake(self) -> None:
        """Check the queue and the commands now instead of at the next tick."""
        self._inbox.put("wake")

    def warm(self) -> None:
        """Get the engine ready now, so that the first run does not have to wait for torch."""
        self._inbox.put("warm")

    def stop(self) -> None:
        """Save the states of training runs and end the engine; those runs continue at the next start."""
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
                self._process_messages(_TICK_SECONDS)
                self._tick()
            except Exception as error:  # for example a run that was just deleted
                self._report_trouble(error)
        self._close()

    def _tick(self) -> None:
        if not self._write_backlog():
            return
        self._kill_hung_slots()
        self._check_terminals()
        self._fill_slots()
        self._forward_commands()
        self.trouble = ""

    def _report_trouble(self, error: Exception) -> None:
        """Say what a person can fix; whatever it was, the supervisor continues."""
        if not isinstance(error, LabError | OSError):
            self._report_bug(error)
            return
        problem = error if isinstance(error, LabError) else LabError(str(error), where=str(self._store.home))
        lost = lazy("Nothing is lost as long as the lab stays open.")
        self.trouble = lazy_sentences(problem.as_message(), lost)

    def _report_bug(self, error: Exception) -> None:
        """Log it, once as long as it is the same, and say where its entry is."""
        if repr(error) != self._logged_bug:
            self._logged_bug = repr(error)
            self._bug = log_unexpected(error, "the supervisor")
        self.trouble = self._bug

    def _process_messages(self, seconds: float) -> None:
        """Wait for the next message, then handle all that have arrived."""
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
                self._handle_event(self._slots[number], event)

    # ---- events from slots

    def _handle_event(self, slot: _Slot, event: Event | Signal) -> None:
        slot.mark_alive()
        match event:
            case Died(message=reason):
                slot.silence_deadline = None
                self._interrupt(
                    slot, lazy_sentences(reason, lazy("Resume continues from the last checkpoint."))
                )
            case Free():
                self._release(slot)
            case Ready() | Beat():
                pass
            case _:
                self._journal(slot, event)
                self._end_turn_if_over(slot, event)

    def _release(self, slot: _Slot) -> None:
        """Free the slot, and give commands again that the suspended run was too late to receive."""
        run = slot.release()
        if run is not None and not self._backlog and self._store.run(run.id).state == "paused":
            for given in self._store.take_commands(run.id):
                with suppress(RunError):  # pausing a paused run
                    self._store.send_command(run.id, given.command, given.settings)

    def _interrupt(self, slot: _Slot, message: Message) -> None:
        """Mark the slot's run, if any, as interrupted."""
        run = slot.release()
        if run is not None:
            change = partial(self._store.change_state, run.id, {"running", "paused"}, "interrupted", message)
            self._enqueue_write(change)

    def _journal(self, slot: _Slot, event: Event) -> None:
        if slot.run is None:
            return
        run_id = slot.run.id
        slot.note_event(event)
        if not isinstance(event, Suspended):
            self._enqueue_write(lambda: journal.write(self._store, run_id, event))
        elif slot.run.race and not self._stopping:
            self._enqueue_write(partial(self._racers.add, run_id))
        else:
            self._enqueue_write(partial(self._put_back, run_id))

    def _put_back(self, run_id: str) -> None:
        """Queue a suspended run. A paused one stays paused."""
        closed = lazy("The lab was closed; the run continues when the lab is open again.")
        self._store.change_state(run_id, {"running"}, "queued", closed if self._stopping else "")

    def _end_turn_if_over(self, slot: _Slot, event: Event) -> None:
        """Let another run of the race train if this one's turn is over."""
        run = slot.run
        if run is None or slot.turn is None or not slot.turn.is_over(event):
            return
        if slot.trains and not self._backlog and self._racers.comes_before(self._store.run(run.id)):
            self._suspend(slot)

    def _enqueue_write(self, write: Callable[[], object]) -> None:
        """Write to the store, in order; if the disk is full, retry at every tick."""
        self._backlog.append(write)
        self._write_backlog()

    def _write_backlog(self) -> bool:
        """Write the backlog; returns whether all of it has been written."""
        try:
            while self._backlog:
                with suppress(RunError):  # the run was deleted
                    self._backlog[0]()
                self._backlog.popleft()
        except (StorageError, OSError) as error:
            self._report_trouble(error)
        except Exception as error:  # it would fail again, and block everything after it
            self._backlog.popleft()
            self._report_trouble(error)
        return not self._backlog

    def _recover(self) -> None:
        """Put runs that an earlier server left running back at the front of the queue."""
        message = lazy("The lab ended unexpectedly; the run continues from its last checkpoint.")
        for run in self._store.runs():
            if run.state == "running" and run.trained_by == "lab":
                self._enqueue_write(partial(self._store.change_state, run.id, {"running"}, "queued", message))

    def _check_terminals(self) -> None:
        """Mark runs as interrupted if their terminal has died."""
        if time.monotonic() - self._checked_terminals_at < _TERMINAL_CHECK_SECONDS:
            return
        self._checked_terminals_at = time.monotonic()
        for run in self._store.runs():
            if run.trained_by == "terminal":
                mark_if_dead(self._store, run)

    # ---- control of slots

    def _warm(self, slot: _Slot) -> None:
        if slot.silence_deadline is None:
            self._engine.warm(slot.number)
            slot.mark_alive()

    def _kill_hung_slots(self) -> None:
        for slot in self._slots:
            if slot.silence_deadline is not None and time.monotonic() > slot.silence_deadline:
                reason = lazy("The training process stopped responding and was terminated.")
                self._engine.kill(slot.number, reason)
                slot.mark_alive()

    def _forward_commands(self) -> None:
        for slot in self._slots:
            if slot.run is not None and not slot.suspending:
                for order in self._take_orders(slot):
                    self._engine.send(slot.number, order)
            if slot.run is not None and slot.run.race and slot.trains and self._racers.calls(slot.run.race):
                self._suspend(slot)

    def _take_orders(self, slot: _Slot) -> tuple[Order, ...]:
        """What people have told the slot's run since the last look."""
        assert slot.run is not None
        commands = self._store.take_commands(slot.run.id)
        orders = tuple(Order(given.command, given.settings) for given in commands)
        for order in orders:
            slot.note_order(order)
        return orders

    def _suspend(self, slot: _Slot) -> None:
        slot.note_order(Order("suspend"))
        self._engine.send(slot.number, Order("suspend"))

    def _fill_slots(self) -> None:
        """Start queued runs in free slots; if no slot is free, suspend a paused run to make room."""
        if self._stopping:
            return
        for slot in self._slots:
            run = self._next_run() if slot.run is None else None
            if run is not None:
                self._start_run(slot, run)
        if not any(slot.suspending or slot.run is None for slot in self._slots) and self._next_run():
            self._make_room()

    def _next_run(self) -> Run | None:
        """The next run for a slot: of the race that is on, if there is one, else of the queue."""
        return self._racers.next() or self._store.next_queued()

    def _make_room(self) -> None:
        """Suspend a paused run: its state is on disk, and it is queued again when it is resumed.

        Not one that has just been told to train one batch or epoch: it would go on without pausing after it.
        """
        slot = next((slot for slot in self._slots if slot.paused and not slot.one), None)
        if slot is not None:
            self._suspend(slot)

    def _start_run(self, slot: _Slot, run: Run) -> None:
        self._warm(slot)
        if self._racers.remove(run.id) or self._store.change_state(run.id, {"queued"}, "running"):
            slot.run = run
            slot.turn = Turn(run) if run.race else None
            try:
                job = replace(Job.of(self._store, run), race=run.race or "", orders=self._take_orders(slot))
                self._engine.submit(slot.number, job)
            except (LabError, OSError) as error:
                reason = error.as_message() if isinstance(error, LabError) else str(error)
                self._interrupt(slot, lazy("It could not be started: {reason}", reason=reason))

    def _close(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        for slot in self._slots:
            if slot.run is not None:
                self._suspend(slot)
        for run_id in self._racers.take_all():
            self._enqueue_write(partial(self._put_back, run_id))
        while any(slot.run for slot in self._slots) and time.monotonic() < deadline:
            with suppress(StorageError):
                self._process_messages(0.2)
        self._engine.close()


def mark_if_dead(store: RunStore, run: Run) -> Run:
    """Mark a terminal's run as interrupted if its process has died; returns the current run."""
    starting = run.state == "queued" and time.time() - run.created_at < _TERMINAL_START_SECONDS
    if run.active and run.trained_by == "terminal" and not starting and not store.is_being_trained(run.id):
        message = lazy("Its terminal ended unexpectedly. Resume continues from the last checkpoint.")
        store.change_state(run.id, {run.state}, "interrupted", message)
        return store.run(run.id)
    return run
