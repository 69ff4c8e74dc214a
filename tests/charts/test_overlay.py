"""The picture with an attribution laid over it, color by color."""

from __future__ import annotations

import numpy as np
from PIL import ImageColor

from cnnlab.charts.colors import TONES
from cnnlab.charts.overlay import overlay

ORANGE, BLUE = (ImageColor.getrgb(TONES[name].light) for name in ("positive", "negative"))
WHITE = (255, 255, 255)


def colors(image: np.ndarray, values: np.ndarray) -> list[tuple[int, ...]]:
    """The colors of a picture's pixels from left to right, each from the middle of its square."""
    drawn = overlay(image.astype(np.float32), values.astype(np.float32))
    side = drawn.width // image.shape[2]
    assert drawn.size == (side * image.shape[2], side * image.shape[1])
    found = [drawn.getpixel((side * x + side // 2, side // 2)) for x in range(image.shape[2])]
    return [each for each in found if isinstance(each, tuple)]


def test_positive_is_orange_negative_is_blue_and_zero_is_paper() -> None:
    """The strongest in full color; half as much is half as strong."""
    blank = np.zeros((1, 1, 4))
    found = colors(blank, np.array([[[4.0, -4.0, 0.0, 2.0]]]))
    assert found[:3] == [ORANGE, BLUE, WHITE]
    assert found[3] == tuple(round((255 + each) / 2) for each in ORANGE)


def test_the_picture_is_faded_behind_it() -> None:
    """A drawing dark on white, a color picture as it is, both gray; without any attribution, too."""
    drawing, photo = np.array([[[0.0, 1.0]]]), np.repeat([[[0.0, 1.0]]], 3, axis=0)
    dark = (round(255 * 0.65),) * 3
    assert colors(drawing, np.zeros_like(drawing)) == [WHITE, dark]
    assert colors(photo, np.zeros_like(photo)) == [dark, WHITE]


def test_the_channels_of_a_pixel_are_added() -> None:
    """Red for and green against are nothing together."""
    values = np.array([[[1.0, 2.0]], [[-1.0, 1.0]], [[0.0, 0.0]]])
    assert colors(np.ones((3, 1, 2)), values) == [WHITE, ORANGE]


def test_it_is_large_enough_to_be_looked_at() -> None:
    """28×28 pixels are shown 20 times as large, 600 as they are."""
    for side, shown in ((28, 560), (32, 576), (600, 600)):
        assert overlay(*np.zeros((2, 1, side, side), np.float32)).size == (shown, shown)
