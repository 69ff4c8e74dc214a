"""One run from its first event to its last: load the data, train, save weights, follow orders.

A session knows nothing of pipes or databases: it emits events (`runs.events`) and polls for orders. The
lab's worker and the command line each connect it in their own way.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Literal, Protocol

from cnnlab.data import Catalogue, DataDescription, ImageDataset
from cnnlab.engine.job import Job, Order
from cnnlab.engine.recovery import NothingSoundError, starting_point
from cnnlab.engine.schedules import InspectionSchedule, StateSchedule
from cnnlab.ground.errors import LabError
from cnnlab.ground.files import is_full
from cnnlab.ground.home import Folders
from cnnlab.ground.memory import MEMORY_FULL, is_out_of_memory
from cnnlab.language import Message, lazy, lazy_sentences
from cnnlab.models.weights import read_tensors, write_tensors
from cnnlab.runs.events import (
    DataLoaded,
    Download,
    Event,
    Failed,
    Note,
    Paused,
    Resumed,
    StateSaved,
    Stopped,
    Suspended,
)
from cnnlab.training.bundles import DivergedError, bundle
from cnnlab.training.events import Batch, Checkpoint, Epoch, Finished, Inspection, Milestone
from cnnlab.training.loop import Training, train

SECONDS_PER_BUNDLE = 0.4
SECONDS_PER_RETRY = 2.0  # while the disk is full

Emit = Callable[[Event], None]


class Orders(Protocol):
    """The source of a session's orders."""

    def poll(self) -> Order | None:
        """The next order, or None; returns at once."""

    def wait(self) -> Order:
        """Wait for the next order."""


class _SessionOver(Exception):
    """Ends the session before training is finished."""


class Session:
    """Executes one job. Suspended, it can be executed once more, and continues as if nothing had happened."""

    def __init__(
        self, job: Job, where: Folders, emit: Emit, orders: Orders, catalogue: Catalogue | None = None
    ) -> None:
        self._job = job
        self._catalogue = catalogue or Catalogue(where)
        self._emit = emit
        self._orders = orders
        self._batch_size = job.config.batch_size
        self._pending: list[Batch] = []
        self._deferred = list(job.orders)  # for when training begins, like those that come during a download
        self._flushed_at = time.monotonic()
        self._states = StateSchedule()
        self._inspections = InspectionSchedule()
        self._pausing_after: Literal["batch", "epoch"] | None = None  # pause again after one of these
        self._requested_at = 0  # the step at which that was requested
        self._save_soon = False  # the state, whatever its schedule says
        self._saved_at = (-1, -1)  # step and epoch of the last saved state
        self._saved_as = ""  # its hash
        self.state_bytes = 0  # its size
        self._suspended_with = ""  # the hash of the state with which it was suspended

    def execute(self) -> None:
        """Train to the end, or until an order ends it. Errors that a person can fix become a Failed event."""
        try:
            self._train(self._take_up() if self._suspended_with else self._prepare())
        except _SessionOver:
            return
        except DivergedError as error:
            self._fail(error.as_message(), "diverged")
        except NothingSoundError as error:
            self._fail(error.as_message(), "damaged")
        except LabError as error:
            self._fail(error.as_message())
        except (MemoryError, RuntimeError, OSError) as error:
            if not is_out_of_memory(error):
                raise
            self._fail(self._memory_text(), MEMORY_FULL)

    def _fail(self, message: Message, reason: str = "") -> None:
        """Emit pending batches first; if one of their losses is not finite, divergence came first."""
        try:
            self._flush()
        except DivergedError as error:
            message, reason = error.as_message(), "diverged"
        self._emit(Failed(message, reason))

    def _memory_text(self) -> Message:
        size = self._batch_size
        smaller = lazy("Try a batch size of {size}.", size=max(1, size // 4))
        return lazy_sentences(
            lazy("The memory is full: a batch of {size} does not fit.", size=size),
            smaller if size > 1 else lazy("Try a smaller network."),
        )

    @property
    def is_kept(self) -> bool:
        """Whether it was suspended, and its network is in memory: on a GPU others need that memory."""
        return bool(self._suspended_with) and self._training.is_on_cpu

    def continues_with(self, job: Job) -> bool:
        """Whether it is where this job is to continue; if so, it will, and follow its orders first."""
        continues = self.is_kept and job.states[:1] != () and job.states[0][1] == self._suspended_with
        if continues:
            self._deferred += job.orders
        return continues

    def _take_up(self) -> Training:
        self._suspended_with = ""
        self._training.take_up()
        self._inspections.take_up()
        self._states.restart()
        self._handle_orders(None)  # before the next batch: one batch is that one
        return self._training

    def _prepare(self) -> Training:
        job = self._job
        data = self._catalogue.load(job.data, on_progress=self._downloading)
        begin = starting_point(job)
        state = begin.state
        if begin.note is not None:
            self._emit(Note(begin.note, lasting=True))
            self._save_soon = True  # or the next start would go back as far again
        self._describe(data, resumed=state is not None)
        weights = read_tensors(*job.start)[0] if job.start is not None and state is None else None
        return train(job.design, data, job.config, state=state, weights=weights)

    def _describe(self, data: ImageDataset, *, resumed: bool) -> None:
        """Emit a description of the data, and a note if it has changed since the run began."""
        found = DataDescription.of(self._catalogue.describe(self._job.data), data)
        self._emit(DataLoaded(found.to_json(), resumed))
        if resumed and self._job.fingerprint not in ("", found.fingerprint):
            self._note(
                lazy("The data set has changed since the run began: it continues with different pictures.")
            )

    def _downloading(self, done: int, total: int) -> None:
        self._emit(Download(done, total))
        order = self._orders.poll()
        if order is not None and order.name in ("stop", "suspend"):
            self._leave(order)
        elif order is not None:
            self._deferred.append(order)

    def _next_order(self) -> Order | None:
        return self._deferred.pop(0) if self._deferred else self._orders.poll()

    def _note(self, message: Message) -> None:
        self._emit(Note(message))

    # ---- during training

    def _train(self, training: Training) -> None:
        self._training = training
        self._batch_size = training.config.batch_size
        self._flushed_at = time.monotonic()
        self._states.restart()  # until now the data were loaded, or others trained
        for event in training:
            if isinstance(event, Batch):
                self._pending.append(event)
                if time.monotonic() - self._flushed_at >= SECONDS_PER_BUNDLE:
                    self._flush()
            else:
                self._flush()
                self._forward(event)
            self._schedule_inspection(event)
            self._handle_orders(event)

    def _schedule_inspection(self, event: object) -> None:
        """Have the network inspected every few seconds."""
        if isinstance(event, Inspection):
            self._inspections.end()
        elif isinstance(event, Batch) and (self._inspections.due() or self._is_last_but_one(event)):
            self._inspect_next_step()

    def _inspect_next_step(self) -> None:
        self._inspections.begin()
        self._training.inspect_next = True

    def _is_last_but_one(self, event: Batch) -> bool:
        """Whether the next step is the last of a single requested epoch, which is inspected."""
        return self._pausing_after == "epoch" and event.batch == self._training.batches - 1

    def _flush(self) -> None:
        pending, self._pending = self._pending, []
        self._flushed_at = time.monotonic()
        if not pending:
            return
        try:
            self._emit(bundle(pending))
        except DivergedError as error:
            finite = [batch for batch in pending if batch.step < error.step]
            if finite:
                self._emit(bundle(finite))  # the curve shows how it came to diverge
            raise

    def _forward(self, event: Milestone) -> None:
        if isinstance(event, Checkpoint):
            path = self._unused_path(f"epoch-{event.epoch:04d}")
            weights = self._training.weights()
            sha256 = self._write_with_retries(lambda: write_tensors(path, weights))
            event = replace(event, file=path.name, sha256=sha256)
        self._emit(event)
        if isinstance(event, Checkpoint):
            self._save_state()

    def _save_state(self) -> None:
        """Save everything needed to continue the run bit for bit."""
        self._flush()
        self._save_soon = False
        self._states.begin()
        state = self._training.snapshot()
        path = self._unused_path(f"state-{self._training.step:08d}")
        sha256 = self._write_with_retries(lambda: write_tensors(path, state.tensors, state.numbers))
        self._emit(StateSaved(self._training.step, path.name, sha256))
        self._saved_at, self._saved_as = self._position, sha256
        self.state_bytes = sum(tensor.nbytes for tensor in state.tensors.values())
        self._states.end()

    @property
    def _position(self) -> tuple[int, int]:
        return self._training.step, self._training.epoch

    def _unused_path(self, stem: str) -> Path:
        """A path that does not exist yet: files recorded with their hash are never overwritten."""
        paths = (self._job.folder / f"{stem}{f'-{n}' * (n > 0)}.safetensors" for n in count())
        return next(path for path in paths if not path.exists())

    def _write_with_retries(self, write: Callable[[], str]) -> str:
        """Write a file and return its hash; if the disk is full, pause and retry until there is space."""
        paused = False
        while True:
            try:
                sha256 = write()
            except OSError as error:
                if not is_full(error):
                    problem = lazy("the checkpoint cannot be written ({error})", error=str(error))
                    raise LabError(problem, where=str(self._job.folder)) from None
                if not paused:
                    self._emit(Paused(self._disk_full_text()))
                paused = True
                self._wait_for_space()
            else:
                if paused:
                    self._emit(Resumed())
                return sha256

    def _disk_full_text(self) -> Message:
        tensors = self._training.snapshot().tensors.values()
        megabytes = sum(tensor.numel() * tensor.element_size() for tensor in tensors) / 1e6
        return lazy(
            "The disk is full: a checkpoint needs {size} MB in {folder}. "
            "Free some space: the run then continues by itself. Nothing is lost.",
            size=f"{2 * megabytes:.1f}",
            folder=str(self._job.folder),
        )

    def _wait_for_space(self) -> None:
        """Wait a moment. 'resume' ends the wait, 'stop' and 'suspend' the session; defer other orders."""
        until = time.monotonic() + SECONDS_PER_RETRY
        while time.monotonic() < until:
            order = self._orders.poll()
            if order is None:
                time.sleep(0.05)
            elif order.name in ("stop", "suspend"):
                self._leave(order)
            elif order.name == "resume":
                return
            else:
                self._deferred.append(order)

    def _handle_orders(self, event: object) -> None:
        """Follow the orders that came since the last event, then do what is due.

        After an epoch they wait for its checkpoint, which follows at once.
        """
        if isinstance(event, Epoch | Finished):
            return
        due = self._due_pause(event)
        while (order := self._next_order()) is not None:
            if order.name == "suspend" and due is not None:
                self._deferred.insert(0, order)  # it pauses first: that is what the person asked for
                break
            if order.name != "change":
                due = None
            self._handle_order(order)
        if due is not None:
            self._pause_or_leave(due)
        if self._save_soon or self._states.due():
            self._save_state()

    def _handle_order(self, order: Order) -> None:
        if order.name == "change":
            self._change(order)
        elif order.name in ("batch", "epoch"):
            self._pause_after(order.name)
        elif order.name == "resume":
            self._pausing_after = None
            self._training.look_next = False
        else:
            self._pause_or_leave(order)

    def _pause_after(self, one: Literal["batch", "epoch"]) -> None:
        """Pause after one more batch or epoch; a single batch is looked at, to show what it does."""
        self._pausing_after, self._requested_at = one, self._training.step
        self._training.look_next = one == "batch"
        if one == "batch":
            self._inspect_next_step()

    def _due_pause(self, event: object) -> Order | None:
        seen = isinstance(event, Inspection) and event.step > self._requested_at
        batch = self._pausing_after == "batch" and seen
        epoch = self._pausing_after == "epoch" and isinstance(event, Checkpoint) and event.epoch > 0
        return Order("pause") if batch or epoch else None

    def _change(self, order: Order) -> None:
        """Change settings from the next batch on, and save the state so that the change is not lost."""
        try:
            event = self._training.change(**order.settings)
        except LabError as error:
            self._note(error.as_message())
            return
        self._batch_size = self._training.config.batch_size
        self._flush()
        self._emit(event)
        self._save_state()

    def _pause_or_leave(self, order: Order) -> None:
        """Save the state, then pause, stop or suspend."""
        self._pausing_after = None
        self._training.look_next = False
        if self._saved_at != self._position:
            self._save_state()
        while order.name == "pause":
            self._emit(Paused())
            order = self._next_order() or self._orders.wait()
            while order.name == "change":
                self._change(order)
                order = self._next_order() or self._orders.wait()
        if order.name == "suspend":
            self._suspended_with = self._saved_as
            self._training.set_aside()
            self._inspections.set_aside()
        if order.name in ("stop", "suspend"):
            self._leave(order)
        self._emit(Resumed())
        if order.name in ("batch", "epoch"):
            self._pause_after(order.name)
        self._flushed_at = time.monotonic()
        self._states.restart()

    def _leave(self, order: Order) -> None:
        self._emit(Stopped() if order.name == "stop" else Suspended())
        raise _SessionOver
