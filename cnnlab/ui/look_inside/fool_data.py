"""What the view of attacks shows of a network and a picture. Imports torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from cnnlab.interpret.attack import LEVELS, LIMIT, Attacked, Goal, Method, Search, attack, search_further
from cnnlab.interpret.disturbance import blurred, noisy
from cnnlab.interpret.familiarity import Familiarity, Resemblance
from cnnlab.models.predict import Prediction, classify, require_finite
from cnnlab.reader.loaded_model import LoadedModel

ATTACKS = range(0, LIMIT + 1, 8)  # the strengths along the curve, in levels
NOISES = range(0, 2 * LIMIT + 1, 8)  # standard deviations, in levels
BLURS = range(17)  # standard deviations, in 112ths of the picture's side: a quarter of a pixel of 28
_BLUR_SHARE = 112


@dataclass(frozen=True, slots=True)
class Victim:
    """A network and a picture, and how its answer is attacked."""

    loaded: LoadedModel
    picture: Tensor  # (C, H, W) uint8
    method: Method
    wanted: int | None  # the class that the answer should become; None: any other one

    @property
    def goal(self) -> Goal:
        """What the attack is after; raises WeightsError for a network whose scores are not numbers."""
        answer = _classified(self.loaded, self.picture[None])
        return Goal(int(answer.label)) if self.wanted is None else Goal(self.wanted, targeted=True)


def attacked(
    victim: Victim, strength: int, rival: LoadedModel | None, familiar: Familiarity | None
) -> dict[str, Any]:
    """The picture after an attack, the change, both answers, and what a second network says to both pictures.

    `familiar`: what both pictures are compared with.
    """
    loaded, picture = victim.loaded, victim.picture
    goal = victim.goal
    (found,) = attack(loaded.design, loaded.model, picture, goal, [strength], method=victim.method)
    both = torch.stack([picture, found.picture])
    change = found.picture.to(torch.int16) - picture.to(torch.int16)
    return {
        "picture": found.picture.numpy(),
        "change": change.to(torch.int8).numpy(),  # at most LIMIT levels
        "probabilities": torch.cat([found.before.probabilities, found.after.probabilities]).numpy(),
        "reached": found.reached,
        "strength": strength,
        **_doubts(found),
        **_sizes(picture, found.picture[None]),
        "rival": rival and _classified(rival, both).probabilities.numpy(),
        "familiar": familiar and [_familiar(familiar, loaded, each) for each in both],
    }


def searched(victim: Victim, known: Search) -> dict[str, Any]:
    """What is known of the smallest strength after a little more search."""
    loaded = victim.loaded
    found = search_further(
        loaded.design, loaded.model, victim.picture, victim.goal, known, method=victim.method
    )
    return {"low": found.low, "high": found.high, "decided": found.decided}


def curves(victim: Victim) -> dict[str, Any]:
    """The pictures and the answers along the strengths of the attack, of noise and of blur."""
    loaded, picture = victim.loaded, victim.picture
    found = attack(loaded.design, loaded.model, picture, victim.goal, list(ATTACKS), method=victim.method)
    pixels = picture.float() / LEVELS
    side = max(picture.shape[1:])
    deviations = [each * side / _BLUR_SHARE for each in BLURS]
    return {
        "attack": _line(loaded, picture, list(ATTACKS), [each.picture for each in found]),
        "noise": _line(loaded, picture, list(NOISES), [_bytes(noisy(pixels, n / LEVELS)) for n in NOISES]),
        "blur": _line(loaded, picture, deviations, [_bytes(blurred(pixels, each)) for each in deviations]),
    }


def _line(
    loaded: LoadedModel, picture: Tensor, strengths: Sequence[float], pictures: list[Tensor]
) -> dict[str, Any]:
    stacked = torch.stack(pictures)
    return {
        "strengths": list(strengths),
        "pictures": stacked.numpy(),
        "probabilities": _classified(loaded, stacked).probabilities.numpy(),
        **_sizes(picture, stacked),
    }


def _classified(loaded: LoadedModel, pictures: Tensor) -> Prediction:
    """The answers to (N, C, H, W) uint8; raises WeightsError if they are not numbers."""
    found = classify(loaded.model, pictures.float() / LEVELS)
    require_finite(found.probabilities, loaded.title)
    return found


def _bytes(pixels: Tensor) -> Tensor:
    return (pixels * LEVELS).round().to(torch.uint8)


def _sizes(picture: Tensor, changed: Tensor) -> dict[str, Any]:
    """How far pictures (N, C, H, W) are from one: L2 norm with white as 1, and largest change in levels."""
    change = (changed.float() - picture.float()).flatten(1)
    return {"l2": (change.norm(dim=1) / LEVELS).tolist(), "largest": change.abs().amax(dim=1).int().tolist()}


def _doubts(found: Attacked) -> dict[str, Any]:
    """Entropy in bits, and the lead of the first class over the second, before and after."""
    entropies, margins = [], []
    for answer in (found.before, found.after):
        entropies.append(float(answer.entropy))
        first, *others = answer.probabilities[0].sort(descending=True).values[:2].tolist()
        margins.append(first - sum(others))
    return {"entropy": entropies, "margin": margins}


def _familiar(familiar: Familiarity, loaded: LoadedModel, picture: Tensor) -> dict[str, Any]:
    found = familiar.resemblance(loaded.model, picture.float() / LEVELS)
    return {view: _resemblance(each) for view, each in found.items()}


def _resemblance(found: Resemblance) -> dict[str, Any]:
    return {
        "similarity": found.nearest.similarity,
        "rarity": found.rarity,
        "strange": found.strange,
        "label": found.nearest.label,
        "picture": np.ascontiguousarray(found.nearest.image.numpy()),
    }
