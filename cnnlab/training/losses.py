"""What is made small. Every loss takes scores (logits, before the softmax), (N, classes), and labels (N,)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from cnnlab.training.config import TrainConfig

Loss = Callable[[Tensor, Tensor], Tensor]
_GAMMA = 2.0  # of the focal loss, as its paper recommends


def make_loss(config: TrainConfig, weight: Tensor | None = None) -> Loss:
    """The mean loss of a batch; `weight` (classes,) makes some classes count more."""
    return lambda scores, labels: _LOSSES[config.loss](scores.float(), labels, weight, config)


def balanced_weights(labels: Tensor, classes: int) -> Tensor:
    """(classes,) weights that make every class count the same: N / (classes · count of the class)."""
    counts = torch.bincount(labels, minlength=classes).clamp(min=1)
    return len(labels) / (classes * counts.float())


def _cross_entropy(scores: Tensor, labels: Tensor, weight: Tensor | None, config: TrainConfig) -> Tensor:
    return functional.cross_entropy(scores, labels, weight=weight, label_smoothing=config.label_smoothing)


def _focal(scores: Tensor, labels: Tensor, weight: Tensor | None, _: TrainConfig) -> Tensor:
    """−(1 − p)^γ · log p of the right class (Lin et al. 2017)."""
    log_p = functional.log_softmax(scores, dim=1).gather(1, labels[:, None])[:, 0]
    return _mean(-((1 - log_p.exp()) ** _GAMMA) * log_p, labels, weight)


def _mean_squared_error(scores: Tensor, labels: Tensor, weight: Tensor | None, _: TrainConfig) -> Tensor:
    """Mean over classes of (probability − one-hot)², as Keras computes it behind a softmax."""
    wanted = functional.one_hot(labels, scores.shape[1]).to(scores.dtype)
    squares = (functional.softmax(scores, dim=1) - wanted) ** 2
    return _mean(squares.mean(1), labels, weight)


def _hinge(scores: Tensor, labels: Tensor, weight: Tensor | None, _: TrainConfig) -> Tensor:
    """Σ max(0, 1 − right score + other score) / classes (Weston & Watkins 1999)."""
    return functional.multi_margin_loss(scores, labels, weight=weight)


def _mean(losses: Tensor, labels: Tensor, weight: Tensor | None) -> Tensor:
    if weight is None:
        return losses.mean()
    weights = weight[labels]
    return (losses * weights).sum() / weights.sum()


_LOSSES: dict[str, Callable[[Tensor, Tensor, Tensor | None, TrainConfig], Tensor]] = {
    "cross-entropy": _cross_entropy,
    "focal": _focal,
    "mean-squared-error": _mean_squared_error,
    "hinge": _hinge,
}
