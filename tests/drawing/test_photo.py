from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from cnnlab.drawing.ink import Normalized, Steps, from_pad, ink_box
from cnnlab.drawing.photo import from_picture
from cnnlab.drawing.strokes import Ink
from cnnlab.ground import limits
from cnnlab.ground.errors import DataError

SEVEN = [(60, 70), (180, 70), (110, 220)]  # corners of a 7 on a sheet of 280


def seven(scale: float = 1.0, move: tuple[float, float] = (0, 0), brush: float = 20, side: int = 280) -> Ink:
    """A 7 as the pad would send it, drawn four times as large and averaged down."""
    sheet = Image.new("L", (4 * side, 4 * side))
    pen = ImageDraw.Draw(sheet)
    points = [(4 * (x * scale + move[0]), 4 * (y * scale + move[1])) for x, y in SEVEN]
    pen.line(points, fill=255, width=round(4 * brush * scale), joint="curve")
    return np.asarray(sheet.resize((side, side), Image.Resampling.BOX))


def prepared(ink: Ink, steps: Steps | None = None) -> Normalized:
    normalized = from_pad(ink, steps)
    assert normalized is not None
    return normalized


def extent(ink: Ink) -> tuple[int, int]:
    """(height, width) of what is not paper."""
    rows, columns = np.nonzero(ink)
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


def center_of_mass(image: np.ndarray) -> tuple[float, float]:
    """(row, column), by its definition."""
    picture = image[0].astype(float)
    index = np.arange(28)
    return picture.sum(1) @ index / picture.sum(), picture.sum(0) @ index / picture.sum()


def png(array: np.ndarray, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.fromarray(array).save(file, kind, quality=85)
    return file.getvalue()


def test_the_picture_is_what_the_network_expects() -> None:
    """One channel of 28×28, float32, from 0 for paper to 1 for ink."""
    image = prepared(seven()).image
    assert image.shape == (1, 28, 28)
    assert image.dtype == np.float32
    assert image.min() == 0
    assert 0.9 < image.max() <= 1


def test_the_ink_fills_twenty_pixels_and_keeps_its_aspect() -> None:
    """The longer side becomes 20, the shorter one in proportion."""
    ink = seven()
    height, width = extent(ink)
    assert extent(prepared(ink).pictures["center"]) == (20, round(20 * width / height))


@pytest.mark.parametrize("move", [(0, 0), (-40, -50), (70, 30)])
def test_the_center_of_mass_is_at_the_center(move: tuple[int, int]) -> None:
    """At (14, 14), as in MNIST, to the pixel."""
    row, column = center_of_mass(prepared(seven(move=move)).image)
    assert abs(row - 14) <= 0.5
    assert abs(column - 14) <= 0.5


def test_the_position_on_the_pad_does_not_matter() -> None:
    """A shifted drawing gives the same picture, bit for bit."""
    np.testing.assert_array_equal(prepared(seven()).image, prepared(seven(move=(37, -21))).image)


def test_the_size_of_the_drawing_hardly_matters() -> None:
    """Half the size gives nearly the same picture, up to resampling."""
    large, small = prepared(seven()).image, prepared(seven(scale=0.5)).image
    assert np.abs(large - small).mean() < 0.02


def test_the_pads_resolution_hardly_matters() -> None:
    """140 pixels of ink give nearly the same picture as 280."""
    fine = seven()
    coarse = np.asarray(Image.fromarray(fine).resize((140, 140), Image.Resampling.BOX))
    assert np.abs(prepared(fine).image - prepared(coarse).image).mean() < 0.02


def test_mnists_own_digits_pass_unchanged(shared_data: Path) -> None:
    """The preparation is MNIST's: a digit that has already been through it does not change."""
    raw = (shared_data / "MNIST" / "raw" / "t10k-images-idx3-ubyte").read_bytes()
    for digit in np.frombuffer(raw, np.uint8, offset=16).reshape(-1, 28, 28)[:300]:
        np.testing.assert_array_equal(prepared(digit).pictures["center"], digit)


@pytest.mark.parametrize("radius", [0, 6, 14])
def test_a_blank_pad_or_a_dot_is_not_a_drawing(radius: int) -> None:
    """There is no picture that a network could guess at."""
    sheet = Image.new("L", (280, 280))
    if radius:
        ImageDraw.Draw(sheet).ellipse([100, 100, 100 + 2 * radius, 100 + 2 * radius], fill=255)
    assert from_pad(np.asarray(sheet)) is None


def test_each_step_can_be_switched_off() -> None:
    """A step that is off returns its input; with all steps off, the ink is only resized."""
    ink = seven(scale=0.4, move=(150, 20))
    assert prepared(ink, Steps(crop=False)).pictures["crop"] is ink
    stretched = prepared(ink, Steps(fit=False)).pictures["fit"]
    assert ink_box(stretched) == (slice(0, 28), slice(0, 28))
    off = prepared(ink, Steps(center=False)).pictures
    assert off["center"] is off["fit"]
    plain = prepared(ink, Steps(crop=False, fit=False, center=False)).pictures["center"]
    whole = Image.fromarray(ink).resize((28, 28), Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(plain, np.asarray(whole))


def test_ink_never_falls_off_the_edge() -> None:
    """A drawing with nearly all its mass in one corner is moved only as far as it fits."""
    ink = np.zeros((280, 280), np.uint8)
    ink[40:240, 40:44] = 90
    ink[40:44, 40:240] = 90
    ink[40:70, 40:70] = 255
    normalized = prepared(ink)
    before, after = (normalized.pictures[step].sum(dtype=int) for step in ("fit", "center"))
    assert before == after


def test_ink_of_another_type_is_refused() -> None:
    """Ink is uint8; a float array is a bug."""
    with pytest.raises(DataError, match="float64"):
        from_pad(np.zeros((140, 140)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "data",
    [
        png(seven()),
        png(255 - seven()),
        png(np.stack([255 - seven(), 230 - seven() // 2, 255 - seven()], axis=2)),
        png(255 - seven(), "JPEG"),
        png(np.stack([seven() * 0, seven() * 0, seven() * 0, seven()], axis=2)),
        png(np.stack([*[seven() * 0 + 255] * 3, seven()], axis=2)),
        png(seven().astype(np.uint16) * 200),
    ],
    ids=["light on dark", "dark on light", "color", "JPEG", "black on glass", "white on glass", "16 bits"],
)
def test_a_picture_reads_like_the_pad(data: bytes) -> None:
    """On any paper and in any format, the network sees nearly the same 7."""
    picture = prepared(from_picture(data)).image
    assert np.abs(picture - prepared(seven()).image).mean() < 0.03


def test_a_photo_under_a_lamp_loses_its_shadow() -> None:
    """Pencil on paper with light from one side, noise, and a shadow over a third of the sheet."""
    height, width = 480, 640
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    light = (230 - 90 * (x - 0.2) ** 2 - 60 * y) * np.where(x + 0.2 * y > 0.8, 0.75, 1)
    ink = np.zeros((height, width))
    ink[120:400, 80:360] = seven() / 255
    noise = np.random.default_rng(0).normal(0, 4, (height, width))
    photo = np.clip(light * (1 - 0.6 * ink) + noise, 0, 255).astype(np.uint8)
    picture = prepared(from_picture(png(photo, "JPEG"))).image
    assert np.abs(picture - prepared(seven()).image).mean() < 0.06


def test_a_picture_may_be_a_file(tmp_path: Path) -> None:
    """A path is read; the error for a missing file names it."""
    file = tmp_path / "seven.png"
    file.write_bytes(png(seven()))
    assert from_pad(from_picture(file)) is not None
    with pytest.raises(DataError, match=r"nothing\.png"):
        from_picture(tmp_path / "nothing.png")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "this is not an image"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", "this is not an image"),
        (png(seven())[:400], "damaged"),
        (png(np.full((50, 50), 200, np.uint8)), "no drawing was found"),
        (b"\x00" * (limits.MAX_PICTURE_BYTES + 1), "too large"),
    ],
    ids=["empty", "a program", "cut off", "blank", "huge"],
)
def test_what_is_not_a_drawing_is_refused_with_a_reason(data: bytes, message: str) -> None:
    """It is never guessed at, and no exception other than the lab's own is raised."""
    with pytest.raises(DataError, match=message):
        from_picture(data, "upload.png")


def test_a_picture_bomb_is_refused_before_it_is_decoded() -> None:
    """A few bytes that claim 40,000 by 40,000 pixels."""
    bomb = bytearray(png(np.zeros((1, 1), np.uint8)))
    bomb[16:24] = (40_000).to_bytes(4, "big") * 2
    import zlib

    bomb[29:33] = zlib.crc32(bomb[12:29]).to_bytes(4, "big")
    with pytest.raises(DataError, match="pixels"):
        from_picture(bytes(bomb))
