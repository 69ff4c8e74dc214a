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
Line = list[tuple[float, float]]
DIGITS: dict[int, list[Line]] = {  # as lines on a square of 10 by 10
    2: [[(1, 3), (2, 1), (5, 0), (8, 1), (9, 3), (8, 5), (1, 10), (9, 10)]],
    3: [[(1, 1), (5, 0), (8, 1), (8, 4), (4, 5), (8, 6), (9, 8), (6, 10), (1, 9)]],
    4: [[(4, 0), (1, 6), (9, 6)], [(7, 2), (7, 10)]],
    5: [[(8, 0), (2, 0), (2, 4), (6, 4), (9, 6), (8, 9), (5, 10), (1, 9)]],
    7: [[(1, 0), (9, 0), (4, 10)]],
}


def arc(x: float, y: float, wide: float, high: float, begin: float = 0, end: float = 360) -> Line:
    """A part of an ellipse, as lines; angles in degrees, clockwise from the right."""
    angles = np.radians(np.linspace(begin, end, 24))
    return [(x + wide * float(np.cos(angle)), y + high * float(np.sin(angle))) for angle in angles]


ALL_DIGITS: dict[int, list[Line]] = DIGITS | {
    0: [arc(5, 5, 3.6, 5)],
    1: [[(3, 2.5), (5.5, 0), (5.5, 10)]],
    6: [[(7.5, 0), (4, 2.5), (2, 6), *arc(5, 7.2, 3, 2.8, 190, -170)]],
    8: [arc(5, 2.6, 2.7, 2.5), arc(5, 7.5, 3.2, 2.5)],
    9: [arc(5.2, 3, 3, 2.9), [(8.2, 3), (7.8, 6), (6, 10)]],
}


def written(digit: int, height: float = 700, pen: int = 56) -> np.ndarray:
    """(900, 1200): the amount of ink at each pixel, 0 to 1; the digit in the middle."""
    sheet = Image.new("L", (WIDTH, HEIGHT))
    draw = ImageDraw.Draw(sheet)
    for line in ALL_DIGITS[digit]:
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


@pytest.mark.parametrize("rule", [None, 190, 110])
@pytest.mark.parametrize("digit", ALL_DIGITS)
def test_a_large_digit_on_ruled_paper_that_fills_the_photo(digit: int, rule: int | None) -> None:
    """Turned a little, its corners darker: faint and dark rules cross the strokes and reach the sides."""
    y, x = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
    light = 1 - 0.25 * ((x**2 + y**2) / 2) ** 1.5
    answers = []
    for height in (450, 600, 700):
        page = np.full((2 * HEIGHT, 2 * WIDTH), 238.0)  # larger than the photo, which is its middle
        if rule is not None:
            page[::48] = page[1::48] = rule
        middle = page[HEIGHT // 2 : -HEIGHT // 2, WIDTH // 2 : -WIDTH // 2]
        np.minimum(middle, sheet(written(digit, height, pen=height // 12), paper=238), out=middle)
        turned = Image.fromarray(page.astype(np.uint8)).rotate(6, Image.Resampling.BICUBIC)
        photo = turned.crop((WIDTH // 2, HEIGHT // 2, WIDTH // 2 + WIDTH, HEIGHT // 2 + HEIGHT))
        answers.append(read(jpeg(np.asarray(photo, np.float64) * light)))
    assert answers == [str(digit)] * 3


def test_the_advice_for_a_blank_photo_is_about_photos() -> None:
    """Someone with a camera cannot "draw with more contrast"."""
    with pytest.raises(DataError, match="no drawing was found on it.*darker pen"):
        read(jpeg(np.full((HEIGHT, WIDTH), 235.0)))


@pytest.mark.parametrize("digit", [2, 7])
@pytest.mark.parametrize("rule", [60, 190])
def test_the_edge_of_the_paper_is_not_blamed_on_the_digit(digit: int, rule: int) -> None:
    """A digit that reaches the dark table around turned ruled paper: what was found is the frame."""
    ruled = sheet(written(digit, height=800, pen=60), paper=238)
    ruled[::48] = np.minimum(ruled[::48], rule)
    turned = Image.fromarray(ruled.astype(np.uint8)).rotate(6, Image.Resampling.BICUBIC, fillcolor=60)
    with pytest.raises(DataError, match="the paper's edge.*crop the photo"):
        read(jpeg(np.asarray(turned, np.float64), noise=0))
