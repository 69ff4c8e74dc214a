"""MNIST together with real pen strokes, as drawn on the pad.

MNIST has no 1 with a long upstroke, no crossed 7, no hooked 9. The pen strokes (Alpaydin & Alimoglu 1998,
thirty writers on a tablet) do. Each is placed on the pad as people draw: anywhere, 30 to 90 % of its size,
brush 12 to 28 of 280, tilted up to 15°, and goes through the pad's preparation, sometimes redrawn with one
width and sometimes from its ink. Training digits are varied before that, since nobody writes a digit twice in
the same way: other proportions, another slant, slightly warped.

Each writer is in only one split.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cnnlab.data.dataset import DatasetInfo, ImageDataset, Split
from cnnlab.data.pen_file import require
from cnnlab.drawing.ink import PAD_SIDE, PAD_UNITS, from_pad
from cnnlab.drawing.strokes import LINE_WIDTH, Ink, Stroke, bounds, draw, redrawn
from cnnlab.ground.errors import DataError
from cnnlab.language import lazy

if TYPE_CHECKING:
    from torch import Tensor

VAL_WRITERS = frozenset({26})
TEST_WRITERS = frozenset({27, 28, 29, 30})
COPIES = 5  # of each drawing in the training part, redrawn with one width
INK_COPIES = 3  # of those copies, rendered also from their ink
SEED = 7494  # of positions, sizes and brushes


@dataclass(frozen=True, slots=True)
class Rendering:
    """How often each drawing of a split is rendered: redrawn `copies` times, `ink_copies` also from ink."""

    copies: int
    ink_copies: int
    vary: bool


TRAINING, EVALUATION = Rendering(COPIES, INK_COPIES, vary=True), Rendering(1, 1, vary=False)


@dataclass(frozen=True, eq=False)
class PenDigit:
    """One handwritten digit: its strokes, in the tablet's unit, and who wrote it."""

    strokes: tuple[Stroke, ...]
    label: int
    writer: int


def read_pen_digits(path: Path) -> list[PenDigit]:
    """Read all digits of a UNIPEN file; raises DataError with the line that is invalid."""
    digits: list[PenDigit] = []
    strokes: list[Stroke] = []
    points: list[tuple[float, float]] | None = None
    label = writer = -1
    number = 0
    try:
        for line in path.read_text("latin-1").splitlines():
            number += 1
            words = line.split()
            if not words:
                continue
            if words[0] == ".SEGMENT":
                digits += _digit(strokes, label, writer)
                strokes, label = [], -1
            elif words[0] == ".COMMENT" and label < 0 and len(words) >= 3 and words[1].isdigit():
                label, writer = int(words[1]), int(words[2])
            elif words[0] == ".PEN_DOWN":
                points = []
            elif words[0] == ".PEN_UP":
                strokes += [np.array(points)] if points else []
                points = None
            elif points is not None:
                points.append((float(words[0]), -float(words[1])))  # the tablet's y points upward
    except (OSError, ValueError, IndexError) as error:
        raise DataError(
            lazy("line {number} is not a pen stroke ({reason})", number=number, reason=str(error)),
            where=str(path),
        ) from None
    return digits + _digit(strokes, label, writer)


def _digit(strokes: list[Stroke], label: int, writer: int) -> list[PenDigit]:
    return [PenDigit(tuple(strokes), label, writer)] if strokes and 0 <= label <= 9 else []


def on_pad(strokes: Sequence[Stroke], random: np.random.Generator) -> tuple[list[Stroke], float]:
    """Place strokes as a person might draw them on the pad; return them and the brush, in units of 1/280."""
    angle = np.radians(random.uniform(-15, 15))
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    rotated = [stroke @ rotation.T for stroke in strokes]
    low, high = bounds(rotated)
    brush = random.uniform(12, 28)
    scale = random.uniform(0.3, 0.9) * PAD_UNITS / max(float((high - low).max()), 1.0)
    room = np.maximum(PAD_UNITS - (high - low) * scale - brush, 0)
    position = brush / 2 + random.uniform(0, 1, 2) * room
    return [(stroke - low) * scale + position for stroke in rotated], brush


def ink_of(strokes: list[Stroke], brush: float) -> Ink:
    """Return the ink that the pad would have after these strokes."""
    scale = PAD_SIDE / PAD_UNITS
    return draw([stroke * scale for stroke in strokes], brush * scale, PAD_SIDE, supersampling=2)


def varied(strokes: Sequence[Stroke], random: np.random.Generator) -> list[Stroke]:
    """Vary a digit as if written again: stretched, slanted, warped in slow waves, each stroke shifted."""
    low, high = bounds(strokes)
    size = max(float((high - low).max()), 1.0)
    stretch = np.exp(random.uniform(-0.15, 0.15))
    shape = np.array([[stretch, random.uniform(-0.15, 0.15)], [0.0, 1 / stretch]])
    waves, phases = random.normal(0, 3.0, (4, 2)), random.uniform(0, 2 * np.pi, 4)
    amplitudes = random.normal(0, 0.02, (4, 2))
    made = []
    for stroke in strokes:
        points = (stroke - (low + high) / 2) / size
        points = points + np.sin(points @ waves.T + phases) @ amplitudes + random.normal(0, 0.01, 2)
        made.append(points @ shape.T * size)
    return made


def _pictures(digit: PenDigit, number: int, rendering: Rendering) -> Iterator[Ink]:
    for copy in range(rendering.copies):
        random = np.random.default_rng([SEED, number, copy])
        written = varied(digit.strokes, random) if rendering.vary else digit.strokes
        strokes, brush = on_pad(written, random)
        yield redrawn(strokes)
        prepared = from_pad(ink_of(strokes, brush)) if copy < rendering.ink_copies else None
        if prepared is not None:
            yield np.round(prepared.image[0] * 255).astype(np.uint8)


def rendered(digits: list[PenDigit], rendering: Rendering) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Render digits as (N, 1, 28, 28) pictures and (N,) labels."""
    made = [
        (picture, digit.label)
        for number, digit in enumerate(digits)
        for picture in _pictures(digit, number, rendering)
    ]
    pictures = np.stack([picture for picture, _ in made])[:, np.newaxis]
    return pictures, np.array([label for _, label in made], np.int64)


def load(info: DatasetInfo, mnist: ImageDataset, home: Path, data_folder: Path | None) -> ImageDataset:
    """Load MNIST's splits, each followed by pen strokes of its own writers, which are rendered only once."""
    file, cache_file = require(home, data_folder), _cache_file(home)
    if not cache_file.is_file():
        _render(file, cache_file)
    with np.load(cache_file) as arrays:
        parts = {name: _joined(getattr(mnist, name), arrays, name) for name in ("train", "val", "test")}
    return ImageDataset(info.name, info.classes, **parts)


def load_test(mnist: Split, home: Path, data_folder: Path | None) -> Split:
    """Load the same test part alone, from MNIST's; if nothing has been rendered yet, only its strokes are."""
    file, cache_file = require(home, data_folder), _cache_file(home)
    if cache_file.is_file():
        with np.load(cache_file) as arrays:
            return _joined(mnist, arrays, "test")
    group = [digit for digit in read_pen_digits(file) if digit.writer in TEST_WRITERS]
    images, labels = rendered(group, EVALUATION)
    return _joined(mnist, {"test_images": images, "test_labels": labels}, "test")


def _cache_file(home: Path) -> Path:
    name = f"rendered-{SEED}-{COPIES}-{INK_COPIES}-{LINE_WIDTH}.npz"
    return home / "datasets" / "handwriting" / name


def _render(file: Path, cache_file: Path) -> None:
    digits = read_pen_digits(file)
    held_out = VAL_WRITERS | TEST_WRITERS
    groups = {
        "train": ([digit for digit in digits if digit.writer not in held_out], TRAINING),
        "val": ([digit for digit in digits if digit.writer in VAL_WRITERS], EVALUATION),
        "test": ([digit for digit in digits if digit.writer in TEST_WRITERS], EVALUATION),
    }
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, (group, rendering) in groups.items():
        arrays[f"{name}_images"], arrays[f"{name}_labels"] = rendered(group, rendering)
    cache_file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = cache_file.with_suffix(".part.npz")
    np.savez_compressed(unfinished, **arrays)  # type: ignore[arg-type]
    unfinished.replace(cache_file)


def _joined(split: Split, arrays: object, name: str) -> Split:
    import torch

    images: Tensor = torch.from_numpy(arrays[f"{name}_images"])  # type: ignore[index]
    labels: Tensor = torch.from_numpy(arrays[f"{name}_labels"])  # type: ignore[index]
    return Split(torch.cat([split.images, images]), torch.cat([split.labels, labels]))
