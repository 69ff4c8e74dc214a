"""Attacks: changes of a picture, too small to matter to a person, that change the network's answer.

Each pixel is changed by at most ε, and stays in [0, 1] (the L∞ ball of Goodfellow, Shlens, Szegedy 2015).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnlab.data.record import OnProgress
from cnnlab.design.design import Design
from cnnlab.ground.errors import ConfigError
from cnnlab.language import lazy, lazy_listed
from cnnlab.models.batches import evaluation_mode, require_picture
from cnnlab.models.build import logits_part
from cnnlab.models.predict import Prediction, classify

Method = Literal["fgsm", "pgd"]
METHODS: tuple[Method, ...] = get_args(Method)
STEPS = 20  # of PGD
STEP = 2.5 / STEPS  # of ε: from any start every point of the ball is within reach (Madry et al. 2018)
LEVELS = 255  # from black to white, in a picture of bytes
LIMIT = 64  # levels, a quarter of the way from black to white
_AT_ONCE = 8  # strengths that are tried in one batch


@dataclass(frozen=True, slots=True)
class Goal:
    """What an attack is after: an answer other than `label` or, if it is targeted, the answer `label`."""

    label: int
    targeted: bool = False

    def reached(self, answers: Tensor) -> Tensor:
        """(N,) bool: which of these answers (N,) are what it is after."""
        return (answers == self.label) == self.targeted


@dataclass(frozen=True, slots=True, eq=False)
class Attacked:
    """A picture after an attack, with the answers to it before and after."""

    picture: Tensor  # (C, H, W) in [0, 1]
    epsilon: float  # what a pixel may be changed by
    before: Prediction  # (1, K)
    after: Prediction  # (1, K)
    reached: bool  # whether the answer is what the attack is after


def attack(
    design: Design,
    model: nn.Sequential,
    picture: Tensor,
    goal: Goal,
    epsilon: float,
    *,
    method: Method = "pgd",
    seed: int = 0,
) -> Attacked:
    """Attack the answer to a picture (C, H, W) in [0, 1] by a step of FGSM or by PGD.

    FGSM (Goodfellow et al. 2015): x + ε · sign ∇ₓ loss(x, label); targeted, the loss of the wanted class goes
    down instead. PGD (Madry et al. 2018): twenty small steps of this kind from a random point (by `seed`) of
    the ball, each cut off at its surface. Raises ConfigError for a class or ε that does not exist, DataError
    for a picture that does not fit.
    """
    _check(design, picture, goal, method)
    if not 0 <= epsilon <= 1:
        raise ConfigError(
            lazy("a pixel cannot be changed by {number}", number=epsilon),
            where=lazy("attack"),
            allowed=lazy("{low} to {high}", low=0, high=1),
        )
    with evaluation_mode(model):
        return _attacked(model, picture, goal, [epsilon], method, seed)[0]


def smallest_flip(
    design: Design,
    model: nn.Sequential,
    picture: Tensor,
    goal: Goal,
    *,
    method: Method = "pgd",
    limit: int = LIMIT,
    seed: int = 0,
    on_progress: OnProgress | None = None,
) -> Attacked | None:
    """Return the attack of the smallest ε = n/255 that reaches its goal; None if none up to n = limit does.

    ε is 0 if there is nothing to do. The search is a bisection, in a few parts instead of two: it takes for
    granted that what succeeds at one ε does so at larger ones, and the ε below the one it finds has failed.
    on_progress(done, total) is called after each division with how many of the strengths are decided; an
    exception that it raises ends the work. Raises as `attack`.
    """
    _check(design, picture, goal, method)
    low, high, found = -1, limit + 1, None
    tried = [0] + [n for n in (1 << power for power in range(limit.bit_length())) if n < limit] + [limit]
    with evaluation_mode(model):
        while tried:
            strengths = [n / LEVELS for n in tried]
            for n, result in zip(
                tried, _attacked(model, picture, goal, strengths, method, seed), strict=True
            ):
                if result.reached:
                    high, found = n, result
                    break
                low = n
            if on_progress is not None:
                on_progress(limit + 2 - (high - low), limit + 1)
            tried = _between(low, high)
    return found


def _between(low: int, high: int) -> list[int]:
    """Return whole numbers between two, evenly spaced, as many as are tried at once."""
    parts = min(_AT_ONCE + 1, high - low)
    return [low + (high - low) * part // parts for part in range(1, parts)]


def _attacked(
    model: nn.Sequential,
    picture: Tensor,
    goal: Goal,
    epsilons: Sequence[float],
    method: Method,
    seed: int,
) -> list[Attacked]:
    """Attack a picture with several strengths at once."""
    radius = torch.tensor(epsilons, dtype=picture.dtype).view(-1, 1, 1, 1)
    images = picture.expand(len(epsilons), -1, -1, -1)
    low, high = (images - radius).clamp(min=0), (images + radius).clamp(max=1)
    if method == "fgsm":
        images = (images + radius * _direction(model, images, goal)).clamp(low, high)
    else:
        generator = torch.Generator().manual_seed(seed)
        start = 2 * torch.rand(picture.shape, generator=generator, dtype=picture.dtype) - 1
        images = (images + radius * start).clamp(low, high)
        for _ in range(STEPS):
            images = (images + STEP * radius * _direction(model, images, goal)).clamp(low, high)
    before, after = classify(model, picture[None]), classify(model, images)
    reached = goal.reached(after.label)
    return [
        Attacked(images[n], epsilon, before, Prediction(after.probabilities[n : n + 1]), bool(reached[n]))
        for n, epsilon in enumerate(epsilons)
    ]


def _direction(model: nn.Sequential, images: Tensor, goal: Goal) -> Tensor:
    """Return the signs, (N, C, H, W), of the changes that lead towards the goal.

    The loss is computed from the scores in float64: where the network is sure, float32 has 0 as gradient.
    """
    with torch.enable_grad():
        images = images.clone().requires_grad_(True)
        scores = logits_part(model)(images).double()
        labels = torch.full((len(images),), goal.label)
        loss = functional.cross_entropy(scores, labels, reduction="sum")
        (gradient,) = torch.autograd.grad(loss, images)
    return gradient.neg().sign() if goal.targeted else gradient.sign()


def _check(design: Design, picture: Tensor, goal: Goal, method: Method) -> None:
    require_picture(design, picture)
    where = lazy("attack")
    if method not in METHODS:
        raise ConfigError(
            lazy("unknown method {method}", method=repr(method)), where=where, allowed=lazy_listed(METHODS)
        )
    if not 0 <= goal.label < design.classes:
        raise ConfigError(
            lazy("there is no class {number}", number=goal.label),
            where=where,
            allowed=lazy("0 to {last}", last=design.classes - 1),
        )
