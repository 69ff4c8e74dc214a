"""From a configuration to torch's optimizer, and the learning rate of every moment as a plain function."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.optim import Optimizer

from cnnlab.training.config import TrainConfig
from cnnlab.training.optimizer_kinds import OPTIMIZERS, OptimizerKind

_CLIMB = 0.3  # share of the run in which one-cycle climbs
_WARM_UP = 0.1  # share of the run in which warm-up climbs
_FIRST = 0.1  # where a climb starts, as a share of the top rate
_LAST = 0.001  # where a fall ends


def _arguments(kind: OptimizerKind, config: TrainConfig) -> dict[str, Any]:
    """What the optimizer's class takes besides rate and weight decay."""
    arguments: dict[str, Any] = {}
    if kind.momentum:
        # Without momentum there is nothing to look ahead with: torch refuses it, plain SGD is what it means.
        arguments |= {"momentum": config.momentum, "nesterov": kind.nesterov and config.momentum > 0}
    if kind.betas:
        arguments["betas"] = (config.beta1, config.beta2)
    return arguments


def is_recordable(name: str) -> bool:
    """Whether a step of this optimizer can be part of a CUDA graph: one kernel that reads its rate there."""
    return OPTIMIZERS[name].fused


def make_optimizer(config: TrainConfig, parameters: Iterable[Parameter], device: torch.device) -> Optimizer:
    """The optimizer that the configuration names; in one fused kernel where torch has one."""
    fused = config.fast and device.type in ("cpu", "cuda")
    rate: float | Tensor = config.learning_rate
    if fused and device.type == "cuda" and is_recordable(config.optimizer):
        rate = torch.tensor(rate, device=device)
    kind = OPTIMIZERS[config.optimizer]
    arguments = _arguments(kind, config)
    if kind.fused:
        arguments["fused"] = fused
    if kind.betas:
        arguments["capturable"] = isinstance(rate, Tensor)  # the count of steps is where the rate is
    make: type[Optimizer] = getattr(torch.optim, kind.torch_name)
    return make(list(parameters), lr=rate, weight_decay=config.weight_decay, **arguments)  # type: ignore[call-arg]


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
