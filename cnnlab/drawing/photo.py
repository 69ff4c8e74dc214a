"""Turn a photo of a drawing into ink, step by step: paper and uneven light are removed."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError

from cnnlab.drawing.ink import ink_box
from cnnlab.drawing.strokes import Ink
from cnnlab.ground import limits
from cnnlab.ground.errors import DataError
from cnnlab.ground.memory import full_memory_named
from cnnlab.language import Words, lazy, lazy_listed

_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM")
_WORKING_SIDE = 384  # pixels to which photos are shrunk before anything else
_MIN_CONTRAST = 20  # of 255, between paper and ink
_PICTURE = lazy("picture")
_CORNER = 0.06  # of the shorter side: what touches so much of a corner touches the corner
_MOST_INK = 0.6  # of a photo: the thickest digit covers less, however close the camera
_MEDIAN_RADIUS = 7  # of 40 points: wider than a stroke, narrower than a shadow


@dataclass(frozen=True, slots=True)
class PhotoStep:
    """The result of one step on the way from a photo to its ink."""

    name: Words
    picture: NDArray[np.uint8]  # (H, W) or, in color, (H, W, 3)
    is_ink: bool  # True: 0 paper .. 255 ink; False: brightness, 0 black .. 255 white


@dataclass(frozen=True, slots=True)
class Photo:
    """The ink of a drawing in a picture, and the steps that found it."""

    ink: Ink  # square, the drawing in its middle
    steps: tuple[PhotoStep, ...]


def from_picture(picture: Image.Image | bytes | Path, where: Words = _PICTURE) -> Ink:
    """Return the ink of a drawing in a picture of any size; see `read_photo`."""
    return read_photo(picture, where).ink


def read_photo(picture: Image.Image | bytes | Path, where: Words = _PICTURE) -> Photo:
    """Find the ink of a drawing in a picture of any size, step by step.

    Dark on light or light on dark, gray, color, alpha. Uneven light is removed, the rest is cropped to the
    ink with some paper around it. Raises DataError for what is not a picture, for one that is too large, for
    one with nothing on it, and for one on which only the edge of the sheet was found; MemoryFullError where
    there is no memory for it.
    """
    if isinstance(picture, Path):
        where, picture = str(picture), _read(picture)
    opened = _opened(picture, where) if isinstance(picture, bytes) else picture
    _check_size(opened, where)
    try:
        with full_memory_named(lazy("Use a smaller picture, or close other programs")):
            flat, gray = _gray(opened)
    except (OSError, ValueError, SyntaxError) as error:
        raise DataError(lazy("the picture is damaged ({reason})", reason=str(error)), where=where) from None
    depth, inked, is_photo = _ink_of(gray, where)
    # Only photos have noise and fine dust; what was drawn on a screen has none.
    blobs = _without_dust(inked) if is_photo else inked
    if is_photo and _is_frame(blobs):
        problem = lazy("the paper's edge, or its lines, were taken for ink")
        raise DataError(problem, where=where, repair=lazy("Come closer, or crop the photo"))
    cropped = _with_margin(blobs)
    steps = (
        PhotoStep(lazy("Original"), flat, is_ink=False),
        PhotoStep(lazy("Gray"), np.round(gray).astype(np.uint8), is_ink=False),
        PhotoStep(lazy("Background removed"), _stretched(depth), is_ink=True),
        PhotoStep(lazy("Threshold"), inked, is_ink=True),
        PhotoStep(lazy("Largest blob"), blobs, is_ink=True),
        PhotoStep(lazy("Cropped and centered"), cropped, is_ink=True),
    )
    return Photo(cropped, steps)


def _read(file: Path) -> bytes:
    """Read at most one byte more than allowed, which is enough to refuse the file."""
    try:
        with file.open("rb") as opened:
            return opened.read(limits.MAX_PICTURE_BYTES + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(lazy("the file cannot be read ({reason})", reason=reason), where=str(file)) from None


def _opened(data: bytes, where: Words) -> Image.Image:
    if len(data) > limits.MAX_PICTURE_BYTES:
        raise DataError(
            lazy("the file is too large"),
            where=where,
            allowed=lazy("at most {count} bytes", count=f"{limits.MAX_PICTURE_BYTES:,}"),
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower
            return Image.open(BytesIO(data), formats=_FORMATS)
    except Image.DecompressionBombError:
        raise _too_many_pixels(where, lazy("far too many pixels")) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise DataError(lazy("this is not an image"), where=where, allowed=lazy_listed(_FORMATS)) from None


def _check_size(picture: Image.Image, where: Words) -> None:
    """Refuse a picture by its size, before any pixel is decoded."""
    width, height = picture.size
    if width * height > limits.MAX_PICTURE_PIXELS:
        raise _too_many_pixels(where, lazy("{size} pixels", size=f"{width}×{height}"))
    if min(width, height) < 1:
        raise DataError(lazy("the picture has no pixels"), where=where)


def _too_many_pixels(where: Words, problem: Words) -> DataError:
    return DataError(
        problem, where=where, allowed=lazy("at most {count} pixels", count=f"{limits.MAX_PICTURE_PIXELS:,}")
    )


def _gray(picture: Image.Image) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return the picture and its brightness (0 to 255), both upright and at most 384 pixels wide and high.

    Transparent parts become paper.
    """
    picture.draft("RGB", (2 * _WORKING_SIDE, 2 * _WORKING_SIDE))  # lets JPEG decode less; no effect elsewhere
    upright = ImageOps.exif_transpose(picture)
    if upright.mode.startswith(("I", "F")):  # 16 bits and more: scaled to 8, since Pillow would clip them
        deep = np.asarray(upright, np.float64)
        low, high = float(deep.min()), float(deep.max())
        upright = Image.fromarray(((deep - low) * (255 / max(high - low, 1e-9))).astype(np.uint8))
    has_alpha = upright.mode in ("LA", "RGBA", "PA", "La", "RGBa") or "transparency" in upright.info
    flat = _on_paper(upright.convert("RGBA")) if has_alpha else upright
    small = flat.convert("RGB" if flat.mode not in ("1", "L") else "L")
    small.thumbnail((_WORKING_SIDE, _WORKING_SIDE), Image.Resampling.BOX)
    return np.asarray(small), np.asarray(small.convert("L"), np.float64)


def _on_paper(picture: Image.Image) -> Image.Image:
    """Flatten onto white if the drawing is dark, onto black if it is light."""
    gray = np.asarray(picture.convert("RGB").convert("L"), np.float64)
    alpha = np.asarray(picture.getchannel("A"), np.float64) / 255
    mean = (gray * alpha).sum() / max(alpha.sum(), 1e-9)
    paper = 0.0 if mean > 127 else 255.0
    return Image.fromarray(np.round(gray * alpha + paper * (1 - alpha)).astype(np.uint8))


def _ink_of(gray: NDArray[np.float64], where: Words) -> tuple[NDArray[np.float64], Ink, bool]:
    """Return each point's difference from the paper around it, the ink, and whether it is a photo.

    The ink is that difference without the noise, scaled so that the strongest is 255.
    """
    if _is_light_on_dark(gray):
        gray = 255 - gray
    depth = np.clip(_paper(gray) - gray, 0, None)
    noise = _noise(depth)
    photo = _is_photo(depth, noise)
    deepest = float(np.percentile(depth, 99.7)) if noise else float(depth.max())
    floor = max(float(np.median(depth)) + 4 * noise, 0.12 * deepest) if photo or noise else 0.0
    if deepest - floor < _MIN_CONTRAST:
        repair = lazy("Come closer, or use a darker pen and more light")
        raise DataError(lazy("no drawing was found on it"), where=where, repair=repair)
    full = floor + (0.6 if photo else 1.0) * (deepest - floor)  # pencil is never quite black
    inked = np.round(255 * np.clip((depth - floor) / (full - floor), 0, 1)).astype(np.uint8)
    return depth, inked, photo


def _noise(depth: NDArray[np.float64]) -> float:
    """Estimate the noise's standard deviation robustly, despite the ink; 0 for a drawing from a screen."""
    return 1.5 * float(np.median(np.abs(depth - np.median(depth))))


def _is_photo(depth: NDArray[np.float64], noise: float) -> bool:
    """Whether this is a photo rather than a drawing from a screen.

    A drawing from a screen has no noise, and blank paper on at least one side. A photo without noise still
    shows the sheet's rules, its edges or the table all around.
    """
    framed = all(side.any() for side in (depth[0], depth[-1], depth[:, 0], depth[:, -1]))
    return max(depth.shape) > 96 and (noise > 0 or framed)


def _stretched(depth: NDArray[np.float64]) -> Ink:
    return np.round(depth * (255 / max(float(depth.max()), 1e-9))).astype(np.uint8)


def _is_light_on_dark(gray: NDArray[np.float64]) -> bool:
    """Whether the ink is lighter than its paper: a few points are brighter than most points around them.

    The comparison is local, because half of the sheet may lie in a shadow as dark as the ink.
    """
    small = Image.fromarray(np.round(gray).astype(np.uint8))
    small.thumbnail((40, 40), Image.Resampling.BOX)  # a stroke is one to three of these points wide
    points = np.asarray(small, np.float64)
    padded = np.pad(points, _MEDIAN_RADIUS, mode="reflect")  # mirrored: a desk around the sheet stays a desk
    windows = np.lib.stride_tricks.sliding_window_view(padded, (2 * _MEDIAN_RADIUS + 1,) * 2)
    return _skew(points - np.median(windows.reshape(*points.shape, -1), axis=2)) > 0


def _skew(values: NDArray[np.float64]) -> float:
    return float(np.mean((values - np.median(values)) ** 3))


def _paper(gray: NDArray[np.float64]) -> NDArray[np.float64]:
    """Estimate the paper's brightness everywhere by a closing with a window wider than any stroke."""
    height, width = gray.shape
    small = Image.fromarray(np.round(gray).astype(np.uint8))
    small.thumbnail((96, 96), Image.Resampling.BOX)
    window = max(3, max(small.size) // 3 | 1)
    closed = small.filter(ImageFilter.MaxFilter(window)).filter(ImageFilter.MinFilter(window))
    paper = closed.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(paper, np.float64)


def _without_dust(ink: Ink) -> Ink:
    """Keep only blobs that can be the drawing: large ones, and none that touches the border if others do not.

    Dust is small; a shadow, a table's edge or a finger comes in from the side.
    """
    small = Image.fromarray(ink)
    small.thumbnail((96, 96), Image.Resampling.BOX)
    mass = np.asarray(small, np.float64)
    blobs = _blobs(mass > 64)
    masses = {label: float(mass[blobs == label].sum()) for label in np.unique(blobs[blobs > 0]).tolist()}
    border = set(np.concatenate([blobs[0], blobs[-1], blobs[:, 0], blobs[:, -1]]).tolist())
    inner = {label: weight for label, weight in masses.items() if label not in border} or masses
    large = [label for label, weight in inner.items() if weight >= 0.05 * max(inner.values())]
    mask = Image.fromarray(np.isin(blobs, large)).convert("L").filter(ImageFilter.MaxFilter(3))
    wide = mask.resize((ink.shape[1], ink.shape[0]), Image.Resampling.NEAREST)
    return np.where(np.asarray(wide) > 0, ink, 0).astype(np.uint8)


def _is_frame(ink: Ink) -> bool:
    """Whether the ink is what surrounds the sheet, not what is drawn on it.

    It fills the frame, or touches all of its sides and three corners: those of a digit that was photographed
    from too near are paper.
    """
    mask = ink > 64
    sides = (mask[0], mask[-1], mask[:, 0], mask[:, -1])
    near = max(2, round(_CORNER * min(mask.shape)))
    corners = [mask[rows, columns] for rows in _ends(near) for columns in _ends(near)]
    touches_corners = sum(bool(corner.any()) for corner in corners) >= 3
    return bool(mask.mean() > _MOST_INK) or (touches_corners and all(side.any() for side in sides))


def _ends(length: int) -> tuple[slice, slice]:
    return slice(None, length), slice(-length, None)


def _blobs(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Label connected blobs: the highest label in each spreads until nothing changes; 0 is paper."""
    labels = np.where(mask, np.arange(1, mask.size + 1).reshape(mask.shape), 0)
    while True:
        padded = np.pad(labels, 1)
        around = np.lib.stride_tricks.sliding_window_view(padded, (3, 3)).max(axis=(2, 3))
        spread = np.where(mask, around, 0)
        if np.array_equal(spread, labels):
            return labels
        labels = spread


def _with_margin(ink: Ink) -> Ink:
    """Crop to the ink, then center it on a square sheet with a fifth of paper on each side.

    Ink fainter than a tenth is ignored: JPEG leaves such artifacts around a stroke.
    """
    box = ink_box(np.where(ink < 26, 0, ink).astype(np.uint8))
    cut = ink[box] if box else ink
    longest = max(cut.shape)
    margin = max(1, longest // 5)
    side = longest + 2 * margin
    sheet = np.zeros((side, side), np.uint8)
    top, left = (side - cut.shape[0]) // 2, (side - cut.shape[1]) // 2
    sheet[top : top + cut.shape[0], left : left + cut.shape[1]] = cut
    return sheet
