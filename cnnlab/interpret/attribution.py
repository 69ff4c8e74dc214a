"""Why one class and not another: which pixels speak for it, and which maps carried them there.

All gradients are of scores (logits), not of probabilities: these saturate, and their gradients vanish exactly
where a network is sure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from cnnlab.models.build import logits_part

STEPS = 8  # pictures between paper and drawing, placed so that few of them are enough


def evidence(
    model: nn.Sequential, image: Tensor, winner: int, runner_up: int, *, steps: int = STEPS
) -> tuple[Tensor, float]:
    """How much each pixel of (C, H, W) speaks for the winner and against the runner-up, and their lead.

    Integrated gradients (Sundararajan, Taly, Yan 2017) of score(winner) − score(runner-up), from blank paper
    straight to the picture: what is above zero speaks for the winner. All together it is what the picture's
    lead has over blank paper's. The second value is the picture's lead.
    """
    places, weights = _gauss_legendre(steps)
    scores_of = logits_part(model)
    with torch.enable_grad():
        between = (places[:, None, None, None].to(image) * image.detach()).requires_grad_(True)
        scores = scores_of(between)
        lead = scores[:, winner] - scores[:, runner_up]
        (slopes,) = torch.autograd.grad(lead.sum(), between)
    with torch.inference_mode():
        final = scores_of(image[None])[0]
    shares = image.detach() * (weights[:, None, None, None].to(image) * slopes).sum(dim=0)
    return shares, float(final[winner] - final[runner_up])


def _gauss_legendre(steps: int) -> tuple[Tensor, Tensor]:
    """Places in (0, 1) and the weight of each: exact for polynomials up to degree 2 · steps − 1."""
    places, weights = np.polynomial.legendre.leggauss(steps)
    return torch.from_numpy((places + 1) / 2), torch.from_numpy(weights / 2)


@dataclass(frozen=True, slots=True)
class Stop:
    """Where the strongest path goes through one row: its maps (or numbers), the strongest first."""

    maps: tuple[int, ...]
    shares: tuple[float, ...]  # of what all maps of the row say for the class, each


def strongest_path(model: nn.Sequential, image: Tensor, target: int, *, most: int = 3) -> list[Stop]:
    """For each row the maps that say most for a class: the sum over a map of value · gradient of the score.

    One entry a row of the model; in the last, the scores themselves (or what a softmax makes of them), it is
    the class. A row in which nothing speaks for it has no maps.
    """
    scores_of = logits_part(model)
    outputs: list[Tensor] = []
    with torch.enable_grad():
        values = image.detach()[None].clone().requires_grad_(True)
        for row in scores_of:
            values = row(values)
            outputs.append(values)
        hidden = outputs[:-1]
        slopes = torch.autograd.grad(values[0, target], hidden) if hidden else ()
    stops = [_stop(output.detach()[0] * slope[0], most) for output, slope in zip(hidden, slopes, strict=True)]
    return stops + [Stop((target,), (1.0,))] * (len(model) - len(stops))


def _stop(contributions: Tensor, most: int) -> Stop:
    per_map = contributions.flatten(1).sum(1) if contributions.ndim > 1 else contributions
    positive = per_map.clamp_min(0)
    total = float(positive.sum())
    if total <= 0:
        return Stop((), ())
    shares, maps = positive.topk(min(most, len(positive)))
    kept = [(int(each), float(share) / total) for each, share in zip(maps, shares, strict=True) if share > 0]
    return Stop(tuple(each for each, _ in kept), tuple(share for _, share in kept))
