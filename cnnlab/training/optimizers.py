"""From a configuration to torch's optimizer, and the learning rate of every moment as a plain function."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.optim import SGD, Adadelta, Adagrad, Adam, AdamW, Optimizer, RMSprop

from cnnlab.training.config import TrainConfig

_CLIMB = 0.3  # share of the run in which one-cycle climbs
_WARM_UP = 0.1  # share of the run in which warm-up climbs
_FIRST = 0.1  # where a climb starts, as a share of the top rate
_LAST = 0.001  # where a fall ends


def _sgd(config: TrainConfig, parameters: list[Parameter], **usual: Any) -> Optimizer:
    return SGD(parameters, momentum=config.momentum, **usual)


def _nesterov(config: TrainConfig, parameters: list[Parameter], **usual: Any) -> Optimizer:
    # Without momentum there is nothing to look ahead with: torch refuses it, plain SGD is what it means.
    return SGD(parameters, momentum=config.momentum, nesterov=config.momentum > 0, **usual)


def _adam(config: TrainConfig, parameters: list[Parameter], **usual: Any) -> Optimizer:
    return Adam(parameters, betas=(config.beta1, config.beta2), capturable=_on_device(usual), **usual)


def _adamw(config: TrainConfig, parameters: list[Parameter], **usual: Any) -> Optimizer:
    return AdamW(parameters, betas=(config.beta1, config.beta2), capturable=_on_device(usual), **usual)


def _on_device(usual: dict[str, Any]) -> bool:
    """Whether the rate is the device's: then the count of steps is so, too."""
    return isinstance(usual["lr"], Tensor)


def _rmsprop(_: TrainConfig, parameters: list[Parameter], *, fused: bool, **usual: Any) -> Optimizer:
    return RMSprop(parameters, **usual)


def _adagrad(_: TrainConfig, parameters: list[Parameter], *, fused: bool, **usual: Any) -> Optimizer:
    return Adagrad(parameters, **usual)


def _adadelta(_: TrainConfig, parameters: list[Parameter], *, fused: bool, **usual: Any) -> Optimizer:
    return Adadelta(parameters, **usual)


_MAKERS: dict[str, Callable[..., Optimizer]] = {
    "sgd": _sgd,
    "nesterov": _nesterov,
    "adam": _adam,
    "adamw": _adamw,
    "rmsprop": _rmsprop,
    "adagrad": _adagrad,
    "adadelta": _adadelta,
}


def is_recordable(name: str) -> bool:
    """Whether a step of this optimizer can be part of a CUDA graph: one kernel that reads its rate there."""
    return name in ("sgd", "nesterov", "adam", "adamw")


def make_optimizer(config: TrainConfig, parameters: Iterable[Parameter], device: torch.device) -> Optimizer:
    """The optimizer that the configuration names; in one fused kernel where torch has one."""
    fused = config.fast and device.type in ("cpu", "cuda")
    rate: float | Tensor = config.learning_rate
    if fused and device.type == "cuda" and is_recordable(config.optimizer):
        rate = torch.tensor(rate, device=device)
    make = _MAKERS[config.optimizer]
    return make(config, list(parameters), lr=rate, weight_decay=config.weight_decay, fused=fused)


# ---- schedules: the share of the learning rate at a point of the run, from 0 (start) to 1 (end)


def _constant(_: TrainConfig, at: float) -> float:
    return 1.0


def _step(config: TrainConfig, at: float) -> float:
    # A hair is added so that the rounding of at = 2/5 does not put the start of epoch 3 into epoch 2.
    return float(config.decay_factor ** int((at * config.epochs + 1e-9) / config.decay_epochs))


def _cosine(_: TrainConfig, at: float) -> float:
    return _LAST + (1 - _LAST) * (1 + math.cos(math.pi * at)) / 2


def _one_cycle(config: TrainConfig, at: float) -> float:
    if at < _CLIMB:
        return _FIRST + (1 - _FIRST) * at / _CLIMB
    return _cosine(config, (at - _CLIMB) / (1 - _CLIMB))


def _warm_up(_: TrainConfig, at: float) -> float:
    return min(1.0, _FIRST + (1 - _FIRST) * at / _WARM_UP)


_SCHEDULES: dict[str, Callable[[TrainConfig, float], float]] = {
    "constant": _constant,
    "step": _step,
    "cosine": _cosine,
    "one-cycle": _one_cycle,
    "warm-up": _warm_up,
    "plateau": _constant,  # falls with what is measured: the loop keeps that factor
}


def learning_rate_at(config: TrainConfig, at: float) -> float:
    """The learning rate at a point of the run, from 0 (its start) to 1 (its end).

    A pure function, so that resuming needs no memory of it and a form can draw it beforehand. 'plateau'
    alone depends on what is measured; the loop multiplies its factor in. one-cycle: linear from a tenth to
    the top, then a cosine down to a thousandth (after Smith & Topin 2018).
    """
    return config.learning_rate * _SCHEDULES[config.schedule](config, at)
