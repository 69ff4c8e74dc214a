"""Attribution: which pixels speak for one class and against another, and which maps carried the evidence.

All gradients are of scores (logits), not of probabilities: probabilities saturate, and their gradients vanish
exactly where a network is sure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from cnnlab.models.build import logits_part

STEPS = 8  # quadrature nodes between blank paper and the drawing; with Gauss-Legendre a few are enough


def evidence(
    model: nn.Sequential, image: Tensor, winner: int, runner_up: int, *, steps: int = STEPS
) -> tuple[Tensor, float]:
    """Return how much each pixel of (C, H, W) speaks for the winner over the runner-up, and the lead.

    Integrated gradients (Sundararajan, Taly, Yan 2017) of score(winner) − score(runner-up), from blank paper
    straight to the picture: positive values speak for the winner. They add up to the picture's lead minus
    that of blank paper. The second value is the picture's lead.
    """
    nodes, weights = _gauss_legendre(steps)
    scores_of = logits_part(model)
    with torch.enable_grad():
        between = (nodes[:, None, None, None].to(image) * image.detach()).requires_grad_(True)
        scores = scores_of(between)
        lead = scores[:, winner] - scores[:, runner_up]
        (gradients,) = torch.autograd.grad(lead.sum(), between)
    with torch.inference_mode():
        final = scores_of(image[None])[0]
    shares = image.detach() * (weights[:, None, None, None].to(image) * gradients).sum(dim=0)
    return shares, float(final[winner] - final[runner_up])


def _gauss_legendre(steps: int) -> tuple[Tensor, Tensor]:
    """Return the nodes in (0, 1) and their weights: exact for polynomials up to degree 2 · steps − 1."""
    nodes, weights = np.polynomial.legendre.leggauss(steps)
    return torch.from_numpy((nodes + 1) / 2), torch.from_numpy(weights / 2)


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
