"""The schedules of the learning rate, one record each. Light: importing this loads no torch."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from cnnlab.language import lazy
from cnnlab.training.choice import Choice

_ONE_CYCLE_CLIMB = 0.3  # the share of the run in which one-cycle climbs
_WARM_UP_CLIMB = 0.1  # the share of the run in which warm-up climbs
_START_SHARE = 0.1  # where a climb starts, as a share of the peak rate
_END_SHARE = 0.001  # where a descent ends, as a share of the peak rate


class ScheduleSettings(Protocol):
    """The settings that a schedule may depend on."""

    epochs: int
    learning_rate: float
    schedule: str
    decay_factor: float
    decay_epochs: int


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a library's schedule, and the setting it corresponds to."""

    setting: str
    position: int
    name: str
    default: float | None  # its value where a script gives none; None: the setting stays as it is
    offset: int = 0  # the setting minus the argument


@dataclass(frozen=True, slots=True)
class ScheduleCode:
    """A schedule in one of the libraries.

    In PyTorch a class of torch.optim.lr_scheduler. In Keras one of keras.optimizers.schedules, passed as the
    learning rate, if it is updated per batch, else one of keras.callbacks. The expression may use
    `LEARNING_RATE`, `EPOCHS`, `optimizer` (PyTorch) and, if it is updated per batch, `steps`.
    """

    code: Callable[[ScheduleSettings], str]
    per_batch: bool = False
    read_as: str = ""  # the class that is read as this schedule; "" for none
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class ScheduleKind(Choice):
    """What menus, training and the scripts of both libraries need to know of a schedule.

    `factor`: the share of the learning rate at a point of the run, from 0 (its start) to 1 (its end).
    """

    factor: Callable[[ScheduleSettings, float], float]
    torch: ScheduleCode | None = None  # None: a script needs nothing
    keras: ScheduleCode | None = None
    settings: tuple[str, ...] = ()  # the settings that apply to this schedule
    measured: bool = False  # also depends on measurements during the run: the loop keeps that factor


def learning_rate_at(config: ScheduleSettings, at: float) -> float:
    """The learning rate at a point of the run, from 0 (its start) to 1 (its end).

    A pure function, so resuming needs no stored state and a form can draw it in advance. A `measured`
    schedule also depends on measurements; the loop multiplies that factor in.
    """
    return config.learning_rate * SCHEDULES[config.schedule].factor(config, at)


def _constant(_: ScheduleSettings, at: float) -> float:
    return 1.0


def _step(config: ScheduleSettings, at: float) -> float:
    # A tiny amount is added so that rounding at = 2/5 does not put the start of epoch 3 into epoch 2.
    return float(config.decay_factor ** int((at * config.epochs + 1e-9) / config.decay_epochs))


def _cosine(_: ScheduleSettings, at: float) -> float:
    return _END_SHARE + (1 - _END_SHARE) * (1 + math.cos(math.pi * at)) / 2


def _one_cycle(config: ScheduleSettings, at: float) -> float:
    """Linear from a tenth up to the peak, then a cosine down to a thousandth (after Smith & Topin 2018)."""
    if at < _ONE_CYCLE_CLIMB:
        return _START_SHARE + (1 - _START_SHARE) * at / _ONE_CYCLE_CLIMB
    return _cosine(config, (at - _ONE_CYCLE_CLIMB) / (1 - _ONE_CYCLE_CLIMB))


def _warm_up(_: ScheduleSettings, at: float) -> float:
    return min(1.0, _START_SHARE + (1 - _START_SHARE) * at / _WARM_UP_CLIMB)


def _keras_step(config: ScheduleSettings) -> str:
    rate = f"LEARNING_RATE * {config.decay_factor!r} ** (epoch // {config.decay_epochs})"
    return f"LearningRateScheduler(lambda epoch: {rate})"


def _torch_plateau(config: ScheduleSettings) -> str:
    options = f"factor={config.decay_factor!r}, patience={config.decay_epochs - 1}"
    return f'ReduceLROnPlateau(optimizer, "max", {options})'


def _keras_plateau(config: ScheduleSettings) -> str:
    options = f"factor={config.decay_factor!r}, patience={config.decay_epochs}"
    return f'ReduceLROnPlateau("val_accuracy", {options})'


SCHEDULES: dict[str, ScheduleKind] = {
    "constant": ScheduleKind(
        lazy("Constant"), lazy("The same learning rate from the first batch to the last."), _constant
    ),
    "step": ScheduleKind(
        lazy("Steps"),
        lazy("Multiplied by the decay factor every few epochs."),
        _step,
        ScheduleCode(
            lambda config: f"StepLR(optimizer, {config.decay_epochs}, {config.decay_factor!r})",
            read_as="StepLR",
            arguments=(
                Argument("decay_epochs", 1, "step_size", 1),
                Argument("decay_factor", 2, "gamma", 0.1),
            ),
        ),
        ScheduleCode(_keras_step),
        settings=("decay_factor", "decay_epochs"),
    ),
    "cosine": ScheduleKind(
        lazy("Cosine"),
        lazy("Falls from the learning rate to nearly 0 along half a cosine."),
        _cosine,
        ScheduleCode(
            lambda _: "CosineAnnealingLR(optimizer, steps, eta_min=LEARNING_RATE / 1000)",
            per_batch=True,
            read_as="CosineAnnealingLR",
        ),
        ScheduleCode(lambda _: "CosineDecay(LEARNING_RATE, steps, alpha=0.001)", per_batch=True),
    ),
    "one-cycle": ScheduleKind(
        lazy("One cycle"),
        lazy("Warms up over 30 % of the run, then cools down to nearly 0."),
        _one_cycle,
        ScheduleCode(  # PyTorch's climb is a cosine as well
            lambda _: (
                "OneCycleLR(\n    optimizer, LEARNING_RATE, steps, "
                "div_factor=10, final_div_factor=100, cycle_momentum=False\n)"
            ),
            per_batch=True,
            read_as="OneCycleLR",
        ),
        ScheduleCode(
            lambda _: (
                "CosineDecay(LEARNING_RATE / 10, steps - steps * 3 // 10, alpha=0.001, "
                "warmup_target=LEARNING_RATE, warmup_steps=steps * 3 // 10)"
            ),
            per_batch=True,
        ),
    ),
    "warm-up": ScheduleKind(
        lazy("Warm-up"),
        lazy("Climbs over the first tenth of the run, then stays."),
        _warm_up,
        ScheduleCode(
            lambda _: "LinearLR(optimizer, start_factor=0.1, total_iters=max(1, steps // 10))", per_batch=True
        ),
        ScheduleCode(
            lambda _: "PolynomialDecay(LEARNING_RATE / 10, max(1, steps // 10), LEARNING_RATE)",
            per_batch=True,
        ),
    ),
    "plateau": ScheduleKind(
        lazy("Reduce on plateau"),
        lazy("Multiplied by the decay factor when validation stops improving."),
        _constant,
        ScheduleCode(
            _torch_plateau,
            read_as="ReduceLROnPlateau",
            arguments=(
                Argument("decay_factor", 2, "factor", 0.1),
                Argument("decay_epochs", 3, "patience", 10, offset=1),
            ),
        ),
        ScheduleCode(
            _keras_plateau,
            read_as="ReduceLROnPlateau",
            arguments=(
                Argument("decay_factor", 1, "factor", 0.1),
                Argument("decay_epochs", 2, "patience", 10),
            ),
        ),
        settings=("decay_factor", "decay_epochs"),
        measured=True,
    ),
}
