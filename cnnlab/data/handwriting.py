"""MNIST together with real pen strokes, as they come out of a drawing pad.

MNIST's writers make no 1 with a long upstroke, no crossed 7, no hooked 9. The pen strokes (Alpaydin &
Alimoglu 1998, thirty writers on a tablet) do. Each is placed on the pad as people draw: anywhere, 30 to 90 %
of its size, brush 12 to 28 of 280, tilted up to 15°, and goes through the pad's own preparation, some times
redrawn with one width and some times from its ink. Those to be learned from are varied before that, as
nobody writes a digit twice the same way: other proportions, another slant, bent a little.

Writers are kept apart: who is in one split is in no other.
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
INK_COPIES = 3  # of those also from their ink
SEED = 7494  # of places, sizes and brushes


@dataclass(frozen=True, slots=True)
class Part:
    """How often each drawing comes in a split: so many times redrawn, of which some also from their ink."""

    copies: int
    ink_copies: int
    vary: bool


LEARNED, MEASURED = Part(COPIES, INK_COPIES, vary=True), Part(1, 1, vary=False)


@dataclass(frozen=True, eq=False)
class PenDigit:
    """One digit as it was written: its strokes, in the tablet's unit, and who wrote it."""

    strokes: tuple[Stroke, ...]
    label: int
    writer: int


def read_pen_digits(path: Path) -> list[PenDigit]:
    """All digits of a UNIPEN file; raises DataError that names the line where it is none."""
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
                points.append((float(words[0]), -float(words[1])))  # the tablet's y goes upwards
    except (OSError, ValueError, IndexError) as error:
        raise DataError(
            lazy("line {number} is not a pen stroke ({reason})", number=number, reason=str(error)),
            where=str(path),
        ) from None
    return digits + _digit(strokes, label, writer)


def _digit(strokes: list[Stroke], label: int, writer: int) -> list[PenDigit]:
    return [PenDigit(tuple(strokes), label, writer)] if strokes and 0 <= label <= 9 else []


def on_pad(strokes: Sequence[Stroke], random: np.random.Generator) -> tuple[list[Stroke], float]:
    """The strokes as a person might have drawn them on the pad, and the brush, in units of 280 a side."""
    angle = np.radians(random.uniform(-15, 15))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = [stroke @ turn.T for stroke in strokes]
    low, high = bounds(turned)
    brush = random.uniform(12, 28)
    scale = random.uniform(0.3, 0.9) * PAD_UNITS / max(float((high - low).max()), 1.0)
    room = np.maximum(PAD_UNITS - (high - low) * scale - brush, 0)
    place = brush / 2 + random.uniform(0, 1, 2) * room
    return [(stroke - low) * scale + place for stroke in turned], brush


def ink_of(strokes: list[Stroke], brush: float) -> Ink:
    """What the pad would hold after these strokes."""
    scale = PAD_SIDE / PAD_UNITS
    return draw([stroke * scale for stroke in strokes], brush * scale, PAD_SIDE, fine=2)


def varied(strokes: Sequence[Stroke], random: np.random.Generator) -> list[Stroke]:
    """The same digit written another time: stretched, slanted, bent in slow waves, each stroke elsewhere."""
    low, high = bounds(strokes)
    size = max(float((high - low).max()), 1.0)
    stretch = np.exp(random.uniform(-0.15, 0.15))
    shape = np.array([[stretch, random.uniform(-0.15, 0.15)], [0.0, 1 / stretch]])
    waves, phases = random.normal(0, 3.0, (4, 2)), random.uniform(0, 2 * np.pi, 4)
    bends = random.normal(0, 0.02, (4, 2))
    made = []
    for stroke in strokes:
        points = (stroke - (low + high) / 2) / size
        points = points + np.sin(points @ waves.T + phases) @ bends + random.normal(0, 0.01, 2)
        made.append(points @ shape.T * size)
    return made


def _pictures(digit: PenDigit, number: int, part: Part) -> Iterator[Ink]:
    for copy in range(part.copies):
        random = np.random.default_rng([SEED, number, copy])
        written = varied(digit.strokes, random) if part.vary else digit.strokes
        strokes, brush = on_pad(written, random)
        yield redrawn(strokes)
        prepared = from_pad(ink_of(strokes, brush)) if copy < part.ink_copies else None
        if prepared is not None:
            yield np.round(prepared.image[0] * 255).astype(np.uint8)


def rendered(digits: list[PenDigit], part: Part) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """(N, 1, 28, 28) pictures and (N,) labels."""
    made = [
        (picture, digit.label)
        for number, digit in enumerate(digits)
        for picture in _pictures(digit, number, part)
    ]
    pictures = np.stack([picture for picture, _ in made])[:, np.newaxis]
    return pictures, np.array([label for _, label in made], np.int64)


def load(info: DatasetInfo, mnist: ImageDataset, home: Path, data_folder: Path | None) -> ImageDataset:
    """MNIST's splits, each with the pen strokes of its own writers. Rendered once, then kept in the home."""
    file = require(home, data_folder)
    kept = home / "datasets" / "handwriting" / f"rendered-{SEED}-{COPIES}-{INK_COPIES}-{LINE_WIDTH}.npz"
    if not kept.is_file():
        _render(file, kept)
    with np.load(kept) as arrays:
        parts = {name: _joined(getattr(mnist, name), arrays, name) for name in ("train", "val", "test")}
    return ImageDataset(info.name, info.classes, **parts)


def _render(file: Path, kept: Path) -> None:
    digits = read_pen_digits(file)
    held = VAL_WRITERS | TEST_WRITERS
    groups = {
        "train": ([digit for digit in digits if digit.writer not in held], LEARNED),
        "val": ([digit for digit in digits if digit.writer in VAL_WRITERS], MEASURED),
        "test": ([digit for digit in digits if digit.writer in TEST_WRITERS], MEASURED),
    }
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, (group, part) in groups.items():
        arrays[f"{name}_images"], arrays[f"{name}_labels"] = rendered(group, part)
    kept.parent.mkdir(parents=True, exist_ok=True)
    unfinished = kept.with_suffix(".part.npz")
    np.savez_compressed(unfinished, **arrays)  # type: ignore[arg-type]
    unfinished.replace(kept)


def _joined(split: Split, arrays: object, name: str) -> Split:
    import torch

    images: Tensor = torch.from_numpy(arrays[f"{name}_images"])  # type: ignore[index]
    labels: Tensor = torch.from_numpy(arrays[f"{name}_labels"])  # type: ignore[index]
    return Split(torch.cat([split.images, images]), torch.cat([split.labels, labels]))
