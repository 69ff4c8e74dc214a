"""Turn ink into what the network was trained on: a 28×28 picture, prepared as MNIST's digits were.

Crop to the ink, fit it into 20×20 keeping the aspect, move its center of mass to the center of 28×28, and
give its lines one width. On pen strokes of unseen writers these steps are worth more than 20 points of
accuracy; each can be switched off, so that the screen can show what it is worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnlab.drawing.strokes import DIGIT_SIDE, IMAGE_SIDE, Ink, Stroke, redrawn, without_specks
from cnnlab.ground.errors import DataError
from cnnlab.language import lazy

PAD_SIDE = 140  # side of the pad's ink, in pixels
PAD_UNITS = 280.0  # side of the pad, in the unit of its strokes and its brush
_MIN_SIZE = 1 / 8  # of the pad's longer side: a dot or a speck is not a drawing


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """A drawing on the pad: the ink, and the strokes that left it, if they are known."""

    ink: Ink
    strokes: tuple[Stroke, ...] = ()  # on a sheet of 280 by 280; none after an eraser, none of a photo


@dataclass(frozen=True, slots=True)
class Steps:
    """Which steps of the preparation to take. They are taken in this order."""

    crop: bool = True
    fit: bool = True
    center: bool = True
    width: bool = True


@dataclass(frozen=True, slots=True)
class Normalized:
    """What the network sees, and the picture after each step of the preparation."""

    image: NDArray[np.float32]  # (1, 28, 28), 0 paper .. 1 ink
    pictures: dict[str, Ink]  # one after each of Steps, in order; a step that is off shows its input

    @property
    def redrawn(self) -> bool:
        """Whether the last step redrew the lines."""
        return self.pictures["width"] is not self.pictures["center"]


def from_pad(
    ink: Ink, steps: Steps | None = None, strokes: Sequence[Stroke] | None = None
) -> Normalized | None:
    """Prepare the pad's ink for the network; None for a pad with no ink, or no more than a dot.

    `strokes` are the lines that left this ink, on a sheet of 280 by 280: they let the last step redraw the
    same lines with one width. If they are unknown (a photo, a partly erased drawing), the line width stays
    as it is.
    """
    steps = steps or Steps()
    if ink.ndim != 2 or ink.dtype != np.uint8:
        raise DataError(
            lazy("the ink is {type} of shape {shape}", type=ink.dtype, shape=str(ink.shape)),
            where=lazy("drawing"),
            allowed=lazy("{type} of (height, width)", type="uint8"),
        )
    box = ink_box(ink)
    if box is None or max(_sides(ink[box])) < max(ink.shape) * _MIN_SIZE:
        return None
    cropped = ink[box] if steps.crop else ink
    fitted = _fitted(cropped) if steps.fit else _resized(cropped, IMAGE_SIDE, IMAGE_SIDE)
    centered = _centered(fitted) if steps.center else fitted
    even = _redrawn(strokes, steps) if steps.width and strokes else centered
    image = even[np.newaxis].astype(np.float32) / np.float32(255)
    return Normalized(image, {"crop": cropped, "fit": fitted, "center": centered, "width": even})


def _redrawn(strokes: Sequence[Stroke], steps: Steps) -> Ink:
    """Apply the other steps to the lines themselves, then draw them with one width.

    Specks are left out: cropping to them would make the digit small. Points are clipped to the sheet.
    """
    sheet = None if steps.crop else (np.zeros(2), np.full(2, PAD_UNITS))
    on_sheet = [np.clip(stroke, 0, PAD_UNITS) for stroke in without_specks(strokes)]
    return redrawn(on_sheet, sheet, fit=steps.fit, center=steps.center)


def ink_box(ink: Ink) -> tuple[slice, slice] | None:
    """Return the smallest box around all ink; None if there is none."""
    rows = np.flatnonzero(ink.any(axis=1))
    columns = np.flatnonzero(ink.any(axis=0))
    if not rows.size:
        return None
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _sides(ink: Ink) -> tuple[int, int]:
    return ink.shape[0], ink.shape[1]


def _resized(ink: Ink, height: int, width: int) -> Ink:
    """Resample with a triangle filter as wide as the reduction, so that every old pixel counts."""
    if ink.shape == (height, width):
        return ink
    picture = Image.fromarray(ink).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(picture)


def _fitted(ink: Ink) -> Ink:
    """Scale the longer side to 20 pixels, keeping the aspect, in the middle of 28×28."""
    scale = DIGIT_SIDE / max(ink.shape)
    height, width = (max(1, round(side * scale)) for side in ink.shape)
    top, left = (IMAGE_SIDE - height) // 2, (IMAGE_SIDE - width) // 2
    picture = np.zeros((IMAGE_SIDE, IMAGE_SIDE), np.uint8)
    picture[top : top + height, left : left + width] = _resized(ink, height, width)
    return picture


def _centered(picture: Ink) -> Ink:
    """Move by whole pixels until the center of mass is nearest to the center, as MNIST's makers did.

    The center is (14, 14), the corner that the four middle pixels share: MNIST's digits lie around it.
    The move stops where ink would fall off the edge.
    """
    box = ink_box(picture)
    if box is None:
        return picture
    moved = picture
    for axis, extent in enumerate(box):
        weights = picture.sum(axis=1 - axis, dtype=np.float64)
        center = float(weights @ np.arange(IMAGE_SIDE)) / float(weights.sum())
        shift = round(IMAGE_SIDE / 2 - center)
        shift = max(-extent.start, min(IMAGE_SIDE - extent.stop, shift))
        moved = np.roll(moved, shift, axis=axis)
    return moved
