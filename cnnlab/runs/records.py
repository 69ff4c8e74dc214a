"""The records of the run store, and how a run's progress and curves follow from its events."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from operator import itemgetter
from pathlib import Path
from typing import Any, Literal, get_args

from cnnlab.data.dataset import DataDescription
from cnnlab.design.design import Design
from cnnlab.language import Message, Words, from_stored, lazy, stored
from cnnlab.runs.events import (
    Batches,
    Changed,
    Download,
    Epoch,
    Event,
    Failed,
    Finished,
    Started,
    current_speedups,
)
from cnnlab.runs.guessing import guesses
from cnnlab.runs.series import Series, series
from cnnlab.training.config import TrainConfig

State = Literal["queued", "running", "paused", "finished", "stopped", "failed", "interrupted"]
Command = Literal["pause", "resume", "batch", "epoch", "stop", "change"]
COMMANDS: tuple[Command, ...] = get_args(Command)
Trainer = Literal["lab", "terminal"]  # the process that trains a run

STATES: dict[State, Message] = {  # as used within a sentence
    "queued": lazy("queued"),
    "running": lazy("running"),
    "paused": lazy("paused"),
    "finished": lazy("finished"),
    "stopped": lazy("stopped"),
    "failed": lazy("failed"),
    "interrupted": lazy("interrupted"),
}
ACTIVE: frozenset[State] = frozenset({"queued", "running", "paused"})
RESUMABLE: frozenset[State] = frozenset({"paused", "stopped", "failed", "interrupted"})


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a run. Accuracies are fractions; what has not been measured yet is None."""

    epoch: int = 0  # the current epoch, from 1; 0 before the first batch
    epochs: int = 0
    batch: int = 0  # batches done in this epoch
    batches: int = 0  # per epoch
    step: int = 0  # batches done in all epochs
    batch_size: int = 0
    train_images: int = 0
    val_images: int = 0  # 0: unknown, in runs of an older lab
    test_images: int = 0
    train_loss: float | None = None  # of the last batch, or the epoch's mean at its end
    train_accuracy: float | None = None
    val_loss: float | None = None
    val_accuracy: float | None = None
    best_val_accuracy: float | None = None
    best_epoch: int | None = None
    guesses: bool | None = None  # whether its best answers are no better than guessing; None: unknown
    test_accuracy: float | None = None
    images_per_second: float | None = None
    seconds: float = 0.0  # of training, without evaluation and pauses
    device: Words = ""
    precision: str = ""
    ways: Sequence[str] = ()  # codes of the active speed-ups
    download: tuple[int, int] | None = None  # bytes done, bytes in total; (n, 0) if the size is unknown
    reason: str = ""  # why it finished (events.Finished) or failed, if known

    def to_json(self) -> dict[str, Any]:
        """The progress in its stored form."""
        return asdict(self) | {"device": stored(self.device)}

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Progress:
        """The progress that `to_json` stored, in this or an older lab."""
        _require_numbers(body)
        download = body.get("download") and tuple(body["download"])
        ways = current_speedups(body.get("ways", ()))
        return cls(
            **body | {"device": from_stored(body.get("device", "")), "download": download, "ways": ways}
        )

    @property
    def epochs_done(self) -> float:
        """Epochs done, and the share of the current one. Not by steps: the batch size may change."""
        return max(0, self.epoch - 1) + self.batch / self.batches if self.batches else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Training time left at the current speed, in seconds."""
        if not self.images_per_second or not self.batches:
            return None
        return max(0.0, self.epochs - self.epochs_done) * self.train_images / self.images_per_second

    def after(self, event: Event) -> Progress:
        """The progress after one more event."""
        match event:
            case Started():
                return _started(self, event)
            case Batches():
                return _batches_done(self, event)
            case Epoch():
                return _epoch_done(self, event)
            case Finished():
                return _finished(self, event)
            case Failed(reason=reason):
                return replace(self, reason=reason)
            case Changed(batches=batches, settings=settings):
                size = settings.get("batch_size", self.batch_size)
                return replace(self, batches=batches, batch_size=int(size))
            case Download(done=done, total=total):
                return replace(self, download=(done, total))
        return self


_NUMBERS = {"int": int, "float": int | float, "int | None": int | None, "float | None": int | float | None}
_NUMBER_FIELDS = [(each.name, _NUMBERS[each.type]) for each in fields(Progress) if each.type in _NUMBERS]


def _require_numbers(body: dict[str, Any]) -> None:
    """Raises TypeError where something else stands in a number's place: pages would stumble over it."""
    for name, kind in _NUMBER_FIELDS:
        if name in body and not isinstance(body[name], kind):
            raise TypeError(f"progress: {name} is {body[name]!r}")


def _started(progress: Progress, event: Started) -> Progress:
    """The progress at the start; a resumed run has not ended, so it no longer has a reason.

    It may have lost the epoch that was its best.
    """
    position = ("step", "epoch", "batch")
    sizes = ("epochs", "batches", "batch_size", "train_images", "val_images", "test_images")
    copied = {name: getattr(event, name) for name in (*position, *sizes, "device", "precision", "ways")}
    return replace(
        progress,
        **copied,
        best_epoch=event.best_epoch,
        best_val_accuracy=event.best_accuracy,
        guesses=progress.guesses if event.best_epoch == progress.best_epoch else None,
        download=None,
        reason="",
    )


def _batches_done(progress: Progress, event: Batches) -> Progress:
    done = len(event.loss)
    if event.batch == 1 and progress.train_images:
        # An epoch in which the batch size was changed has batches of both sizes; this new one does not.
        count, size = progress.train_images, progress.batch_size
        progress = replace(progress, batches=max(1, count // size + (count % size > 1)))
    return replace(
        progress,
        epoch=event.epoch,
        batch=event.batch + done - 1,
        step=event.step + done - 1,
        train_loss=event.loss[-1],
        train_accuracy=event.accuracy[-1],
        images_per_second=event.images_per_second,
    )


def _epoch_done(progress: Progress, event: Epoch) -> Progress:
    names = ("train_loss", "train_accuracy", "val_loss", "val_accuracy", "seconds", "images_per_second")
    progress = replace(progress, **{name: getattr(event, name) for name in names})
    if not event.best:
        return progress
    return replace(
        progress,
        best_val_accuracy=event.val_accuracy,
        best_epoch=event.epoch,
        guesses=None if event.confusion is None else guesses(event.confusion),
    )


def _finished(progress: Progress, event: Finished) -> Progress:
    return replace(
        progress,
        epoch=event.epochs,
        test_accuracy=event.test_accuracy,
        seconds=event.seconds,
        images_per_second=event.images_per_second,
        reason=event.reason,
    )


@dataclass(frozen=True, slots=True)
class Run:
    """One training run as the store knows it. Times are seconds since 1970, None before they happen."""

    id: str
    name: str
    design: Design
    data: str
    config: TrainConfig
    state: State
    message: Words  # English text in runs of an older lab
    command: Command | None  # the latest one not carried out yet
    trained_by: Trainer
    parent: str | None  # the run that this one was forked from
    parent_epoch: int | None  # and at which of its epochs
    race: str | None  # shared by runs that were started together to be compared
    created_at: float
    started_at: float | None
    ended_at: float | None
    progress: Progress
    position: int  # in the queue, 1 is next; 0 if it is not queued
    described: DataDescription | None = None  # its data; None before its first start and in old runs
    notes: Sequence[Words] = ()  # what people have to know for as long as it exists, the oldest first

    @property
    def active(self) -> bool:
        """Whether it is waiting, running or paused."""
        return self.state in ACTIVE


@dataclass(frozen=True, slots=True)
class GivenCommand:
    """A command as a person gave it; only 'change' has settings."""

    command: Command
    settings: dict[str, float | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event with its number in the run's log, from 1."""

    seq: int
    event: Event


@dataclass(frozen=True, slots=True)
class SavedWeights:
    """A weight file of one epoch; epoch 0 is the untrained network."""

    epoch: int
    step: int
    path: Path
    sha256: str
    val_accuracy: float | None


@dataclass(frozen=True, slots=True)
class SavedState:
    """A file from which training continues bit for bit: weights, optimizer, data order, random generators."""

    step: int
    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class SavedDesign:
    """A design with the name that a person gave it; the id stays when the name changes."""

    id: str
    name: str
    design: Design
    updated_at: float


@dataclass(frozen=True, slots=True)
class EpochPoint:
    """One epoch on the curves: training numbers are batch means, validation is in evaluation mode.

    The confusion matrix, [right class][answered class], covers all validation pictures; None in old runs.
    """

    epoch: int
    step: int
    train_loss: float
    train_accuracy: float
    val_loss: float
    val_accuracy: float
    seconds: float
    confusion: Sequence[Sequence[int]] | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    """A change that a person made during the run: after which step, and which settings."""

    step: int
    settings: dict[str, float | int]


@dataclass(frozen=True, slots=True)
class Curves:
    """Loss and accuracy of every batch (training mode), some of their times, every epoch, every change."""

    seq: int = 0  # the number of the last event included
    steps: Sequence[int] = field(default_factory=Series)
    loss: Sequence[float] = field(default_factory=Series)
    accuracy: Sequence[float] = field(default_factory=Series)
    times: Sequence[tuple[int, float]] = field(default_factory=Series)  # see seconds_at
    epochs: Sequence[EpochPoint] = field(default_factory=Series)
    flags: Sequence[Flag] = field(default_factory=Series)

    def extended(self, events: Sequence[StoredEvent]) -> Curves:
        """New curves with these events added; resuming a run removes what came after its checkpoint.

        The cost depends only on what is added: known values are shared (`Series`).
        """
        steps, loss, accuracy = series(self.steps), series(self.loss), series(self.accuracy)
        times, epochs, flags = series(self.times), series(self.epochs), series(self.flags)
        for stored_event in events:
            match stored_event.event:
                case Started(step=step):
                    # All are ordered by step, so everything past the checkpoint is at the end.
                    kept = bisect_right(steps, step)
                    steps, loss, accuracy = (
                        steps.truncated(kept),
                        loss.truncated(kept),
                        accuracy.truncated(kept),
                    )
                    times = times.truncated(bisect_right(times, step, key=itemgetter(0)))
                    epochs = epochs.truncated(bisect_right(epochs, step, key=_step))
                    flags = flags.truncated(bisect_right(flags, step, key=_step))
                case Batches() as batches:
                    steps = steps.extended(range(batches.step, batches.step + len(batches.loss)))
                    loss, accuracy = loss.extended(batches.loss), accuracy.extended(batches.accuracy)
                    if batches.seconds is not None:
                        times = times.extended([(steps[-1], batches.seconds)])
                case Epoch() as epoch:
                    point = EpochPoint(**{name: getattr(epoch, name) for name in EpochPoint.__slots__})
                    epochs = epochs.extended([point])
                    times = times.extended([(epoch.step, epoch.seconds)])
                case Changed(step=step, settings=settings):
                    flags = flags.extended([Flag(step, settings)])
        return Curves(events[-1].seq if events else self.seq, steps, loss, accuracy, times, epochs, flags)


def _step(item: EpochPoint | Flag) -> int:
    return item.step


def seconds_at(times: Sequence[tuple[int, float]], step: int) -> float | None:
    """Seconds of training until the end of a step; evaluation and pauses do not count.

    `times`: of some steps, in their order. Between them the batches took equally long; after the last one
    nothing is known. Older labs only recorded the times of epochs.
    """
    after = bisect_left(times, step, key=itemgetter(0))
    if after == len(times):
        return None
    (begin, since), (end, until) = times[after - 1] if after else (0, 0.0), times[after]
    return since + (until - since) * (step - begin) / (end - begin)
