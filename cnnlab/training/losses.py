"""What is made small. Every loss takes scores (logits, before the softmax), (N, classes), and labels (N,)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from cnnlab.training.config import TrainConfig
from cnnlab.training.loss_kinds import LOSSES

Loss = Callable[[Tensor, Tensor], Tensor]


def make_loss(config: TrainConfig, weight: Tensor | None = None) -> Loss:
    """The mean loss of a batch; `weight` (classes,) makes some classes count more."""
    function = LOSSES[config.loss].function
    return lambda scores, labels: function(scores.float(), labels, weight, config)


def balanced_weights(labels: Tensor, classes: int) -> Tensor:
    """(classes,) weights that make every class count the same: N / (classes · count of the class)."""
    counts = torch.bincount(labels, minlength=classes).clamp(min=1)
    return len(labels) / (classes * counts.float())
