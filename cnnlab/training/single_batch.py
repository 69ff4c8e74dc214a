"""What one step does to its own batch: the same pictures judged before and after it.

Nothing of it changes the run: networks are judged in evaluation mode, without gradients, and the random
numbers that the pictures took are given back to the step.
"""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass

from torch import Tensor

from cnnlab.interpret.activations import row_filters
from cnnlab.training.events import MovedFilter, SingleBatch
from cnnlab.training.health import step_sizes
from cnnlab.training.learner import Judgment, Learner
from cnnlab.training.state import Position

MAX_PICTURES = 64  # of a batch that are passed on
_MAX_FILTERS = 4
_MAX_FILTER_WEIGHTS = 600  # a filter with more is too large for a small picture
_DIGITS = 4  # significant ones of a weight


@dataclass(frozen=True, slots=True)
class Before:
    """A batch and the network before a step on it."""

    rows: Tensor
    images: Tensor
    judgment: Judgment
    parameters: list[Tensor]


def look_before(learner: Learner, rows: Tensor) -> Before:
    """Judge the pictures in these rows of the training data, as the next step will get them."""
    images = learner.coming_inputs(rows)
    return Before(rows, images, learner.judge(images, rows), learner.parameter_copies())


def look_after(learner: Learner, before: Before, position: Position) -> SingleBatch:
    """Judge the same pictures again after the step that `position` has just counted."""
    learner.check_finite_weights(position.step)
    first, then = before.judgment, learner.judge(before.images, before.rows)
    pictures = before.images[:MAX_PICTURES].mul(255).round().byte().cpu().contiguous()
    shape, filters = _moved_filters(learner, before)
    count = len(pictures)
    return SingleBatch(
        epoch=position.epoch + 1,
        batch=position.batch,
        step=position.step,
        size=len(before.rows),
        pictures=base64.b64encode(pictures.numpy().tobytes()).decode(),
        shape=list(pictures.shape),
        labels=first.labels[:count].tolist(),
        answers_before=first.answers[:count].tolist(),
        answers_after=then.answers[:count].tolist(),
        chances_before=_rounded(first.chances[:count]),
        chances_after=_rounded(then.chances[:count]),
        right_before=first.right,
        right_after=then.right,
        loss_before=_finite(first.loss),
        loss_after=_finite(then.loss),
        layers=step_sizes(learner.model, before.parameters),
        filter_shape=shape,
        moved_filters=filters,
    )


def _rounded(chances: Tensor) -> list[float]:
    return [round(chance, 3) for chance in chances.nan_to_num().tolist()]


def _finite(loss: float) -> float | None:
    return loss if math.isfinite(loss) else None


def _moved_filters(learner: Learner, before: Before) -> tuple[list[int], list[MovedFilter]]:
    """Shape and weights of the filters of the first convolution that the step moved most in proportion."""
    for row, now in row_filters(learner.model).items():
        names = [name for name, _parameter in learner.model.named_parameters()]
        was = before.parameters[names.index(f"{row}.weight")]
        if now[0].numel() > _MAX_FILTER_WEIGHTS:
            break
        old, new = was.flatten(1), now.flatten(1)
        moved = (new - old).norm(dim=1) / old.norm(dim=1).clamp(min=1e-12)
        largest = moved.argsort(descending=True)[:_MAX_FILTERS].tolist()
        return list(now.shape[1:]), [MovedFilter(n, _short(old[n]), _short(new[n])) for n in largest]
    return [], []


def _short(weights: Tensor) -> list[float]:
    return [float(f"{value:.{_DIGITS}g}") for value in weights.tolist()]
