"""Optimizers against torch's, learning rates against torch's schedules and explicit numbers."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from torch.optim import lr_scheduler

from cnnlab.training.config import make_config
from cnnlab.training.optimizer_kinds import OPTIMIZERS
from cnnlab.training.optimizers import make_optimizer
from cnnlab.training.schedule_kinds import SCHEDULES, learning_rate_at

CPU = torch.device("cpu")
RATE, DECAY = 0.05, 0.01
TORCHS: dict[str, tuple[Any, dict[str, Any]]] = {
    "sgd": (torch.optim.SGD, {"momentum": 0.8}),
    "nesterov": (torch.optim.SGD, {"momentum": 0.8, "nesterov": True}),
    "adam": (torch.optim.Adam, {"betas": (0.8, 0.9)}),
    "adamw": (torch.optim.AdamW, {"betas": (0.8, 0.9)}),
    "rmsprop": (torch.optim.RMSprop, {}),
    "adagrad": (torch.optim.Adagrad, {}),
    "adadelta": (torch.optim.Adadelta, {}),
}


def descend(optimizer: torch.optim.Optimizer, model: nn.Linear) -> torch.Tensor:
    """The weights after five steps on a fixed loss."""
    x = torch.linspace(-1, 1, 12).view(4, 3)
    for _ in range(5):
        optimizer.zero_grad()
        (model(x) ** 2).sum().backward()
        optimizer.step()
    return model.weight.detach()


def small_model() -> nn.Linear:
    """The same small network every time."""
    torch.manual_seed(3)
    return nn.Linear(3, 2)


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_steps_as_torchs_does(name: str, fast: bool) -> None:
    """Each optimizer moves the weights as torch's class with these settings, fused or not (1e-6)."""
    config = make_config(
        optimizer=name, learning_rate=RATE, weight_decay=DECAY, momentum=0.8, beta1=0.8, beta2=0.9, fast=fast
    )
    ours, its = small_model(), small_model()
    kind, settings = TORCHS[name]
    expected = descend(kind(its.parameters(), lr=RATE, weight_decay=DECAY, **settings), its)
    torch.testing.assert_close(
        descend(make_optimizer(config, ours.parameters(), CPU), ours), expected, rtol=1e-5, atol=1e-6
    )


def test_nesterov_without_momentum_is_plain_sgd() -> None:
    """torch refuses the combination; setting momentum to 0 gives what is meant."""
    config = make_config(optimizer="nesterov", momentum=0.0, learning_rate=RATE)
    ours, its = small_model(), small_model()
    expected = descend(torch.optim.SGD(its.parameters(), lr=RATE), its)
    torch.testing.assert_close(descend(make_optimizer(config, ours.parameters(), CPU), ours), expected)


@pytest.mark.parametrize(
    ("schedule", "at", "share"),
    [
        ("constant", 0.0, 1.0),
        ("constant", 0.99, 1.0),
        ("step", 0.0, 1.0),
        ("step", 0.399, 1.0),
        ("step", 0.4, 0.5),
        ("step", 0.8, 0.25),
        ("cosine", 0.0, 1.0),
        ("cosine", 0.5, 0.5005),
        ("cosine", 1.0, 0.001),
        ("one-cycle", 0.0, 0.1),
        ("one-cycle", 0.15, 0.55),
        ("one-cycle", 0.3, 1.0),
        ("one-cycle", 0.65, 0.5005),
        ("one-cycle", 1.0, 0.001),
        ("warm-up", 0.0, 0.1),
        ("warm-up", 0.05, 0.55),
        ("warm-up", 0.1, 1.0),
        ("warm-up", 0.7, 1.0),
        ("plateau", 0.7, 1.0),
    ],
)
def test_learning_rate_at(schedule: str, at: float, share: float) -> None:
    """Each schedule's share of the learning rate, at its corners and halfway between."""
    config = make_config(epochs=5, learning_rate=0.2, schedule=schedule, decay_epochs=2, decay_factor=0.5)
    assert learning_rate_at(config, at) == pytest.approx(0.2 * share)


@pytest.mark.parametrize("epochs", [1, 3, 7, 49])
def test_steps_are_torchs_step_lr(epochs: int) -> None:
    """At the start of every epoch, however epoch/epochs rounds in binary."""
    config = make_config(epochs=epochs, learning_rate=1.0, schedule="step", decay_epochs=2, decay_factor=0.5)
    optimizer = torch.optim.SGD(small_model().parameters(), lr=1.0)
    scheduler = lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    for epoch in range(epochs):
        assert learning_rate_at(config, epoch / epochs) == pytest.approx(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()


def test_cosine_is_torchs_cosine_annealing() -> None:
    """Down to a thousandth, at every tenth of the run."""
    config = make_config(learning_rate=0.3, schedule="cosine")
    optimizer = torch.optim.SGD(small_model().parameters(), lr=0.3)
    scheduler = lr_scheduler.CosineAnnealingLR(optimizer, T_max=10, eta_min=0.0003)
    for step in range(11):
        assert learning_rate_at(config, step / 10) == pytest.approx(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_no_schedule_leaves_its_bounds(schedule: str) -> None:
    """Above 0 and never above the chosen rate."""
    config = make_config(epochs=10, learning_rate=0.2, schedule=schedule)
    rates = [learning_rate_at(config, step / 997) for step in range(998)]
    assert 0 < min(rates) <= max(rates) <= 0.2 + 1e-12
