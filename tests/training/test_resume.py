"""Resuming from a saved state gives bit for bit the same run as never having stopped."""

from __future__ import annotations

from itertools import cycle, product
from pathlib import Path

import pytest
import torch

from cnnlab.data.dataset import ImageDataset
from cnnlab.design.design import Design
from cnnlab.ground.errors import WeightsError
from cnnlab.models.weights import read_tensors, write_tensors
from cnnlab.training.bundles import DivergedError
from cnnlab.training.config import TrainConfig, make_config
from cnnlab.training.devices import computes_bfloat16
from cnnlab.training.events import Batch, Epoch, Event, Finished, Started
from cnnlab.training.loop import Training, train
from cnnlab.training.loss_kinds import LOSSES
from cnnlab.training.optimizer_kinds import OPTIMIZERS
from cnnlab.training.schedule_kinds import SCHEDULES
from cnnlab.training.state import TrainState

BATCHES = 4  # in an epoch of tiny_data


def config(**settings: object) -> TrainConfig:
    """Three epochs of four batches, with a random number for every picture and weight."""
    usual: dict[str, object] = {"epochs": 3, "batch_size": 16, "device": "cpu", "precision": "float32"}
    return make_config(**usual | settings)


def stopped_after(training: Training, steps: int) -> Training:
    """The training, advanced until this many steps are done."""
    for event in training:
        if isinstance(event, Batch) and event.step == steps:
            break
    return training


def through_a_file(state: TrainState, folder: Path) -> TrainState:
    """The state, written to disk and read back."""
    sha256 = write_tensors(folder / "state.safetensors", state.tensors, state.numbers)
    return TrainState(*read_tensors(folder / "state.safetensors", sha256))


def results(events: list[Event], after: int) -> list[tuple[float, ...]]:
    """All measurements after a step, except times."""
    found: list[tuple[float, ...]] = []
    for event in events:
        if isinstance(event, Batch) and event.step > after:
            found.append((event.step, float(event.loss), float(event.accuracy)))
        elif isinstance(event, Epoch) and event.step > after:
            figures = event.train_loss, event.train_accuracy, event.val_loss, event.val_accuracy
            found.append((event.step, *figures))
        elif isinstance(event, Finished):
            found.append((event.best_epoch, event.val_accuracy, event.test_loss, event.test_accuracy))
    return found


def assert_resumes_bit_for_bit(
    design: Design, data: ImageDataset, settings: TrainConfig, folder: Path, steps: int
) -> None:
    """Stop after some steps, write, read, resume, and compare everything with a run that never stopped."""
    undisturbed = train(design, data, settings)
    expected = results(list(undisturbed), after=steps)
    state = through_a_file(stopped_after(train(design, data, settings), steps).snapshot(), folder)
    torch.manual_seed(12345)  # whatever another process drew meanwhile
    resumed = train(design, data, settings, state=state)
    assert results(list(resumed), after=steps) == expected
    assert_same_state(resumed, undisturbed)


def assert_same_state(one: Training, other: Training) -> None:
    """Weights, buffers, optimizer, random generator and counters are equal."""
    left, right = one.snapshot(), other.snapshot()
    assert left.tensors.keys() == right.tensors.keys()
    different = [name for name in left.tensors if not torch.equal(left.tensors[name], right.tensors[name])]
    assert different == []
    assert left.numbers | {"seconds": 0} == right.numbers | {"seconds": 0}


# Among the quick tests each optimizer has one schedule, and each schedule an optimizer.
QUICK = set(zip(OPTIMIZERS, cycle(SCHEDULES), strict=False))


@pytest.mark.parametrize(
    ("optimizer", "schedule"),
    [
        pytest.param(*pair, marks=[] if pair in QUICK else pytest.mark.slow)
        for pair in product(OPTIMIZERS, SCHEDULES)
    ],
)
def test_in_mid_epoch(
    tiny_data: ImageDataset, stochastic_design: Design, tmp_path: Path, optimizer: str, schedule: str
) -> None:
    """Every optimizer under every schedule, with dropout, batch norm and augmentation."""
    settings = config(optimizer=optimizer, schedule=schedule, augmentation=0.5, weight_decay=0.01)
    assert_resumes_bit_for_bit(stochastic_design, tiny_data, settings, tmp_path, steps=BATCHES + 2)


@pytest.mark.parametrize("steps", [1, BATCHES - 1, BATCHES, BATCHES + 1, 3 * BATCHES - 1])
def test_at_any_step(tiny_data: ImageDataset, stochastic_design: Design, tmp_path: Path, steps: int) -> None:
    """After the first batch, around the end of an epoch, before the last batch."""
    assert_resumes_bit_for_bit(stochastic_design, tiny_data, config(), tmp_path, steps)


@pytest.mark.parametrize("loss", LOSSES)
def test_with_every_loss(
    tiny_data: ImageDataset, stochastic_design: Design, tmp_path: Path, loss: str
) -> None:
    """With class weights, clipping and both penalties."""
    settings = config(
        loss=loss, class_weights="balanced", l1=1e-4, weight_decay=1e-3, clip_norm=1.0, flip=True
    )
    assert_resumes_bit_for_bit(stochastic_design, tiny_data, settings, tmp_path, steps=BATCHES + 2)


@pytest.mark.skipif(
    not computes_bfloat16(torch.device("cpu")), reason="this processor does not compute in bfloat16"
)
def test_in_bfloat16(tiny_data: ImageDataset, stochastic_design: Design, tmp_path: Path) -> None:
    """The same bits, though fewer of them."""
    settings = config(precision="bfloat16")
    assert_resumes_bit_for_bit(stochastic_design, tiny_data, settings, tmp_path, steps=BATCHES + 2)


def test_without_the_speedups(tiny_data: ImageDataset, stochastic_design: Design, tmp_path: Path) -> None:
    """The plain loop resumes as well."""
    settings = config(fast=False)
    assert_resumes_bit_for_bit(stochastic_design, tiny_data, settings, tmp_path, steps=BATCHES + 2)


def test_with_settings_that_changed_during_the_run(
    tiny_data: ImageDataset, stochastic_design: Design, tmp_path: Path
) -> None:
    """A new rate, batch size and augmentation in mid-epoch are part of the state."""
    changes = {"learning_rate": 0.01, "batch_size": 8, "augmentation": 0.3, "weight_decay": 0.1}
    undisturbed = stopped_after(train(stochastic_design, tiny_data, config()), 2)
    undisturbed.change(**changes)
    expected = results(list(undisturbed), after=4)
    begun = stopped_after(train(stochastic_design, tiny_data, config()), 2)
    begun.change(**changes)
    state = through_a_file(stopped_after(begun, 4).snapshot(), tmp_path)
    resumed = train(stochastic_design, tiny_data, config(), state=state)
    assert results(list(resumed), after=4) == expected
    assert_same_state(resumed, undisturbed)


def test_twice(tiny_data: ImageDataset, stochastic_design: Design, tmp_path: Path) -> None:
    """Stopped, resumed, stopped and resumed again."""
    undisturbed = train(stochastic_design, tiny_data, config())
    expected = results(list(undisturbed), after=7)
    state = through_a_file(
        stopped_after(train(stochastic_design, tiny_data, config()), 2).snapshot(), tmp_path
    )
    halfway = stopped_after(train(stochastic_design, tiny_data, config(), state=state), 7)
    state = through_a_file(halfway.snapshot(), tmp_path)
    resumed = train(stochastic_design, tiny_data, config(), state=state)
    assert results(list(resumed), after=7) == expected


def test_reports_where_it_resumes(tiny_data: ImageDataset, stochastic_design: Design) -> None:
    """The first event of a resumed run names the step; the untrained network is not reported again."""
    state = stopped_after(train(stochastic_design, tiny_data, config()), 6).snapshot()
    first, second, *_ = train(stochastic_design, tiny_data, config(), state=state)
    assert isinstance(first, Started)
    assert isinstance(second, Batch)
    assert (first.step, first.epoch, first.batch, second.step) == (6, 2, 2, 7)


def test_inspecting_changes_nothing(tiny_data: ImageDataset, stochastic_design: Design) -> None:
    """A run that is inspected at every step is the same run."""
    undisturbed = train(stochastic_design, tiny_data, config())
    expected = results(list(undisturbed), after=0)
    watched = train(stochastic_design, tiny_data, config())
    events = []
    for event in watched:
        watched.inspect_next = True
        events.append(event)
    assert sum(event.event == "inspection" for event in events) >= 2 * BATCHES
    assert results(events, after=0) == expected
    assert_same_state(watched, undisturbed)


def test_the_state_of_another_design_is_refused(
    tiny_data: ImageDataset, stochastic_design: Design, plain_design: Design
) -> None:
    """Weights of another shape cannot be loaded."""
    state = stopped_after(train(stochastic_design, tiny_data, config()), 2).snapshot()
    with pytest.raises(WeightsError, match="another design"):
        train(plain_design, tiny_data, config(), state=state)


def test_infinite_weights_are_not_a_state(tiny_data: ImageDataset, linear_design: Design) -> None:
    """Nothing can continue from infinity, so it does not replace the last good state."""
    training = stopped_after(train(linear_design, tiny_data, config()), 2)
    with torch.no_grad():
        next(training.model.parameters())[0] = float("inf")
    with pytest.raises(DivergedError, match="weight became infinite in batch 2"):
        training.snapshot()
