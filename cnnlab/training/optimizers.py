"""From a configuration to torch's optimizer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.optim import Optimizer

from cnnlab.training.config import TrainConfig
from cnnlab.training.optimizer_kinds import OPTIMIZERS, OptimizerKind


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
    make: type[Optimizer] = getattr(torch.optim, kind.torch.name)
    return make(list(parameters), lr=rate, weight_decay=config.weight_decay, **arguments)  # type: ignore[call-arg]
