"""The events of a training loop. Accuracies are fractions from 0 to 1, times are seconds.

Numbers measured in training mode (dropout active, weights changing under way) and in evaluation mode
are different quantities; the field names say which is which.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from cnnlab.language import Words

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Started:
    """The first event, also of a resumed run: from which step on it goes and what it runs on."""

    event: ClassVar[str] = "started"
    step: int  # optimizer steps done so far: 0, or where a resumed run goes on
    epoch: int  # the one under way, from 1
    batch: int  # batches of it done so far
    epochs: int
    batches: int  # of this epoch, done and to come
    batch_size: int
    train_images: int
    val_images: int
    test_images: int
    parameters: int
    device: Words
    precision: str
    ways: tuple[str, ...]  # codes of the speed-ups that are on


@dataclass(frozen=True, slots=True)
class Batch:
    """One optimizer step; loss and accuracy on the batch itself, in training mode, before the step.

    Both are numbers on the training device (tensors without axes): asking for their values makes a GPU
    wait, so whoever collects events asks for many at once (`bundles.bundle`).
    """

    event: ClassVar[str] = "batch"
    epoch: int  # from 1
    batch: int  # from 1
    step: int  # from 1, over all epochs
    loss: Tensor
    accuracy: Tensor
    images_per_second: float  # of the whole run so far, evaluation not counted


@dataclass(frozen=True, slots=True)
class Batches:
    """Consecutive batches of one epoch as one event (`bundles.bundle`); the lists have one value a batch."""

    event: ClassVar[str] = "batches"
    epoch: int
    batch: int  # the first one's, as is the step
    step: int
    loss: list[float]
    accuracy: list[float]
    images_per_second: float  # after the last one


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
    confusion: list[list[int]] | None  # all validation pictures: [right class][answered class]
    best: bool  # the best validation accuracy so far
    seconds: float  # training time since the start of the run
    images_per_second: float


@dataclass(frozen=True, slots=True)
class Changed:
    """Settings that a person changed under way; they hold from the next step on."""

    event: ClassVar[str] = "changed"
    epoch: int
    step: int  # steps done before the change
    batches: int  # of this epoch from now on: another batch size makes more or fewer
    settings: dict[str, float | int]


@dataclass(frozen=True, slots=True)
class Inspection:
    """How the network is, measured on one step and on fixed pictures. Lists follow the design's rows."""

    event: ClassVar[str] = "inspection"
    epoch: int
    step: int
    layers: list[dict[str, Any]]  # rows with weights: row, gradient_norm, update_ratio, histogram
    dead: list[dict[str, Any]]  # ReLU rows: row, share of units that answer 0 to every picture looked at
    confusion: list[list[int]]  # the first validation pictures: [right class][answered class]
    samples: list[dict[str, Any]]  # fixed test pictures: index, label, top three [(class, probability)]
    filters: dict[str, Any] | None  # the first convolution's: row, shape, values; None where there are many


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Weights are worth keeping now: before the first step (epoch 0) and after each epoch.

    Before the first step there is a validation accuracy only where the run begins with learned weights.
    The loop writes no files: a session names the one that it has written, in the run's folder.
    """

    event: ClassVar[str] = "checkpoint"
    epoch: int
    step: int
    val_accuracy: float | None
    file: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Finished:
    """The end. Test accuracy is measured once, on the weights of the epoch that did best in validation."""

    event: ClassVar[str] = "finished"
    epochs: int  # that were trained
    reason: str  # 'all epochs', 'early stopping' or 'target reached'
    best_epoch: int
    val_accuracy: float
    test_accuracy: float
    test_loss: float
    seconds: float
    images_per_second: float


Milestone = Started | Changed | Epoch | Inspection | Checkpoint | Finished  # each is sent on at once
Event = Milestone | Batch  # of a loop; batches are sent on in bundles
