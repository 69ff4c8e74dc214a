"""What the pad shows: which pixels speak for one class and against another, and which maps carried it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnlab.interpret.attribution.gradients import integrated
from cnnlab.interpret.attribution.question import Question, Target
from cnnlab.models.build import logits_part

STEPS = 8  # quadrature nodes between blank paper and the drawing; with Gauss-Legendre a few are enough
SMOOTHING = 1.2  # pixels of a 28×28 picture: the standard deviation of the Gaussian that spreads the shares


def evidence(
    model: nn.Sequential, image: Tensor, winner: int, runner_up: int, *, steps: int = STEPS
) -> tuple[Tensor, float]:
    """Return how much each pixel of (C, H, W) speaks for the winner over the runner-up, and the lead.

    Integrated gradients (Sundararajan, Taly, Yan 2017) of score(winner) − score(runner-up), from blank paper
    straight to the picture: positive values speak for the winner. They add up to the picture's lead minus
    that of blank paper. The second value is the picture's lead.
    """
    question = Question(model, image, Target(winner, runner_up))
    return integrated(question, steps), float(question.scores(image[None]))


def smoothed(shares: Tensor, ink: Tensor) -> Tensor:
    """Spread each pixel's share over the ink around it, for showing: single pixels alternate in sign.

    `shares` and `ink` are (H, W). Each share is divided among its neighborhood in proportion to a Gaussian
    and to the ink there, so the sum stays what it was, and paper gets nothing.
    """
    kernel = _gaussian(SMOOTHING * ink.shape[1] / 28)

    def blurred(values: Tensor) -> Tensor:
        return functional.conv2d(values[None, None], kernel, padding="same")[0, 0]

    weights = blurred(ink)
    each = torch.where(ink > 0, shares / weights.clamp_min(torch.finfo(weights.dtype).tiny), 0)
    return ink * blurred(each)


def _gaussian(sigma: float) -> Tensor:
    """Return a (1, 1, K, K) kernel; its sum does not matter here."""
    reach = max(1, round(2 * sigma))
    line = torch.exp(-((torch.arange(-reach, reach + 1) / sigma) ** 2) / 2)
    return (line[:, None] * line)[None, None]


@dataclass(frozen=True, slots=True)
class PathStep:
    """One row on the strongest path: its maps (or numbers), the strongest first."""

    maps: tuple[int, ...]
    shares: tuple[float, ...]  # of each map in all that the row contributes to the class


def strongest_path(model: nn.Sequential, image: Tensor, target: int, *, limit: int = 3) -> list[PathStep]:
    """Return for each row the maps that contribute most to a class: the sum of value · gradient of the score.

    There is one entry for each row of the model. That of the scores (and of a softmax) is the class itself;
    a row without a positive contribution has no maps.
    """
    scores_of = logits_part(model)
    outputs: list[Tensor] = []
    with torch.enable_grad():
        values = image.detach()[None].clone().requires_grad_(True)
        for row in scores_of:
            values = row(values)
            outputs.append(values)
        hidden = outputs[:-1]
        gradients = torch.autograd.grad(values[0, target], hidden) if hidden else ()
    steps = [
        _path_step(output.detach()[0] * gradient[0], limit)
        for output, gradient in zip(hidden, gradients, strict=True)
    ]
    return steps + [PathStep((target,), (1.0,))] * (len(model) - len(steps))


def _path_step(contributions: Tensor, limit: int) -> PathStep:
    per_map = contributions.flatten(1).sum(1) if contributions.ndim > 1 else contributions
    positive = per_map.clamp_min(0)
    total = float(positive.sum())
    if total <= 0:
        return PathStep((), ())
    shares, maps = positive.topk(min(limit, len(positive)))
    kept = [(int(each), float(share) / total) for each, share in zip(maps, shares, strict=True) if share > 0]
    return PathStep(tuple(each for each, _ in kept), tuple(share for _, share in kept))
