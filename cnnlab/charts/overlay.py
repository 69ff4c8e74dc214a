"""A picture with the attribution of its pixels laid over it, to be looked at and to be kept."""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor

from cnnlab.charts.colors import TONES

SIDE = 560  # pixels, of the longer side: a 28×28 picture is shown 20 times as large
_FADED = 0.35  # of the picture's contrast: it must not be taken for an attribution


def overlay(image: NDArray[np.float32], values: NDArray[np.float32]) -> Image.Image:
    """Draw what speaks for a class in orange and what speaks against it in blue, over the faded picture.

    Both are (C, H, W), the picture in [0, 1]; the values of a pixel's channels are added. A drawing (one
    channel) is dark on white, as on paper. The strongest pixel has the full color, one of 0 has none. Every
    pixel becomes a square.
    """
    gray = image.mean(axis=0)
    paper = 1 - _FADED * (gray if len(image) == 1 else 1 - gray)
    per_pixel = values.sum(axis=0, dtype=np.float64)
    strength = np.abs(per_pixel) / max(float(np.abs(per_pixel).max()), np.finfo(np.float64).tiny)
    positive, negative = (
        np.array(ImageColor.getrgb(TONES[name].light), np.float64) for name in ("positive", "negative")
    )
    color = np.where(per_pixel[:, :, None] >= 0, positive, negative)
    mixed = 255 * paper[:, :, None] * (1 - strength[:, :, None]) + color * strength[:, :, None]
    small = Image.fromarray(np.round(mixed).astype(np.uint8))
    times = max(1, ceil(SIDE / max(small.size)))
    return small.resize((small.width * times, small.height * times), Image.Resampling.NEAREST)
