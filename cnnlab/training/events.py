"""The events of a training loop. Accuracies are fractions from 0 to 1, times are seconds.

Training mode (dropout active, weights changing meanwhile) and evaluation mode measure different quantities;
the field names say which is which.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from cnnlab.design.address import LayerAddress
from cnnlab.language import Words

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Started:
    """The first event, also of a resumed run: where it starts and what it runs on."""

    event: ClassVar[str] = "started"
    step: int  # optimizer steps done so far: 0, or where a resumed run continues
    epoch: int  # the current one, from 1
    batch: int  # batches of this epoch done so far
    epochs: int
    batches: int  # of this epoch, done and to come
    batch_size: int
    train_images: int
    val_images: int
    test_images: int
    parameters: int
    device: Words
    precision: str
    ways: tuple[str, ...]  # codes of the active speed-ups
    best_epoch: int | None = None  # the best so far by validation accuracy; None before the first
    best_accuracy: float | None = None  # and that accuracy


@dataclass(frozen=True, slots=True)
class Batch:
    """One optimizer step; loss and accuracy on the batch itself, in training mode, before the step.

    Both are scalars on the training device (tensors without axes). Reading their values waits for the GPU,
    so the values of many events are read at once (`bundles.bundle`).
    """

    event: ClassVar[str] = "batch"
    epoch: int  # from 1
    batch: int  # from 1
    step: int  # from 1, over all epochs
    loss: Tensor
    accuracy: Tensor
    images_per_second: float  # of the whole run so far, evaluation not counted
    seconds: float  # of training since the start of the run, as in Epoch


@dataclass(frozen=True, slots=True)
class Batches:
    """Consecutive batches of one epoch as one event (`bundles.bundle`); one list element per batch."""

    event: ClassVar[str] = "batches"
    epoch: int
    batch: int  # of the first batch, as is the step
    step: int
    loss: list[float]
    accuracy: list[float]
    images_per_second: float  # after the last batch
    seconds: float | None = None  # after the last batch; None in runs of an older lab


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
    """Settings that a person changed during the run; they apply from the next step on."""

    event: ClassVar[str] = "changed"
    epoch: int
    step: int  # steps done before the change
    batches: int  # of this epoch from now on: another batch size makes more or fewer
    settings: dict[str, float | int]


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many weights are in each of several equal bins from `low` to `high`."""

    low: float
    high: float
    counts: list[int]


@dataclass(frozen=True, slots=True)
class WeightStep:
    """What one optimizer step did to the weights at an address, all those of a block taken together."""

    address: LayerAddress
    gradient_norm: float  # Euclidean, of the step's gradient
    update_ratio: float  # |change of the weights| / |weights before|
    histogram: Histogram  # of the weights after the step


@dataclass(frozen=True, slots=True)
class DeadUnits:
    """The share, from 0 to 1, of the ReLU units at an address that output 0 for every picture inspected."""

    address: LayerAddress
    share: float


@dataclass(frozen=True, slots=True)
class SampleAnswer:
    """The answer to one of the fixed test pictures."""

    index: int  # in the test set
    label: int
    top: list[list[float]]  # up to three [class, probability], the most probable first


@dataclass(frozen=True, slots=True)
class FirstFilters:
    """The weights of the first convolution, which is applied to the picture itself."""

    address: LayerAddress
    shape: list[int]  # out_channels, in_channels / groups, height, width
    values: list[float]  # flattened, four significant digits


@dataclass(frozen=True, slots=True)
class Inspection:
    """The network's health, measured on one step and on fixed pictures. Lists follow the design's rows."""

    event: ClassVar[str] = "inspection"
    epoch: int
    step: int
    layers: list[WeightStep]  # of the rows with weights
    dead: list[DeadUnits]  # of the rows with ReLUs
    confusion: list[list[int]]  # the first validation pictures: [right class][answered class]
    samples: list[SampleAnswer]
    filters: FirstFilters | None  # None without any, or with too many


@dataclass(frozen=True, slots=True)
class MovedFilter:
    """A filter before and after a step: weights flattened, four significant digits."""

    index: int
    before: list[float]
    after: list[float]


@dataclass(frozen=True, slots=True)
class SingleBatch:
    """What one step did to its own batch, measured in evaluation mode before and after it.

    Only steps that a person asks for one by one are measured. Lists go through the first pictures of the
    batch; losses (None: not finite) and counts are of all of them.
    """

    event: ClassVar[str] = "single-batch"
    epoch: int
    batch: int
    step: int
    size: int
    pictures: str  # base64 of (count, channels, height, width) uint8, as they went into the network
    shape: list[int]  # of these
    labels: list[int]
    answers_before: list[int]
    answers_after: list[int]
    chances_before: list[float]  # of the right class, three digits
    chances_after: list[float]
    right_before: int
    right_after: int
    loss_before: float | None
    loss_after: float | None
    layers: list[WeightStep]  # of the rows with weights
    filter_shape: list[int]  # in_channels / groups, height, width; empty without a first convolution
    moved_filters: list[MovedFilter]  # those of the first convolution that moved most, in proportion


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A moment when the weights are worth saving: before the first step (epoch 0) and after each epoch.

    Before the first step there is a validation accuracy only if the run starts from learned weights.
    The loop writes no files: the session fills in the one it has written in the run's folder.
    """

    event: ClassVar[str] = "checkpoint"
    epoch: int
    step: int
    val_accuracy: float | None
    file: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Finished:
    """The end. Test accuracy is measured once, with the weights of the epoch that was best in validation."""

    event: ClassVar[str] = "finished"
    epochs: int  # epochs trained
    reason: str  # 'all epochs', 'early stopping' or 'target reached'
    best_epoch: int
    val_accuracy: float
    test_accuracy: float
    test_loss: float
    seconds: float
    images_per_second: float


# Each is passed on at once.
Milestone = Started | Changed | Epoch | SingleBatch | Inspection | Checkpoint | Finished
Event = Milestone | Batch  # of a loop; batches are passed on in bundles
