"""The nouns of the run store, and how a run's progress and curves follow from its events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from cnnlab.data.dataset import DataDescription
from cnnlab.design.design import Design
from cnnlab.language import Message, Words, from_stored, lazy, stored
from cnnlab.runs.guessing import guesses
from cnnlab.training.config import TrainConfig

State = Literal["queued", "running", "paused", "finished", "stopped", "failed", "interrupted"]
Command = Literal["pause", "resume", "batch", "epoch", "stop", "change"]

STATES: dict[State, Message] = {  # each within a sentence
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
    """Where a run is. Accuracies are fractions; what has not been measured yet is None."""

    epoch: int = 0  # the epoch under way, from 1; 0 before the first batch
    epochs: int = 0
    batch: int = 0  # batches done in this epoch
    batches: int = 0  # per epoch
    step: int = 0  # batches done in all epochs
    batch_size: int = 0
    train_images: int = 0
    val_images: int = 0  # 0: a run of an older lab, which did not tell
    test_images: int = 0
    train_loss: float | None = None  # last batch, or mean of the last epoch at its end
    train_accuracy: float | None = None
    val_loss: float | None = None
    val_accuracy: float | None = None
    best_val_accuracy: float | None = None
    best_epoch: int | None = None
    guesses: bool | None = None  # whether its best answers are no better than guessing; None: not known
    test_accuracy: float | None = None
    images_per_second: float | None = None
    seconds: float = 0.0  # of training, evaluation and pauses not counted
    device: Words = ""
    precision: str = ""
    ways: Sequence[str] = ()  # codes of the speed-ups that are on
    download: tuple[int, int] | None = None  # bytes done, bytes in all; (n, 0) where the size is unknown
    reason: str = ""  # why it finished (events.Finished) or failed, where that was told

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        return asdict(self) | {"device": stored(self.device)}

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Progress:
        """The way back, also from what an older lab stored."""
        download = body.get("download") and tuple(body["download"])
        ways = _speedups(body.get("ways", ()))
        return cls(
            **body | {"device": from_stored(body.get("device", "")), "download": download, "ways": ways}
        )

    @property
    def seconds_left(self) -> float | None:
        """Training time that is left at the present speed, in seconds."""
        if not self.images_per_second or not self.batches:
            return None
        done = max(0, self.epoch - 1) + self.batch / self.batches
        return max(0.0, self.epochs - done) * self.train_images / self.images_per_second

    def after(self, body: dict[str, Any]) -> Progress:
        """The progress after one more event."""
        fold = _FOLDS.get(body["event"])
        # A resumed run has not ended.
        before = replace(self, reason="") if body["event"] == "started" else self
        return fold(before, body) if fold else self


# What an older lab called the speed-ups in its events; the codes of today.
_OLD_SPEEDUPS = {
    "data on the device": "data-on-device",
    "channels last": "channels-last",
    "pooling before ReLU": "pooling-first",
    "fused optimiser": "fused-optimizer",
    "quick dropout": "quick-dropout",
    "CUDA graph": "cuda-graph",
}


def _speedups(ways: Sequence[str]) -> tuple[str, ...]:
    return tuple(_OLD_SPEEDUPS.get(way, way) for way in ways)


def _after_started(progress: Progress, body: dict[str, Any]) -> Progress:
    place = ("step", "epoch", "batch")
    settings = ("epochs", "batches", "batch_size", "train_images", "precision")
    told = {name: body[name] for name in (*place, *settings)}
    told |= {name: body.get(name, 0) for name in ("val_images", "test_images")}
    told |= {"device": from_stored(body["device"]), "ways": _speedups(body.get("ways", ()))}
    return replace(progress, **told, download=None)


def _after_batches(progress: Progress, body: dict[str, Any]) -> Progress:
    done = len(body["loss"])
    if body["batch"] == 1 and progress.train_images:
        # The epoch in which a person changed the batch size has batches of both sizes; this one has not.
        count, size = progress.train_images, progress.batch_size
        progress = replace(progress, batches=max(1, count // size + (count % size > 1)))
    return replace(
        progress,
        epoch=body["epoch"],
        batch=body["batch"] + done - 1,
        step=body["step"] + done - 1,
        train_loss=body["loss"][-1],
        train_accuracy=body["accuracy"][-1],
        images_per_second=body["images_per_second"],
    )


def _after_epoch(progress: Progress, body: dict[str, Any]) -> Progress:
    names = ("train_loss", "train_accuracy", "val_loss", "val_accuracy", "seconds", "images_per_second")
    measured = {name: body[name] for name in names}
    if body["best"]:
        measured |= {"best_val_accuracy": body["val_accuracy"], "best_epoch": body["epoch"]}
        measured["guesses"] = guesses(body["confusion"]) if "confusion" in body else None
    return replace(progress, **measured)


def _after_finished(progress: Progress, body: dict[str, Any]) -> Progress:
    return replace(
        progress,
        epoch=body["epochs"],
        test_accuracy=body["test_accuracy"],
        seconds=body["seconds"],
        images_per_second=body["images_per_second"],
        reason=body["reason"],
    )


def _after_failed(progress: Progress, body: dict[str, Any]) -> Progress:
    return replace(progress, reason=body.get("reason", ""))


def _after_changed(progress: Progress, body: dict[str, Any]) -> Progress:
    size = body["settings"].get("batch_size", progress.batch_size)
    return replace(progress, batches=body["batches"], batch_size=size)


def _after_download(progress: Progress, body: dict[str, Any]) -> Progress:
    return replace(progress, download=(body["done"], body["total"]))


_FOLDS = {
    "started": _after_started,
    "batches": _after_batches,
    "epoch": _after_epoch,
    "finished": _after_finished,
    "failed": _after_failed,
    "changed": _after_changed,
    "download": _after_download,
}


@dataclass(frozen=True, slots=True)
class Run:
    """One training run as the store knows it. Times are seconds since 1970, None before they happen."""

    id: str
    name: str
    design: Design
    data: str
    config: TrainConfig
    state: State
    message: Words  # of an older lab: an English text
    command: Command | None  # the latest that has not been obeyed yet
    owner: str
    parent: str | None  # the run that this one was forked from, and at which of its epochs
    parent_epoch: int | None
    race: str | None  # runs that were started together, to be compared, share this
    created_at: float
    started_at: float | None
    ended_at: float | None
    progress: Progress
    position: int  # place in the queue, 1 is next; 0 where it is not queued
    described: DataDescription | None = None  # its data; None before its first start and in old runs

    @property
    def active(self) -> bool:
        """Whether it is waiting, running or paused."""
        return self.state in ACTIVE


@dataclass(frozen=True, slots=True)
class GivenCommand:
    """A command as a person put it; settings come with 'change' alone."""

    command: Command
    settings: dict[str, float | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event with its place in the run's log, from 1."""

    seq: int
    body: dict[str, Any]


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
    """A file from which training goes on bit by bit: weights, optimizer, data order, random generators."""

    step: int
    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class SavedDesign:
    """A design under the name that a person gave it; the id stays when the name changes."""

    id: str
    name: str
    design: Design
    updated_at: float


@dataclass(frozen=True, slots=True)
class EpochPoint:
    """One epoch on the curves: training figures as batch means, validation in evaluation mode.

    The confusion matrix, [right class][answered class], is of all validation pictures; None in old runs.
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
    """A change that a person made under way: behind which step, and what it was."""

    step: int
    settings: dict[str, float | int]


@dataclass(frozen=True, slots=True)
class Curves:
    """Loss and accuracy of every batch (training mode), every epoch, every change. Do not alter the lists."""

    seq: int = 0
    steps: list[int] = field(default_factory=list)
    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    epochs: list[EpochPoint] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)

    def extended(self, events: list[StoredEvent]) -> Curves:
        """New curves with these events added; a resumed run takes back what came after its checkpoint."""
        steps, loss, accuracy = list(self.steps), list(self.loss), list(self.accuracy)
        epochs, flags = list(self.epochs), list(self.flags)
        for event in events:
            body = event.body
            if body["event"] == "started":
                # Steps are written in order, so everything past the checkpoint is one tail.
                while steps and steps[-1] > body["step"]:
                    del steps[-1], loss[-1], accuracy[-1]
                epochs = [point for point in epochs if point.step <= body["step"]]
                flags = [flag for flag in flags if flag.step <= body["step"]]
            elif body["event"] == "batches":
                steps += range(body["step"], body["step"] + len(body["loss"]))
                loss += body["loss"]
                accuracy += body["accuracy"]
            elif body["event"] == "epoch":
                known = {name: body[name] for name in EpochPoint.__slots__ if name in body}
                epochs.append(EpochPoint(**known))
            elif body["event"] == "changed":
                flags.append(Flag(body["step"], body["settings"]))
        return Curves(events[-1].seq if events else self.seq, steps, loss, accuracy, epochs, flags)
