"""What a training run tells while it goes. Accuracies are fractions from 0 to 1, times are seconds.

Numbers measured in training mode (dropout active, weights changing under way) and in evaluation mode
are different quantities; the field names say which is which.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Started:
    """The first event, also of a resumed run: from which step on it goes and what it runs on."""

    event: ClassVar[str] = "started"
    step: int  # optimiser steps done so far: 0, or where a resumed run goes on
    epochs: int
    batches: int  # per epoch
    batch_size: int
    train_images: int
    parameters: int
    device: str
    precision: str


@dataclass(frozen=True, slots=True)
class Batch:
    """One optimiser step; loss and accuracy on the batch itself, in training mode, before the step.

    Both are numbers on the training device (tensors without axes): asking for their values makes a GPU
    wait, so whoever collects events asks for many at once (`loop.bundle`).
    """

    event: ClassVar[str] = "batch"
    epoch: int  # from 1
    batch: int  # from 1
    step: int  # from 1, over all epochs
    loss: Tensor
    accuracy: Tensor
    images_per_second: float  # of the whole run so far, evaluation not counted


@dataclass(frozen=True, slots=True)
class Epoch:
    """The end of an epoch. Training figures are means over its batches; validation is in evaluation mode."""

    event: ClassVar[str] = "epoch"
    epoch: int
    step: int
    train_loss: float
    train_accuracy: float
    val_loss: float
    val_accuracy: float
    best: bool  # the best validation accuracy so far
    seconds: float  # training time since the start of the run
    images_per_second: float


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Weights are worth keeping now: before the first step (epoch 0) and after each epoch."""

    event: ClassVar[str] = "checkpoint"
    epoch: int
    step: int
    val_accuracy: float | None  # None before the first epoch


@dataclass(frozen=True, slots=True)
class Finished:
    """The end. Test accuracy is measured once, on the weights of the epoch that did best in validation."""

    event: ClassVar[str] = "finished"
    epochs: int
    best_epoch: int
    val_accuracy: float
    test_accuracy: float
    test_loss: float
    seconds: float
    images_per_second: float


Event = Started | Batch | Epoch | Checkpoint | Finished


def to_dict(event: Started | Epoch | Checkpoint | Finished) -> dict[str, Any]:
    """The event as one JSON object, with its name first. Batches go in bundles instead."""
    return {"event": event.event, **asdict(event)}
