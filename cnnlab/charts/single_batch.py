"""A single step (events.SingleBatch) for the screen: its pictures, its answers, what it moved."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np

from cnnlab.charts.inspection import row_name
from cnnlab.design.design import Design
from cnnlab.language import _, plural, sentences
from cnnlab.runs.events import SingleBatch
from cnnlab.runs.words import number


def batch_panel(seen: SingleBatch, design: Design, classes: Sequence[str]) -> dict[str, Any]:
    """Everything that the component shows.

    Raises ValueError, IndexError or TypeError for an event whose parts do not fit together.
    """
    pixels = np.frombuffer(base64.b64decode(seen.pictures), np.uint8)
    answers = zip(seen.labels, seen.answers_before, seen.answers_after, strict=True)
    chances = zip(seen.chances_before, seen.chances_after, strict=True)
    return {
        "title": _("Batch {batch} of epoch {epoch}", batch=seen.batch, epoch=seen.epoch),
        "words": _result_words(seen),
        "some": _some_words(seen),
        "pictures": pixels.reshape(seen.shape),
        "answers": [[classes[each] for each in names] for names in answers],
        "chances": [list(pair) for pair in chances],
        "layers": [
            {"name": row_name(step.address, design), "ratio": step.update_ratio} for step in seen.layers
        ],
        "filter_shape": seen.filter_shape,
        "filters": [
            {
                "number": each.index + 1,
                "before": np.array(each.before, np.float32),
                "after": np.array(each.after, np.float32),
            }
            for each in seen.moved_filters
        ],
    }


def _result_words(seen: SingleBatch) -> str:
    right = plural(
        "Of its {count} picture {before} was right before the step, and {after} after it.",
        "Of its {count} pictures {before} were right before the step, and {after} after it.",
        seen.size,
        before=seen.right_before,
        after=seen.right_after,
    )
    if seen.loss_before is None or seen.loss_after is None:
        return right
    loss = _(
        "Its loss went from {before} to {after}.",
        before=number(seen.loss_before),
        after=number(seen.loss_after),
    )
    return sentences([right, loss, _("Both are measured in evaluation mode.")])


def _some_words(seen: SingleBatch) -> str:
    """How many pictures are shown, where they are not all."""
    shown = len(seen.labels)
    return _("The first {shown} of its {size} pictures.", shown=shown, size=seen.size) * (shown < seen.size)
