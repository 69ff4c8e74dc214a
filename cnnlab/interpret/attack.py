"""Attacks: changes of a picture, too small to matter to a person, that change the network's answer.

Each pixel is changed by at most ε, and stays in [0, 1] (the L∞ ball of Goodfellow, Shlens, Szegedy 2015).
Pictures are bytes before and after it, so that what is shown is what the network was asked about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

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

    picture: Tensor  # (C, H, W) uint8, as the network was asked about it
    strength: int  # by how many levels a pixel may be changed
    before: Prediction  # (1, K)
    after: Prediction  # (1, K)
    reached: bool  # whether the answer is what the attack is after


@dataclass(frozen=True, slots=True)
class Search:
    """What is known of the smallest strength that reaches a goal."""

    low: int = -1  # the largest one known to fail
    high: int = LIMIT + 1  # the smallest one known to succeed; LIMIT + 1: none does so far

    @property
    def decided(self) -> bool:
        """Whether `high` is the answer."""
        return self.high - self.low <= 1


def attack(
    design: Design,
    model: nn.Sequential,
    picture: Tensor,
    goal: Goal,
    strengths: Sequence[int],
    *,
    method: Method = "pgd",
    seed: int = 0,
) -> list[Attacked]:
    """Attack the answer to a picture (C, H, W) uint8 by a step of FGSM or by PGD, with each strength.

    FGSM (Goodfellow et al. 2015): x + ε · sign ∇ₓ loss(x, label); targeted, the loss of the wanted class
    goes down instead. PGD (Madry et al. 2018): twenty small steps of this kind from a random point (by
    `seed`) of the ball, each cut off at its surface. ε is strength / LEVELS. The result is rounded to whole
    levels before the network is asked about it. Raises ConfigError for a class or strength that does not
    exist, DataError for a picture that does not fit.
    """
    _check(design, picture, goal, method)
    for strength in strengths:
        if not 0 <= strength <= LEVELS:
            raise ConfigError(
                lazy("a pixel cannot be changed by {number} levels", number=strength),
                where=lazy("attack"),
                allowed=lazy("{low} to {high}", low=0, high=LEVELS),
            )
    with evaluation_mode(model):
        return _attacked(model, picture, goal, strengths, method, seed)


def search_further(
    design: Design,
    model: nn.Sequential,
    picture: Tensor,
    goal: Goal,
    known: Search,
    *,
    method: Method = "pgd",
    seed: int = 0,
) -> Search:
    """Look for the smallest strength that reaches a goal, a few strengths at a time.

    Return what is known then; at most four calls decide. It is a bisection, in a few parts instead of two,
    which begins with the powers of two: it takes for granted that what succeeds at one strength does so at
    larger ones, and the strength below the one that it finds has failed. Raises as `attack`.
    """
    tried = _first() if known == Search() else _between(known.low, known.high)
    low = known.low
    for found in attack(design, model, picture, goal, tried, method=method, seed=seed):
        if found.reached:
            return Search(low, found.strength)
        low = found.strength
    return Search(low, known.high)


def _first() -> list[int]:
    return [0, *(1 << power for power in range(LIMIT.bit_length() - 1)), LIMIT]


def _between(low: int, high: int) -> list[int]:
    """Return whole numbers between two, evenly spaced, as many as are tried at once."""
    parts = min(_AT_ONCE + 1, high - low)
    return [low + (high - low) * part // parts for part in range(1, parts)]


def _attacked(
    model: nn.Sequential,
    picture: Tensor,
    goal: Goal,
    strengths: Sequence[int],
    method: Method,
    seed: int,
) -> list[Attacked]:
    """Attack a picture with several strengths at once."""
    pixels = picture.float() / LEVELS
    radius = torch.tensor(strengths, dtype=pixels.dtype).view(-1, 1, 1, 1) / LEVELS
    images = pixels.expand(len(strengths), -1, -1, -1)
    low, high = (images - radius).clamp(min=0), (images + radius).clamp(max=1)
    if method == "fgsm":
        images = (images + radius * _direction(model, images, goal)).clamp(low, high)
    else:
        generator = torch.Generator().manual_seed(seed)
        start = 2 * torch.rand(pixels.shape, generator=generator, dtype=pixels.dtype) - 1
        images = (images + radius * start).clamp(low, high)
        for _ in range(STEPS):
            images = (images + STEP * radius * _direction(model, images, goal)).clamp(low, high)
    pictures = (images * LEVELS).round().to(torch.uint8)
    before, after = classify(model, pixels[None]), classify(model, pictures.float() / LEVELS)
    reached = goal.reached(after.label)
    return [
        Attacked(pictures[n], strength, before, Prediction(after.probabilities[n : n + 1]), bool(reached[n]))
        for n, strength in enumerate(strengths)
    ]


def _direction(model: nn.Sequential, images: Tensor, goal: Goal) -> Tensor:
    """Return the signs, (N, C, H, W), of the changes that lead towards the goal.

    The loss is computed from the scores in float64: where the network is sure, float32 has 0 as gradient. A
    gradient that is not a number leads nowhere.
    """
    with torch.enable_grad():
        images = images.clone().requires_grad_(True)
        scores = logits_part(model)(images).double()
        labels = torch.full((len(images),), goal.label)
        loss = functional.cross_entropy(scores, labels, reduction="sum")
        (gradient,) = torch.autograd.grad(loss, images)
    direction = gradient.neg().sign() if goal.targeted else gradient.sign()
    return direction.nan_to_num()


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
