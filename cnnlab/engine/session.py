"""One run from its first event to its last: load the data, train, keep weights, obey commands.

A session knows neither pipes nor data bases: it hands out events (`runs.events`) and asks for commands. The
lab's worker and the command line give it their own two ends.
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
from cnnlab.ground.errors import LabError, WeightsError
from cnnlab.ground.files import is_full
from cnnlab.ground.home import Folders
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
from cnnlab.training.events import Batch, Checkpoint, Finished, Inspection, Milestone
from cnnlab.training.loop import Training, train
from cnnlab.training.state import TrainState

SECONDS_PER_BUNDLE = 0.4
SECONDS_PER_STATE = 20.0
SECONDS_PER_LOOK = 2.0  # at least
LONGEST_WITHOUT_LOOK = 30.0
SHARE_OF_LOOKS = 0.01  # of the processor time, at most
SECONDS_PER_TRY = 2.0  # at a full disk
_NO_MEMORY = (  # what torch says on a GPU, on a CPU (Linux and macOS, Windows), in cuDNN and cuBLAS
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "ALLOC_FAILED",
)

Emit = Callable[[Event], None]


class Orders(Protocol):
    """Where a session learns what is wanted of it."""

    def poll(self) -> Order | None:
        """The next order, if there is one; returns at once."""

    def wait(self) -> Order:
        """The next order, waiting for it."""


class Looks:
    """When the network is looked at while it trains.

    What a look may cost is reckoned in processor time: on a machine that others use too, it takes long by the
    clock, and so does everything else.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        processor: Callable[[], float] = time.process_time,
    ) -> None:
        self._clock = clock
        self._processor = processor
        self._begun_at = -LONGEST_WITHOUT_LOOK  # by the clock
        self._used = 0.0  # processor time when the last look began
        self._rest = 0.0  # processor time from there on for which there is no other
        self._first = True

    def due(self) -> bool:
        """Whether it is time."""
        passed = self._clock() - self._begun_at
        rested = self._processor() - self._used >= self._rest
        return passed >= SECONDS_PER_LOOK and (rested or passed >= LONGEST_WITHOUT_LOOK)

    def begin(self) -> None:
        """The next step is looked at."""
        self._begun_at, self._used = self._clock(), self._processor()

    def end(self) -> None:
        """It was. The first look warms everything up: what it costs says nothing of the next ones."""
        self._rest = 0.0 if self._first else (self._processor() - self._used) / SHARE_OF_LOOKS
        self._first = False


class _Ended(Exception):
    """The session is over before the training is."""


class Session:
    """Executes one job."""

    def __init__(
        self, job: Job, where: Folders, emit: Emit, orders: Orders, catalogue: Catalogue | None = None
    ) -> None:
        self._job = job
        self._catalogue = catalogue or Catalogue(where)
        self._emit = emit
        self._orders = orders
        self._batch_size = job.config.batch_size
        self._pending: list[Batch] = []
        self._early: list[Order] = []  # what was wanted while the data came; obeyed when training begins
        self._flushed_at = self._saved_at = time.monotonic()
        self._looks = Looks()
        self._until: Literal["batch", "epoch"] | None = None  # pause again after one of these
        self._asked_at = 0  # the step when that was asked for

    def execute(self) -> None:
        """Train to the end, or until told otherwise. What a person can mend is told as 'failed'."""
        try:
            self._train(self._prepare())
        except _Ended:
            return
        except DivergedError as error:
            self._fail(error.as_message(), "diverged")
        except LabError as error:
            self._fail(error.as_message())
        except (MemoryError, RuntimeError) as error:
            if not _out_of_memory(error):
                raise
            self._fail(self._memory_text(), "memory full")

    def _fail(self, message: Message, reason: str = "") -> None:
        """Tell what came before as well; a loss in it that is no number is then what went wrong first."""
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

    def _prepare(self) -> Training:
        job = self._job
        data = self._catalogue.load(job.data, on_progress=self._downloading)
        state = self._saved_state()
        self._describe(data, resumed=state is not None)
        weights = read_tensors(*job.start)[0] if job.start is not None and state is None else None
        return train(job.design, data, job.config, state=state, weights=weights)

    def _describe(self, data: ImageDataset, *, resumed: bool) -> None:
        """Tell what is learned from, and whether that is still what the run began with."""
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
            self._early.append(order)

    def _next_order(self) -> Order | None:
        return self._early.pop(0) if self._early else self._orders.poll()

    def _saved_state(self) -> TrainState | None:
        """The newest state that can be read; a damaged one is passed over, and that is told."""
        for path, sha256 in self._job.states:
            try:
                return TrainState(*read_tensors(path, sha256))
            except WeightsError as error:
                going_on = lazy("Continuing from an earlier checkpoint.")
                self._note(lazy_sentences(error.as_message(), going_on))
        return None

    def _note(self, message: Message) -> None:
        self._emit(Note(message))

    # ---- while it trains

    def _train(self, training: Training) -> None:
        self._training = training
        self._batch_size = training.config.batch_size
        for event in training:
            if isinstance(event, Batch):
                self._pending.append(event)
                if time.monotonic() - self._flushed_at >= SECONDS_PER_BUNDLE:
                    self._flush()
            else:
                self._flush()
                self._send_on(event)
            self._look(event)
            self._obey(event)

    def _look(self, event: object) -> None:
        """Have the network inspected every few seconds."""
        if isinstance(event, Inspection):
            self._looks.end()
        elif isinstance(event, Batch) and (self._looks.due() or self._last_but_one(event)):
            self._look_at_next()

    def _look_at_next(self) -> None:
        self._looks.begin()
        self._training.inspect_next = True

    def _last_but_one(self, event: Batch) -> bool:
        """Whether the last step of the epoch that was asked for comes next: how it ended is looked at."""
        return self._until == "epoch" and event.batch == self._training.batches - 1

    def _flush(self) -> None:
        pending, self._pending = self._pending, []
        self._flushed_at = time.monotonic()
        if not pending:
            return
        try:
            self._emit(bundle(pending))
        except DivergedError as error:
            sane = [batch for batch in pending if batch.step < error.step]
            if sane:
                self._emit(bundle(sane))  # the way into the disaster belongs on the curve
            raise

    def _send_on(self, event: Milestone) -> None:
        if isinstance(event, Checkpoint):
            path = self._free_path(f"epoch-{event.epoch:04d}")
            weights = self._training.weights()
            sha256 = self._insist(lambda: write_tensors(path, weights))
            event = replace(event, file=path.name, sha256=sha256)
        self._emit(event)
        if isinstance(event, Checkpoint):
            self._save_state()

    def _save_state(self) -> None:
        """Keep everything from which the run can go on, bit by bit."""
        self._flush()
        state = self._training.snapshot()
        path = self._free_path(f"state-{self._training.step:08d}")
        sha256 = self._insist(lambda: write_tensors(path, state.tensors, state.numbers))
        self._emit(StateSaved(self._training.step, path.name, sha256))
        self._saved_at = time.monotonic()

    def _free_path(self, stem: str) -> Path:
        """A name that no file has: what is on record with its hash is never written over."""
        paths = (self._job.folder / f"{stem}{f'-{n}' * (n > 0)}.safetensors" for n in count())
        return next(path for path in paths if not path.exists())

    def _insist(self, write: Callable[[], str]) -> str:
        """Write; where the disk is full pause, and try again until there is room."""
        paused = False
        while True:
            try:
                sha256 = write()
            except OSError as error:
                if not is_full(error):
                    problem = lazy("the checkpoint cannot be written ({error})", error=str(error))
                    raise LabError(problem, where=str(self._job.folder)) from None
                if not paused:
                    self._emit(Paused(self._room_text()))
                paused = True
                self._wait_for_room()
            else:
                if paused:
                    self._emit(Resumed())
                return sha256

    def _room_text(self) -> Message:
        tensors = self._training.snapshot().tensors.values()
        megabytes = sum(tensor.numel() * tensor.element_size() for tensor in tensors) / 1e6
        return lazy(
            "The disk is full: a checkpoint needs {size} MB in {folder}. "
            "Free some space: the run then continues by itself. Nothing is lost.",
            size=f"{2 * megabytes:.1f}",
            folder=str(self._job.folder),
        )

    def _wait_for_room(self) -> None:
        """A moment, cut short by 'resume'. Whoever wants to leave may; other commands wait for their time."""
        until = time.monotonic() + SECONDS_PER_TRY
        while time.monotonic() < until:
            order = self._orders.poll()
            if order is None:
                time.sleep(0.05)
            elif order.name in ("stop", "suspend"):
                self._leave(order)
            elif order.name == "resume":
                return
            else:
                self._early.append(order)

    def _obey(self, event: object) -> None:
        """What is wanted between two events: a person's orders first, then what is due."""
        if isinstance(event, Finished):
            return
        due = self._due_pause(event)
        while (order := self._next_order()) is not None:
            if order.name != "change":
                due = None
            self._follow(order)
        if due is not None:
            self._hold(due)
        if time.monotonic() - self._saved_at > SECONDS_PER_STATE:
            self._save_state()

    def _follow(self, order: Order) -> None:
        if order.name == "change":
            self._change(order)
        elif order.name in ("batch", "epoch"):
            self._pause_after(order.name)
        elif order.name == "resume":
            self._until = None
        else:
            self._hold(order)

    def _pause_after(self, one: Literal["batch", "epoch"]) -> None:
        """Whoever goes step by step wants to see what each step does: it is looked at."""
        self._until, self._asked_at = one, self._training.step
        if one == "batch":
            self._look_at_next()

    def _due_pause(self, event: object) -> Order | None:
        seen = isinstance(event, Inspection) and event.step > self._asked_at
        batch = self._until == "batch" and seen
        epoch = self._until == "epoch" and isinstance(event, Checkpoint) and event.epoch > 0
        return Order("pause") if batch or epoch else None

    def _change(self, order: Order) -> None:
        """Other settings from the next batch on. The state is kept at once: the change must not be lost."""
        try:
            event = self._training.change(**order.settings)
        except LabError as error:
            self._note(error.as_message())
            return
        self._batch_size = self._training.config.batch_size
        self._flush()
        self._emit(event)
        self._save_state()

    def _hold(self, order: Order) -> None:
        """Pause, stop or suspend: all three keep the state first."""
        self._until = None
        self._save_state()
        while order.name == "pause":
            self._emit(Paused())
            order = self._next_order() or self._orders.wait()
            while order.name == "change":
                self._change(order)
                order = self._next_order() or self._orders.wait()
        if order.name in ("stop", "suspend"):
            self._leave(order)
        self._emit(Resumed())
        if order.name in ("batch", "epoch"):
            self._pause_after(order.name)
        self._flushed_at = self._saved_at = time.monotonic()

    def _leave(self, order: Order) -> None:
        self._emit(Stopped() if order.name == "stop" else Suspended())
        raise _Ended


def _out_of_memory(error: BaseException) -> bool:
    """Also where something else failed while that was dealt with, as a step that was just being recorded."""
    if isinstance(error, MemoryError) or any(words in str(error) for words in _NO_MEMORY):
        return True
    return error.__context__ is not None and _out_of_memory(error.__context__)
