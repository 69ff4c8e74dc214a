"""Synthetic photos of digits: sharp shadows, ruled paper, a table around the sheet, light and dark ink."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from cnnlab.ground.errors import DataError
from cnnlab.reader.answers import judge_picture
from cnnlab.reader.loaded_model import load_bundled

pytestmark = pytest.mark.slow  # together, a photo at a time

WIDTH, HEIGHT = 1200, 900  # of a photo, in pixels
SHEET, INK = 235, 50  # brightness, 0 black .. 255 white
DIGITS = {  # as lines on a square of 10 by 10
    2: [[(1, 3), (2, 1), (5, 0), (8, 1), (9, 3), (8, 5), (1, 10), (9, 10)]],
    3: [[(1, 1), (5, 0), (8, 1), (8, 4), (4, 5), (8, 6), (9, 8), (6, 10), (1, 9)]],
    4: [[(4, 0), (1, 6), (9, 6)], [(7, 2), (7, 10)]],
    5: [[(8, 0), (2, 0), (2, 4), (6, 4), (9, 6), (8, 9), (5, 10), (1, 9)]],
    7: [[(1, 0), (9, 0), (4, 10)]],
}


def written(digit: int, height: float = 700, pen: int = 56) -> np.ndarray:
    """(900, 1200): the amount of ink at each pixel, 0 to 1; the digit in the middle."""
    sheet = Image.new("L", (WIDTH, HEIGHT))
    draw = ImageDraw.Draw(sheet)
    for line in DIGITS[digit]:
        points = [(WIDTH / 2 + (x - 5) * height * 0.08, HEIGHT / 2 + (y - 5) * height / 10) for x, y in line]
        draw.line(points, fill=255, width=pen, joint="curve")
        for x, y in points:
            draw.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill=255)
    return np.asarray(sheet, np.float64) / 255


def sheet(ink: np.ndarray, paper: float = SHEET, pen: float = INK) -> np.ndarray:
    return paper * (1 - ink) + pen * ink


def shadow(edge: int, depth: float, axis: int = 1, blur: float = 15) -> np.ndarray:
    """(900, 1200): factors for the brightness, smaller by `depth` beyond the edge."""
    light = np.full((HEIGHT, WIDTH), 255.0)
    shaded = light[:, edge:] if axis else light[edge:]
    shaded *= 1 - depth
    soft = Image.fromarray(light.astype(np.uint8)).filter(ImageFilter.GaussianBlur(blur))
    return np.asarray(soft, np.float64) / 255


def jpeg(brightness: np.ndarray, noise: float = 3) -> bytes:
    grain = np.random.default_rng(0).normal(0, 1, brightness.shape) * noise
    file = io.BytesIO()
    Image.fromarray(np.clip(brightness + grain, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=88)
    return file.getvalue()


def read(photo: bytes) -> str | None:
    label = judge_picture(load_bundled(), photo, "photo.jpg")["label"]
    assert label is None or isinstance(label, str)
    return label


@pytest.mark.parametrize("digit", DIGITS)
@pytest.mark.slow
@pytest.mark.parametrize("depth", [0.35, 0.5, 0.6])
def test_a_shadow_with_an_edge_leaves_the_digit(digit: int, depth: float) -> None:
    """A shadow nearly as dark as the ink on part of the sheet is not taken for ink, wherever its edge is."""
    ink = sheet(written(digit))
    edges = [(150, 1), (450, 1), (560, 1), (700, 1), (1000, 1), (400, 0)]
    answers = [read(jpeg(ink * shadow(edge, depth, axis))) for edge, axis in edges]
    assert answers == [str(digit)] * len(edges)


@pytest.mark.parametrize("digit", DIGITS)
def test_pencil_under_a_shadow(digit: int) -> None:
    """The paper in the shadow is darker than the pencil in the light."""
    ink = sheet(written(digit), pen=150)
    assert read(jpeg(ink * shadow(560, 0.5))) == str(digit)


@pytest.mark.parametrize("digit", DIGITS)
def test_chalk_under_a_shadow(digit: int) -> None:
    """Light on dark stays light on dark."""
    board = sheet(written(digit), paper=70, pen=225)
    assert read(jpeg(board * shadow(560, 0.5))) == str(digit)


@pytest.mark.parametrize("digit", DIGITS)
@pytest.mark.parametrize(("desk", "paper", "pen"), [(60, SHEET, INK), (190, 60, 220)])
def test_a_sheet_on_a_desk_of_the_other_brightness(digit: int, desk: int, paper: int, pen: int) -> None:
    """White paper on dark wood, a slate on a light table: neither sheet nor desk is taken for ink."""
    brightness = sheet(written(digit, height=300, pen=24), paper, pen)
    brightness[:110] = brightness[-110:] = desk
    brightness[:, :170] = brightness[:, -170:] = desk
    assert read(jpeg(brightness)) == str(digit)


@pytest.mark.parametrize("digit", [2, 3, 7])
@pytest.mark.parametrize("desk", [225, 200, 60])
def test_ruled_paper_turned_on_a_desk_without_noise(digit: int, desk: int) -> None:
    """A synthetic photo has no noise; its rules and corners are still not taken for the drawing."""
    ruled = sheet(written(digit, height=420, pen=34), paper=238)
    ruled[::48] = np.minimum(ruled[::48], 190)
    ruled[1::48] = np.minimum(ruled[1::48], 190)
    turned = Image.fromarray(ruled.astype(np.uint8)).rotate(6, Image.Resampling.BICUBIC, fillcolor=desk)
    assert read(jpeg(np.asarray(turned, np.float64), noise=0)) == str(digit)


def test_the_advice_for_a_blank_photo_is_about_photos() -> None:
    """Someone with a camera cannot "draw with more contrast"."""
    with pytest.raises(DataError, match="nothing is drawn on it.*darker pen"):
        read(jpeg(np.full((HEIGHT, WIDTH), 235.0)))
