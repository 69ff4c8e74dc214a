"""From a configuration to torch's optimiser, and the learning rate of every step as a plain function."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch.nn import Parameter
from torch.optim import SGD, Adam, AdamW, Optimizer

from cnnlab.training.config import TrainConfig

_WARM_UP = 0.3  # share of the steps in which one-cycle climbs
_FIRST = 0.1  # where it starts, as a share of the top rate
_LAST = 0.001  # where it ends


def make_optimizer(config: TrainConfig, parameters: Iterable[Parameter], device: torch.device) -> Optimizer:
    """The optimiser that the configuration names; fused into one kernel where torch can."""
    fused = device.type in ("cpu", "cuda")
    rate, decay = config.learning_rate, config.weight_decay
    if config.optimizer == "sgd":
        momentum = config.momentum
        return SGD(parameters, lr=rate, momentum=momentum, weight_decay=decay, fused=fused)
    if config.optimizer == "adam":
        return Adam(parameters, lr=rate, weight_decay=decay, fused=fused)
    return AdamW(parameters, lr=rate, weight_decay=decay, fused=fused)


def learning_rate_at(config: TrainConfig, step: int, steps: int) -> float:
    """The learning rate of one step (from 0) out of all. A pure function: resuming needs no memory of it.

    one-cycle: linear from a tenth of the top to the top, then a cosine down to a thousandth
    (after Smith & Topin 2018).
    """
    if config.schedule == "constant":
        return config.learning_rate
    top = max(1.0, _WARM_UP * steps)
    if step < top:
        return config.learning_rate * (_FIRST + (1 - _FIRST) * step / top)
    way = (step - top) / max(1.0, steps - top)
    return config.learning_rate * (_LAST + (1 - _LAST) * (1 + math.cos(math.pi * way)) / 2)
