"""The torch optimizer for a configuration."""

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
    """The arguments of the optimizer's class besides learning rate and weight decay."""
    arguments: dict[str, Any] = {}
    if kind.momentum:
        # Nesterov without momentum is plain SGD; torch raises an error for the combination.
        arguments |= {"momentum": config.momentum, "nesterov": kind.nesterov and config.momentum > 0}
    if kind.betas:
        arguments["betas"] = (config.beta1, config.beta2)
    return arguments


def is_recordable(name: str) -> bool:
    """Whether a CUDA graph can record a step of this optimizer (one kernel that reads its rate there)."""
    return OPTIMIZERS[name].fused


def make_optimizer(config: TrainConfig, parameters: Iterable[Parameter], device: torch.device) -> Optimizer:
    """The optimizer that the configuration names, as a fused kernel where torch has one."""
    fused = config.fast and device.type in ("cpu", "cuda")
    rate: float | Tensor = config.learning_rate
    if fused and device.type == "cuda" and is_recordable(config.optimizer):
        rate = torch.tensor(rate, device=device)
    kind = OPTIMIZERS[config.optimizer]
    arguments = _arguments(kind, config)
    if kind.fused:
        arguments["fused"] = fused
    if kind.betas:
        arguments["capturable"] = isinstance(rate, Tensor)  # keeps the step count where the rate is
    make: type[Optimizer] = getattr(torch.optim, kind.torch.name)
    return make(list(parameters), lr=rate, weight_decay=config.weight_decay, **arguments)  # type: ignore[call-arg]
