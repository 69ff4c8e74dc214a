"""Pen strokes: the line that a pen went, before its ink has a width.

Strokes are arrays of points (n, 2), x to the right, y downwards, in any unit. Redrawn with one width they
look alike whether they came from a thick brush on a small drawing or from a thin one on a large one: what
the brush did to the loops of an 8 is undone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Ink = NDArray[np.uint8]  # (height, width), 0 paper .. 255 ink
Stroke = NDArray[np.float64]
Corner = NDArray[np.float64]  # (x, y)

IMAGE_SIDE = 28  # of the picture that the network sees
DIGIT_SIDE = 20  # of the square in it that the ink is fitted into
LINE_WIDTH = 2.6  # of a line, in pixels of the 28×28 picture: about the mean of MNIST's lines
SPECK = 0.1  # of the drawing: a stroke smaller than that is none
_FINE = 6  # drawn so many times larger and averaged down: gray edges, as ink has


def bounds(strokes: Sequence[Stroke]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The lowest and the highest x and y of all points."""
    points = np.concatenate(list(strokes))
    return points.min(axis=0), points.max(axis=0)


def without_specks(strokes: Sequence[Stroke]) -> list[Stroke]:
    """Without what is small beside the whole: a pen that touched the sheet by accident."""
    low, high = bounds(strokes)
    size = float((high - low).max())
    large = [stroke for stroke in strokes if float(np.ptp(stroke, axis=0).max()) >= SPECK * size]
    return large or list(strokes)


def draw(strokes: Sequence[Stroke], width: float, side: int, fine: int = _FINE) -> Ink:
    """Strokes in pixels, drawn with a round pen of this width onto (side, side), 0 paper .. 255 ink."""
    picture = Image.new("L", (side * fine, side * fine))
    pen = ImageDraw.Draw(picture)
    thick, radius = max(1, round(width * fine)), width * fine / 2
    for stroke in strokes:
        points = [(float(x) * fine, float(y) * fine) for x, y in stroke]
        if len(points) > 1:
            pen.line(points, fill=255, width=thick, joint="curve")
        for x, y in (points[0], points[-1]):
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.asarray(picture.resize((side, side), Image.Resampling.BOX))


def redrawn(
    strokes: Sequence[Stroke],
    frame: tuple[Corner, Corner] | None = None,
    *,
    fit: bool = True,
    centre: bool = True,
) -> Ink:
    """(28, 28): fitted into 20×20 keeping the aspect, center of mass in the center, one width of line.

    `frame` is what is fitted, where that is not the strokes themselves but a sheet around them. Without
    `fit` it is stretched to 28×28.
    """
    low, high = frame or bounds(strokes)
    size = np.maximum((high - low).max() if fit else high - low, 1e-6)
    room = (DIGIT_SIDE if fit else IMAGE_SIDE) - (0 if frame else LINE_WIDTH)
    placed = [(stroke - (low + high) / 2) * (room / size) + IMAGE_SIDE / 2 for stroke in strokes]
    if centre:
        low, high = bounds(placed)
        shift = _to_the_centre(draw(placed, LINE_WIDTH, IMAGE_SIDE, fine=2))
        # Ink never falls off the edge: the move ends there.
        shift = np.clip(
            shift, np.minimum(LINE_WIDTH / 2 - low, 0), np.maximum(IMAGE_SIDE - LINE_WIDTH / 2 - high, 0)
        )
        placed = [stroke + shift for stroke in placed]
    return draw(placed, LINE_WIDTH, IMAGE_SIDE)


def _to_the_centre(picture: Ink) -> NDArray[np.float64]:
    """How far the center of mass is from the center, (x, y) in pixels."""
    mass = picture.astype(np.float64)
    places = np.arange(IMAGE_SIDE) + 0.5
    total = max(float(mass.sum()), 1.0)
    centre = np.array([places @ mass.sum(axis=0), places @ mass.sum(axis=1)]) / total
    return np.asarray(IMAGE_SIDE / 2 - centre)
