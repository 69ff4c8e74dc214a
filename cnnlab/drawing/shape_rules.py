"""Rules for ink that cannot be one digit: two things, a scribble, more ink than paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnlab.drawing.ink import Drawing, ink_box
from cnnlab.drawing.strokes import Ink, Stroke, bounds
from cnnlab.language import Words, lazy

MAX_LINE_LENGTH = 6.0  # of a digit, in sides of its box; the longest of 7,494 real ones is 5.0
MAX_INK_SHARE = 0.5  # of the sheet: even the largest digit in the widest brush has less
_MIN_GAP = 0.03  # of the sheet's side, between two things
_MIN_HEIGHT = 0.5  # of the whole ink: a smaller thing is a part of the other, like the flag of a 5


class Objection(NamedTuple):
    """Why the ink cannot be one digit: the kind of reason, and one sentence for the screen."""

    kind: Literal["two", "scribble", "full", "dot", "blank"]
    reason: Words


def nothing_to_read(ink: Ink) -> Objection:
    """The objection to a sheet with nothing to read: it is blank, or has only a dot."""
    if ink.any():
        return Objection("dot", lazy("This is no more than a dot: draw it larger."))
    return Objection("blank", lazy("The sheet is blank."))


def not_one_digit(drawing: Drawing, certain: bool) -> Objection | None:
    """Say why the ink cannot be one digit; None if it may be one.

    `certain`: it is already known not to be a digit; then any gap is reason enough.
    """
    if (drawing.ink > 127).mean() > MAX_INK_SHARE:
        return Objection("full", lazy("There is more ink than paper: draw one digit with single lines."))
    if drawing.strokes and _length(drawing.strokes) > MAX_LINE_LENGTH:
        return Objection("scribble", lazy("The line is longer than a digit's: this looks like a scribble."))
    return _two_things(drawing.ink, certain)


def _length(strokes: Sequence[Stroke]) -> float:
    """The length of all lines together, in sides of the box around them."""
    low, high = bounds(strokes)
    steps = [np.hypot(*np.diff(stroke, axis=0).T).sum() for stroke in strokes]
    return float(np.sum(steps)) / max(float((high - low).max()), 1e-6)


def _two_things(ink: Ink, certain: bool) -> Objection | None:
    box = ink_box(np.where(ink > 64, ink, 0).astype(np.uint8))
    if box is None:
        return None
    drawn = ink[box] > 64
    height, width = drawn.shape
    min_gap = max(2, round(_MIN_GAP * max(ink.shape)))
    if (certain or width > height) and _is_split(drawn, min_gap):
        return Objection("two", lazy("These look like two things side by side: draw one digit at a time."))
    if (certain or height > 2 * width) and _is_split(drawn.T, min_gap):
        return Objection(
            "two", lazy("These look like two things, one above the other: draw one digit at a time.")
        )
    return None


def _is_split(drawn: NDArray[np.bool_], min_gap: int) -> bool:
    """Whether blank columns split the ink into two things, each at least half as high as the whole."""
    inked: NDArray[np.bool_] = np.asarray(drawn.any(axis=0))
    for gap in np.flatnonzero(~inked[:-min_gap]):
        if inked[gap : gap + min_gap].any():
            continue
        halves = drawn[:, :gap], drawn[:, gap:]
        heights = [np.ptp(np.flatnonzero(half.any(axis=1))) + 1 for half in halves]
        if min(heights) >= _MIN_HEIGHT * drawn.shape[0]:
            return True
    return False
