"""Loss functions. Each takes scores (N, classes), the logits before the softmax, and labels (N,)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from cnnlab.training.config import TrainConfig
from cnnlab.training.loss_kinds import LOSSES

Loss = Callable[[Tensor, Tensor], Tensor]


def make_loss(config: TrainConfig, weight: Tensor | None = None) -> Loss:
    """The configured loss, as the mean over a batch; `weight` (classes,) weights the classes."""
    function = LOSSES[config.loss].function
    return lambda scores, labels: function(scores.float(), labels, weight, config)


def balanced_weights(labels: Tensor, classes: int) -> Tensor:
    """(classes,) weights that make every class count the same: N / (classes · count of the class)."""
    counts = torch.bincount(labels, minlength=classes).clamp(min=1)
    return len(labels) / (classes * counts.float())
