"""Strokes redrawn with one width, and the pad's fourth step."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest

from cnnlab.drawing.ink import Normalized, Steps, from_pad
from cnnlab.drawing.strokes import LINE_WIDTH, Ink, Stroke, draw, redrawn, without_specks

SEVEN = [np.array([[60.0, 70], [180, 70], [110, 220]])]


def ink(strokes: list[Stroke], brush: float) -> Ink:
    """The pad's ink of 140 pixels a side, from strokes on a sheet of 280."""
    return draw([stroke / 2 for stroke in strokes], brush / 2, 140, supersampling=4)


def prepared(strokes: list[Stroke], brush: float = 20, steps: Steps | None = None) -> Normalized:
    normalized = from_pad(ink(strokes, brush), steps, strokes)
    assert normalized is not None
    return normalized


def test_the_brush_no_longer_matters() -> None:
    """A thin and a thick brush give the same picture with the step, and quite different ones without it."""
    thin, thick = prepared(SEVEN, 8), prepared(SEVEN, 32)
    np.testing.assert_array_equal(thin.image, thick.image)
    without = [prepared(SEVEN, brush, Steps(width=False)).image for brush in (8, 32)]
    assert np.abs(without[0] - without[1]).mean() > 0.05


def test_the_line_is_as_wide_as_it_says() -> None:
    """In a vertical stroke, the ink of each row adds up to the width."""
    row = redrawn([np.array([[140.0, 20], [140, 260]])])[14].astype(float)
    assert row.sum() / 255 == pytest.approx(LINE_WIDTH, abs=0.2)


@pytest.mark.parametrize(
    ("crop", "fit", "center"), [steps for steps in product([False, True], repeat=3) if not all(steps)]
)
def test_the_other_steps_can_still_be_switched_off(crop: bool, fit: bool, center: bool) -> None:
    """The redrawn lines are where the ink of the previous steps was, only with another width."""
    small = [stroke * 0.4 + np.array([130.0, 20]) for stroke in SEVEN]
    pictures = prepared(small, 20, Steps(crop, fit, center)).pictures
    before, after = (_middle(pictures[step]) for step in ("center", "width"))
    assert np.abs(before - after).max() < 1.6


def _middle(picture: Ink) -> np.ndarray:
    """The middle of the box around the ink."""
    rows, columns = np.nonzero(picture > 60)
    return np.array([rows.min() + rows.max(), columns.min() + columns.max()]) / 2


def test_without_strokes_the_ink_keeps_its_width() -> None:
    """A photo, or a drawing that was partly erased."""
    normalized = from_pad(ink(SEVEN, 20))
    assert normalized is not None
    assert not normalized.redrawn
    assert normalized.pictures["width"] is normalized.pictures["center"]
    assert prepared(SEVEN).redrawn


def test_a_speck_is_left_out() -> None:
    """A pen that touched the sheet far away does not make the digit smaller."""
    speck = np.array([[262.0, 265], [264, 266]])
    np.testing.assert_array_equal(prepared([*SEVEN, speck]).image, prepared(SEVEN).image)


def test_a_drawing_of_specks_alone_is_kept() -> None:
    """There is no larger stroke to compare them with."""
    dots = [np.array([[float(x), float(x)]]) for x in (20, 100, 200)]
    assert len(without_specks(dots)) == 3


@pytest.mark.parametrize(
    "points",
    [
        lambda: np.array([[10.0, 10], [400, 300]]),
        lambda: np.array([[140.0, -50], [140, 330]]),
        lambda: np.full((3, 2), 100.0),
    ],
    ids=["off the corner", "through", "one point"],
)
def test_a_line_off_the_sheet_is_drawn_on_it(points: Callable[[], Stroke]) -> None:
    """No ink falls off the 28×28 picture, and nothing fails."""
    stroke = points()
    normalized = from_pad(ink([np.clip(stroke, 0, 280)], 40), None, [stroke])
    assert normalized is not None
    assert normalized.image.max() > 0.9
    assert not normalized.image[0, [0, -1]].any()
