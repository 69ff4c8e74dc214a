"""The loop against one written by hand, and its guarantees on batches, order, changes and stopping."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional

from cnnlab.data.dataset import ImageDataset
from cnnlab.design.design import Design
from cnnlab.ground.errors import ConfigError
from cnnlab.layers import Conv2d, Flatten, Linear, MaxPool2d, ReLU
from cnnlab.models.build import build
from cnnlab.training.config import TrainConfig, make_config
from cnnlab.training.devices import computes_bfloat16
from cnnlab.training.evaluation import evaluate
from cnnlab.training.events import Batch, Changed, Checkpoint, Epoch, Event, Finished, Inspection, Started
from cnnlab.training.loop import train
from cnnlab.training.optimizer_kinds import OPTIMIZERS

CPU = torch.device("cpu")
NO_MOVEMENT = 1e-12  # a learning rate too small to move a weight


def config(**settings: object) -> TrainConfig:
    """Four batches of tiny_data per epoch, in float32, unless a test says otherwise."""
    usual: dict[str, object] = {"epochs": 2, "batch_size": 16, "precision": "float32", "device": "cpu"}
    return make_config(**usual | settings)


def losses(events: list[Event]) -> list[float]:
    """The loss of every batch."""
    return [float(event.loss) for event in events if isinstance(event, Batch)]


def epochs(events: list[Event]) -> list[Epoch]:
    """The ends of the epochs."""
    return [event for event in events if isinstance(event, Epoch)]


def train_by_hand(
    model: nn.Module, optimizer: torch.optim.Optimizer, data: ImageDataset, settings: TrainConfig
) -> list[float]:
    """Train with the loop of every tutorial. Only the seed of an epoch's order is a convention of the lab."""
    found = []
    for epoch in range(settings.epochs):
        generator = torch.Generator().manual_seed(settings.seed * 1_000_003 + epoch)
        order = torch.randperm(len(data.train.labels), generator=generator)
        for rows in order.split(settings.batch_size):
            optimizer.zero_grad()
            scores = model(data.train.images[rows].float() / 255)
            loss = functional.cross_entropy(scores, data.train.labels[rows])
            loss.backward()
            optimizer.step()
            found.append(loss.item())
    return found


@pytest.mark.parametrize("seed", [0, 7])
def test_equals_a_loop_written_by_hand(tiny_data: ImageDataset, plain_design: Design, seed: int) -> None:
    """Losses and weights agree to 1e-4: speed-ups change the order of additions, nothing else."""
    settings = config(epochs=3, learning_rate=0.01, seed=seed)
    training = train(plain_design, tiny_data, settings)
    found = losses(list(training))
    model = build(plain_design, seed)[:-1]
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    assert found == pytest.approx(train_by_hand(model, optimizer, tiny_data, settings), abs=1e-4)
    for name, weights in model.state_dict().items():
        torch.testing.assert_close(training.weights()[name], weights, rtol=1e-4, atol=1e-4)


def test_speedups_change_no_result(tiny_data: ImageDataset, plain_design: Design) -> None:
    """With and without layout, reordering and fused optimizer the losses agree to 1e-4."""
    fast, plain = (list(train(plain_design, tiny_data, config(fast=fast))) for fast in (True, False))
    assert losses(fast) == pytest.approx(losses(plain), abs=1e-4)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_speedups_change_no_weight_of_a_deeper_network(tiny_data: ImageDataset, optimizer: str) -> None:
    """Weights of several channels have another memory layout: each still gets its own gradient."""
    layers = (Conv2d(out_channels=4), ReLU(), MaxPool2d(), Conv2d(out_channels=3, kernel_size=2), ReLU())
    deeper = Design(name="deeper", input_shape=(1, 8, 8), classes=4)
    deeper = deeper.with_layers((*layers, Flatten(), Linear(out_features=4)))
    found = []
    for fast in (True, False):
        training = train(deeper, tiny_data, config(optimizer=optimizer, fast=fast, clip_norm=1.0))
        list(training)
        found.append(training.weights())
    for name, weights in found[0].items():
        torch.testing.assert_close(weights, found[1][name], rtol=1e-4, atol=1e-5)


def test_active_speedups_are_reported(tiny_data: ImageDataset, plain_design: Design) -> None:
    """The first event lists the active ones; those that are switched off are missing."""
    fast, plain = (next(train(plain_design, tiny_data, config(fast=fast))) for fast in (True, False))
    assert isinstance(fast, Started)
    assert isinstance(plain, Started)
    assert set(plain.ways) < set(fast.ways)
    assert "fused-optimizer" not in plain.ways


@pytest.mark.skipif(not computes_bfloat16(CPU), reason="this processor does not compute in bfloat16")
def test_bfloat16_agrees_with_float32(tiny_data: ImageDataset, plain_design: Design) -> None:
    """8 bits of mantissa: each of the first 20 losses agrees to 2 %."""
    half, full = (
        list(train(plain_design, tiny_data, config(epochs=5, precision=precision)))
        for precision in ("bfloat16", "float32")
    )
    assert losses(half) == pytest.approx(losses(full), rel=0.02)


def test_learns(tiny_data: ImageDataset, tiny_design: Design) -> None:
    """Four classes that are easy to see are distinguished after a few epochs."""
    *_, last = train(tiny_design, tiny_data, config(epochs=10, learning_rate=0.02))
    assert isinstance(last, Finished)
    assert last.test_accuracy >= 0.9


def test_events_come_in_order(tiny_data: ImageDataset, tiny_design: Design) -> None:
    """Start, untrained network, each epoch's batches, result and weights, a last inspection, the end."""
    kinds = [event.event for event in train(tiny_design, tiny_data, config())]
    assert kinds == [
        "started",
        "checkpoint",
        *2 * [*4 * ["batch"], "epoch", "checkpoint"],
        "inspection",
        "finished",
    ]


def test_batches_are_numbered_from_1(tiny_data: ImageDataset, tiny_design: Design) -> None:
    """Epochs, batches of an epoch, steps of the run."""
    batches = [event for event in train(tiny_design, tiny_data, config()) if isinstance(event, Batch)]
    assert [(event.epoch, event.batch, event.step) for event in batches] == [
        (1, 1, 1),
        (1, 2, 2),
        (1, 3, 3),
        (1, 4, 4),
        (2, 1, 5),
        (2, 2, 6),
        (2, 3, 7),
        (2, 4, 8),
    ]


@pytest.mark.parametrize(
    ("batch_size", "batches"), [(16, 4), (20, 4), (21, 3), (63, 1), (64, 1), (100, 1), (1, 64)]
)
def test_a_last_batch_of_one_picture_is_left_out(
    tiny_data: ImageDataset, plain_design: Design, batch_size: int, batches: int
) -> None:
    """64 pictures: a remainder of 4 is a batch, a remainder of 1 is not, unless the batch size is 1."""
    events = list(train(plain_design, tiny_data, config(epochs=1, batch_size=batch_size)))
    assert isinstance(events[0], Started)
    assert events[0].batches == len(losses(events)) == batches


def test_an_epoch_shows_every_picture_once(tiny_data: ImageDataset, plain_design: Design) -> None:
    """If no weight moves, the epoch's mean loss is the loss over the whole training set."""
    settings = config(epochs=1, batch_size=20, learning_rate=NO_MOVEMENT, optimizer="sgd")
    result = epochs(list(train(plain_design, tiny_data, settings)))[0]
    whole = evaluate(build(plain_design), tiny_data.train, CPU)
    assert result.train_loss == pytest.approx(whole.loss, abs=1e-5)
    assert result.train_accuracy == pytest.approx(whole.accuracy)


def test_each_epoch_has_its_own_order(tiny_data: ImageDataset, plain_design: Design) -> None:
    """Even if no weight moves, the batches of two epochs differ."""
    found = losses(list(train(plain_design, tiny_data, config(learning_rate=NO_MOVEMENT, optimizer="sgd"))))
    assert found[:4] != pytest.approx(found[4:], abs=1e-6)


def test_the_same_seed_gives_the_same_run(tiny_data: ImageDataset, stochastic_design: Design) -> None:
    """Bit for bit, whatever was drawn from the global generator before."""
    first = losses(list(train(stochastic_design, tiny_data, config())))
    torch.rand(5)
    assert losses(list(train(stochastic_design, tiny_data, config()))) == first
    assert losses(list(train(stochastic_design, tiny_data, config(seed=1)))) != first


def test_validation_is_measured_on_the_weights_of_the_epoch(
    tiny_data: ImageDataset, plain_design: Design
) -> None:
    """An epoch's numbers are what a plain computation finds with the weights of its checkpoint."""
    training = train(plain_design, tiny_data, config())
    reported: Epoch | None = None
    for event in training:
        if isinstance(event, Epoch):
            reported = event
        if isinstance(event, Checkpoint) and reported is not None:
            model = build(plain_design)
            model.load_state_dict(training.weights())
            truth = evaluate(model, tiny_data.val, CPU)
            assert reported.val_loss == pytest.approx(truth.loss, abs=1e-5)
            assert reported.val_accuracy == event.val_accuracy == truth.accuracy
            assert reported.confusion == truth.confusion
            assert sum(map(sum, reported.confusion)) == len(tiny_data.val.labels)
    assert reported is not None


def test_the_first_event_counts_the_pictures(tiny_data: ImageDataset, plain_design: Design) -> None:
    """For each split, from the data itself."""
    first = next(train(plain_design, tiny_data, config()))
    assert isinstance(first, Started)
    assert (first.train_images, first.val_images, first.test_images) == (64, 32, 32)


@pytest.mark.parametrize(
    "settings",
    [{"epochs": 2}, {"epochs": 50, "target_accuracy": 0.5}, {"epochs": 50, "patience": 1}],
    ids=["all epochs", "target", "patience"],
)
def test_the_final_state_is_inspected(
    tiny_data: ImageDataset, tiny_design: Design, settings: dict[str, float]
) -> None:
    """Whatever ended the run, there is one last inspection, of its last step and weights."""
    training = train(tiny_design, tiny_data, config(learning_rate=0.05, **settings))
    events = list(training)
    *_, inspection, last = events
    assert isinstance(inspection, Inspection)
    assert isinstance(last, Finished)
    assert sum(isinstance(event, Inspection) for event in events) == 1
    assert (inspection.step, inspection.epoch) == (training.step, last.epochs)
    assert inspection.filters is not None
    filters = torch.tensor(inspection.filters.values)
    torch.testing.assert_close(filters, training.weights()["0.weight"].flatten(), rtol=1e-3, atol=1e-9)
    assert all(step.update_ratio > 0 for step in inspection.layers)


def test_learned_weights_are_measured_before_the_first_step(
    tiny_data: ImageDataset, stochastic_design: Design
) -> None:
    """They give a baseline for what follows; random weights need none."""
    weights = build(stochastic_design, seed=5).state_dict()
    model = build(stochastic_design)
    model.load_state_dict(weights)
    begun = [next(training) for training in [train(stochastic_design, tiny_data, config())] for _ in range(2)]
    going_on = train(stochastic_design, tiny_data, config(), weights=weights)
    _, first = next(going_on), next(going_on)
    assert isinstance(first, Checkpoint)
    assert (first.epoch, first.val_accuracy) == (0, evaluate(model, tiny_data.val, CPU).accuracy)
    assert isinstance(begun[1], Checkpoint)
    assert begun[1].val_accuracy is None


def test_test_accuracy_belongs_to_the_best_epoch(tiny_data: ImageDataset, tiny_design: Design) -> None:
    """It is measured on the weights of the epoch with the best validation accuracy, which is named."""
    training = train(tiny_design, tiny_data, config(epochs=6, learning_rate=0.03))
    kept, accuracies, last = {}, {}, None
    for event in training:
        if isinstance(event, Checkpoint) and event.val_accuracy is not None:
            kept[event.epoch], accuracies[event.epoch] = training.weights(), event.val_accuracy
        last = event
    assert isinstance(last, Finished)
    assert last.best_epoch == max(accuracies, key=lambda epoch: (accuracies[epoch], -epoch))
    model = build(tiny_design)
    model.load_state_dict(kept[last.best_epoch])
    assert last.test_accuracy == evaluate(model, tiny_data.test, CPU).accuracy
    assert last.val_accuracy == accuracies[last.best_epoch]


def test_a_design_of_another_shape_is_refused(tiny_data: ImageDataset, tiny_design: Design) -> None:
    """The message names what the design takes and what the data has."""
    other = tiny_design.model_copy(update={"input_shape": (1, 12, 12)})
    with pytest.raises(ConfigError, match=r"\(1, 12, 12\).*\(1, 8, 8\)"):
        train(other, tiny_data, config())


def test_batch_norm_of_a_single_vector_is_refused(tiny_data: ImageDataset, stochastic_design: Design) -> None:
    """torch would fail in the first batch; the lab says so before."""
    with pytest.raises(ConfigError, match="batch size.*2 or more"):
        train(stochastic_design, tiny_data, config(batch_size=1))


def test_a_change_applies_from_the_next_step(tiny_data: ImageDataset, plain_design: Design) -> None:
    """A run whose learning rate drops to nothing after its first epoch ends where that epoch ended."""
    training = train(plain_design, tiny_data, config(epochs=2, optimizer="sgd", momentum=0.0))
    for event in training:
        if isinstance(event, Checkpoint) and event.epoch == 1:
            changed = training.change(learning_rate=NO_MOVEMENT)
            before = training.weights()
    assert isinstance(changed, Changed)
    assert (changed.step, changed.settings) == (4, {"learning_rate": NO_MOVEMENT})
    for name, weights in training.weights().items():
        torch.testing.assert_close(weights, before[name], rtol=0, atol=1e-8)


def test_another_batch_size_in_mid_epoch(tiny_data: ImageDataset, plain_design: Design) -> None:
    """After 2 batches of 16, batches of 8 take the other 32 pictures: 6 in all, and then 8 per epoch."""
    training = train(plain_design, tiny_data, config(epochs=2, learning_rate=NO_MOVEMENT, optimizer="sgd"))
    events = []
    for event in training:
        events.append(event)
        if isinstance(event, Batch) and event.step == 2:
            assert training.change(batch_size=8).batches == 6
    counts = [sum(isinstance(e, Batch) and e.epoch == epoch for e in events) for epoch in (1, 2)]
    assert counts == [6, 8]
    whole = evaluate(build(plain_design), tiny_data.train, CPU)
    assert epochs(events)[0].train_loss == pytest.approx(whole.loss, abs=1e-5)


@pytest.mark.parametrize("settings", [{"epochs": 3}, {"learning_rate": 0.0}, {"batch_size": 10**9}])
def test_a_bad_change_is_refused_and_changes_nothing(
    tiny_data: ImageDataset, plain_design: Design, settings: dict[str, float]
) -> None:
    """A setting that cannot change, or a value out of range, leaves the configuration as it is."""
    training = train(plain_design, tiny_data, config())
    with pytest.raises(ConfigError):
        training.change(**settings)
    assert training.config == config()


def test_stops_at_the_target(tiny_data: ImageDataset, tiny_design: Design) -> None:
    """The run ends with the first epoch that reaches the accuracy, and says so."""
    events = list(train(tiny_design, tiny_data, config(epochs=50, learning_rate=0.02, target_accuracy=0.8)))
    accuracies = [event.val_accuracy for event in epochs(events)]
    assert accuracies[-1] >= 0.8 > max(accuracies[:-1], default=0.0)
    assert isinstance(events[-1], Finished)
    assert (events[-1].reason, events[-1].epochs) == ("target reached", len(accuracies))


def test_stops_early_when_validation_loss_stops_falling(
    tiny_data: ImageDataset, plain_design: Design
) -> None:
    """Patience counts the epochs since the lowest validation loss."""
    settings = config(epochs=50, learning_rate=0.3, optimizer="sgd", patience=2)
    events = list(train(plain_design, tiny_data, settings))
    found = [event.val_loss for event in epochs(events)]
    assert len(found) - 1 - found.index(min(found)) == 2
    assert isinstance(events[-1], Finished)
    assert events[-1].reason == "early stopping"


def test_reduce_on_plateau(tiny_data: ImageDataset, plain_design: Design) -> None:
    """After every two epochs without a lower validation loss the rate halves; otherwise it stays."""
    settings = config(
        epochs=9, learning_rate=1.0, optimizer="sgd", schedule="plateau", decay_epochs=2, decay_factor=0.5
    )
    training = train(plain_design, tiny_data, settings)
    expected, best, stale = 1.0, float("inf"), 0
    for event in training:
        if isinstance(event, Epoch):
            stale = 0 if event.val_loss < best else stale + 1
            best = min(best, event.val_loss)
            expected *= 0.5 if stale and stale % 2 == 0 else 1.0
            assert training.learning_rate() == pytest.approx(expected)
    assert expected < 1.0


def test_a_fork_begins_with_the_given_weights(tiny_data: ImageDataset, plain_design: Design) -> None:
    """The run starts from another run's network; its own seed only decides the order."""
    weights = build(plain_design, seed=9).state_dict()
    settings = config(learning_rate=NO_MOVEMENT, optimizer="sgd")
    training = train(plain_design, tiny_data, settings, weights=weights)
    list(training)
    for name, tensor in weights.items():
        torch.testing.assert_close(training.weights()[name], tensor, rtol=0, atol=1e-8)


def test_l1_draws_weights_to_zero(tiny_data: ImageDataset, plain_design: Design) -> None:
    """With the penalty the sum of absolute weights is smaller than without."""
    sizes = []
    for l1 in (0.0, 0.1):
        training = train(plain_design, tiny_data, config(l1=l1, optimizer="sgd", learning_rate=0.05))
        list(training)
        sizes.append(sum(float(tensor.abs().sum()) for tensor in training.weights().values()))
    assert sizes[1] < sizes[0]


def test_clipping_bounds_the_step(tiny_data: ImageDataset, plain_design: Design) -> None:
    """Plain SGD with rate 1 moves all weights together by no more than the allowed norm."""
    settings = config(epochs=1, batch_size=64, optimizer="sgd", momentum=0.0, learning_rate=1.0)
    before = build(plain_design).state_dict()
    training = train(plain_design, tiny_data, settings.model_copy(update={"clip_norm": 0.01}))
    list(training)
    moved = torch.cat([(training.weights()[name] - before[name]).flatten() for name in before])
    assert float(moved.norm()) == pytest.approx(0.01, rel=1e-3)
