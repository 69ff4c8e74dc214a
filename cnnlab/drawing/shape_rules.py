"""Ink that cannot be one digit, whatever a network says: two things, a scribble, more ink than paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnlab.drawing.ink import Drawing, ink_box
from cnnlab.drawing.strokes import Ink, Stroke, bounds
from cnnlab.language import Words, lazy

LONGEST = 6.0  # line of a digit, in sides of its box; the longest of 7,494 real ones is 5.0
FULLEST = 0.5  # of the sheet: the widest brush leaves less for the largest digit
_GAP = 0.03  # of the sheet, between two things
_LEAST = 0.5  # of the height of both: a smaller thing is a part, as the flag of a 5


class Objection(NamedTuple):
    """Why the ink cannot be one digit: the kind, and one sentence for the screen."""

    kind: Literal["two", "scribble", "full", "dot", "blank"]
    reason: Words


def nothing_to_read(ink: Ink) -> Objection:
    """For a sheet of which nothing can be read."""
    if ink.any():
        return Objection("dot", lazy("This is no more than a dot: draw it larger."))
    return Objection("blank", lazy("The sheet is blank."))


def not_one_digit(drawing: Drawing, certain: bool) -> Objection | None:
    """None where the ink may be a digit.

    `certain`: something else says already that this is no digit; then a gap is reason enough.
    """
    if (drawing.ink > 127).mean() > FULLEST:
        return Objection("full", lazy("There is more ink than paper: draw one digit with single lines."))
    if drawing.strokes and _length(drawing.strokes) > LONGEST:
        return Objection("scribble", lazy("The line is longer than a digit's: this looks like a scribble."))
    return _of_ink(drawing.ink, certain)


def _length(strokes: Sequence[Stroke]) -> float:
    """Of all lines together, in sides of the box around them."""
    low, high = bounds(strokes)
    steps = [np.hypot(*np.diff(stroke, axis=0).T).sum() for stroke in strokes]
    return float(np.sum(steps)) / max(float((high - low).max()), 1e-6)


def _of_ink(ink: Ink, certain: bool) -> Objection | None:
    box = ink_box(np.where(ink > 64, ink, 0).astype(np.uint8))
    if box is None:
        return None
    drawn = ink[box] > 64
    height, width = drawn.shape
    least = max(2, round(_GAP * max(ink.shape)))
    if (certain or width > height) and _apart(drawn, least):
        return Objection("two", lazy("These look like two things side by side: draw one digit at a time."))
    if (certain or height > 2 * width) and _apart(drawn.T, least):
        return Objection(
            "two", lazy("These look like two things, one above the other: draw one digit at a time.")
        )
    return None


def _apart(drawn: NDArray[np.bool_], least: int) -> bool:
    """Whether blank columns part the ink into two things, each at least half as high as the whole."""
    inked: NDArray[np.bool_] = np.asarray(drawn.any(axis=0))
    for gap in np.flatnonzero(~inked[:-least]):
        if inked[gap : gap + least].any():
            continue
        halves = drawn[:, :gap], drawn[:, gap:]
        heights = [np.ptp(np.flatnonzero(half.any(axis=1))) + 1 for half in halves]
        if min(heights) >= _LEAST * drawn.shape[0]:
            return True
    return False
