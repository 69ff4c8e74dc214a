"""Pen strokes: the path of a pen, before its ink has a width.

Strokes are arrays of points (n, 2), x to the right, y downward, in any unit. Redrawn with one width, drawings
look alike whether they came from a thick brush on a small drawing or a thin one on a large drawing: the loops
of an 8 that a thick brush has filled are open again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Ink = NDArray[np.uint8]  # (height, width), 0 paper .. 255 ink
Stroke = NDArray[np.float64]
Corner = NDArray[np.float64]  # (x, y)

IMAGE_SIDE = 28  # side of the picture that the network sees, in pixels
DIGIT_SIDE = 20  # side of the square in it that the ink is fitted into
LINE_WIDTH = 2.6  # in pixels of the 28×28 picture: about the mean of MNIST's lines
SPECK = 0.1  # of the drawing's size: a smaller stroke does not count
_SUPERSAMPLING = 6  # drawn this many times larger and averaged down: gray edges, like those of ink


def bounds(strokes: Sequence[Stroke]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lowest and the highest x and y of all points."""
    points = np.concatenate(list(strokes))
    return points.min(axis=0), points.max(axis=0)


def without_specks(strokes: Sequence[Stroke]) -> list[Stroke]:
    """Drop strokes that are small compared to the whole: a pen that touched the sheet by accident."""
    low, high = bounds(strokes)
    size = float((high - low).max())
    large = [stroke for stroke in strokes if float(np.ptp(stroke, axis=0).max()) >= SPECK * size]
    return large or list(strokes)


def draw(strokes: Sequence[Stroke], width: float, side: int, supersampling: int = _SUPERSAMPLING) -> Ink:
    """Draw strokes (in pixels) with a round pen of this width onto (side, side), 0 paper .. 255 ink."""
    scale = supersampling
    picture = Image.new("L", (side * scale, side * scale))
    pen = ImageDraw.Draw(picture)
    thickness, radius = max(1, round(width * scale)), width * scale / 2
    for stroke in strokes:
        points = [(float(x) * scale, float(y) * scale) for x, y in stroke]
        if len(points) > 1:
            pen.line(points, fill=255, width=thickness, joint="curve")
        for x, y in (points[0], points[-1]):
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.asarray(picture.resize((side, side), Image.Resampling.BOX))


def redrawn(
    strokes: Sequence[Stroke],
    frame: tuple[Corner, Corner] | None = None,
    *,
    fit: bool = True,
    center: bool = True,
) -> Ink:
    """Redraw strokes as (28, 28): fitted into 20×20 keeping the aspect, mass centered, one line width.

    `frame` is fitted instead of the strokes themselves, if given: the corners of a sheet around them. Without
    `fit` it is stretched to 28×28.
    """
    low, high = frame or bounds(strokes)
    size = np.maximum((high - low).max() if fit else high - low, 1e-6)
    room = (DIGIT_SIDE if fit else IMAGE_SIDE) - (0 if frame else LINE_WIDTH)
    placed = [(stroke - (low + high) / 2) * (room / size) + IMAGE_SIDE / 2 for stroke in strokes]
    if center:
        low, high = bounds(placed)
        shift = _offset_to_center(draw(placed, LINE_WIDTH, IMAGE_SIDE, supersampling=2))
        # The move stops where ink would fall off the edge.
        shift = np.clip(
            shift, np.minimum(LINE_WIDTH / 2 - low, 0), np.maximum(IMAGE_SIDE - LINE_WIDTH / 2 - high, 0)
        )
        placed = [stroke + shift for stroke in placed]
    return draw(placed, LINE_WIDTH, IMAGE_SIDE)


def _offset_to_center(picture: Ink) -> NDArray[np.float64]:
    """The vector from the center of mass to the center, (x, y) in pixels."""
    mass = picture.astype(np.float64)
    positions = np.arange(IMAGE_SIDE) + 0.5
    total = max(float(mass.sum()), 1.0)
    center = np.array([positions @ mass.sum(axis=0), positions @ mass.sum(axis=1)]) / total
    return np.asarray(IMAGE_SIDE / 2 - center)
