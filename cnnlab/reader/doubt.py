"""What speaks against an answer, in one sentence: "not sure" is worth more than "3 with 100 %" for a horse.

A network gives every drawing to one of its classes. Three things speak against it: ink that cannot be one
digit, a drawing unlike all that the network has learned from, and classes that share the probability.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from cnnlab.drawing.photo import Drawing, ink_box
from cnnlab.drawing.strokes import Ink, Stroke, bounds

Kind = Literal["sure", "likely", "torn", "strange", "two", "scribble", "full", "dot", "blank"]

SURE = 0.9  # answers above it are right as often as they say; see the model card
UNSURE = 0.6  # answers below it are often wrong
LONGEST = 6.0  # line of a digit, in sides of its box; the longest of 7,494 real ones is 5.0
FULLEST = 0.5  # of the sheet: the widest brush leaves less for the largest digit
_GAP = 0.03  # of the sheet, between two things
_LEAST = 0.5  # of the height of both: a smaller thing is a part, as the flag of a 5
_SHAPE_CELLS = 2  # a side of the grid that a late feature map is averaged to
_HIDDEN = 28  # all weights together stay under a megabyte


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether to believe the answer, and if not, why."""

    kind: Kind
    reason: str  # one sentence for the screen; empty where there is nothing to say

    @property
    def sure(self) -> bool:
        """False where the answer ought to read "not sure"."""
        return self.kind in ("sure", "likely")


class StrangerNet(nn.Module):
    """Tells what a reader knows from all else: the log-odds that a drawing is none of its classes.

    Two convolutions look anew at an early feature map, from which nothing is gone yet that the reader's own
    task can do without; beside them stands what the reader makes of the drawing.
    """

    def __init__(self, early: int, late: int, seen: int) -> None:
        super().__init__()
        self.look = nn.Sequential(
            nn.Conv2d(early, 32, 3, padding=1),
            nn.BatchNorm2d(32),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(32, 48, 3),
            nn.BatchNorm2d(48),
            nn.ReLU(),
            nn.Flatten(),
            nn.Dropout(0.3),
        )
        self.told = nn.Sequential(nn.BatchNorm1d(late), nn.Dropout(0.3))
        self.judge = nn.Sequential(nn.Linear(seen + late, _HIDDEN), nn.ReLU(), nn.Dropout(0.15))
        self.out = nn.Linear(_HIDDEN, 1)

    @classmethod
    def beside(cls, maps: Sequence[Tensor]) -> StrangerNet:
        """A new one for a reader with these maps, the early one first: random weights."""
        _, channels, height, width = maps[0].shape
        seen = 48 * (height // 2 - 2) * (width // 2 - 2)
        return cls(channels, features(maps[1:]).shape[1], seen)

    def forward(self, early: Tensor, late: Tensor) -> Tensor:
        """(N,) from (N, early, H, W) and (N, late)."""
        scores: Tensor = self.out(self.judge(torch.cat([self.look(early), self.told(late)], dim=1)))
        return scores[:, 0]


@dataclass(frozen=True, slots=True)
class Familiarity:
    """What a digit reader's drawings look like to it, from all else told apart. Fitted by calibration.py."""

    rows: tuple[int, ...]  # of the reader: an early feature map, its last ones, last hidden layer, scores
    net: StrangerNet

    def strangeness(self, maps: Sequence[Tensor]) -> Tensor:
        """(N,) from what leaves each row of the reader, with batch axis: above 0 it is no digit."""
        early, *late = (maps[row] for row in self.rows)
        strange: Tensor = self.net(early, features(late))
        return strange

    def tensors(self) -> dict[str, Tensor]:
        """For a weight file, in half precision: it is a doubt, not a sum of money."""
        return {
            name: tensor.half().contiguous()
            for name, tensor in self.net.state_dict().items()
            if tensor.is_floating_point()
        }

    @classmethod
    def of(cls, tensors: dict[str, Tensor], rows: Sequence[int]) -> Familiarity:
        """From a weight file."""
        early, late = tensors["look.0.weight"].shape[1], len(tensors["told.0.weight"])
        net = StrangerNet(early, late, tensors["judge.0.weight"].shape[1] - late)
        net.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
        return cls(tuple(rows), net.eval().requires_grad_(False))


def features(maps: Sequence[Tensor]) -> Tensor:
    """(N, features): feature maps averaged to 2×2 cells, vectors as they are."""
    cells = [
        functional.adaptive_avg_pool2d(values, _SHAPE_CELLS).flatten(1) if values.ndim == 4 else values
        for values in maps
    ]
    return torch.cat(cells, dim=1)


def blank_verdict(ink: Ink) -> Verdict:
    """On a sheet of which nothing can be read."""
    if ink.any():
        return Verdict("dot", "This is no more than a dot: draw it larger.")
    return Verdict("blank", "The sheet is blank.")


def verdict(
    probabilities: Sequence[float],
    classes: Sequence[str],
    drawing: Drawing,
    strangeness: float | None = None,
) -> Verdict:
    """What to think of an answer. `strangeness` above 0 says that the drawing is like none of the classes.

    What is drawn counts for networks that read digits only: two cars side by side are a picture of cars.
    """
    digits = all(name.isdecimal() and len(name) == 1 for name in classes)
    strange = strangeness is not None and strangeness > 0
    seen = _of_drawing(drawing, certain=strange) if digits else None
    if seen:
        return seen
    if strange:
        what = "digits" if digits else "classes"
        return Verdict("strange", f"This looks like none of the {what} that the network has learned from.")
    first, second = np.argsort(probabilities)[::-1][:2] if len(classes) > 1 else (0, 0)
    if probabilities[first] < UNSURE:
        return Verdict("torn", f"This could be {classes[first]} or {classes[second]}.")
    return Verdict("sure" if probabilities[first] >= SURE else "likely", "")


def _of_drawing(drawing: Drawing, certain: bool) -> Verdict | None:
    """`certain`: something else says already that this is no digit; then a gap is reason enough."""
    if (drawing.ink > 127).mean() > FULLEST:
        return Verdict("full", "There is more ink than paper: draw one digit with single lines.")
    if drawing.strokes and _length(drawing.strokes) > LONGEST:
        return Verdict("scribble", "The line is longer than a digit's: this looks like a scribble.")
    return _of_ink(drawing.ink, certain)


def _length(strokes: Sequence[Stroke]) -> float:
    """Of all lines together, in sides of the box around them."""
    low, high = bounds(strokes)
    steps = [np.hypot(*np.diff(stroke, axis=0).T).sum() for stroke in strokes]
    return float(np.sum(steps)) / max(float((high - low).max()), 1e-6)


def _of_ink(ink: Ink, certain: bool) -> Verdict | None:
    box = ink_box(np.where(ink > 64, ink, 0).astype(np.uint8))
    if box is None:
        return None
    drawn = ink[box] > 64
    height, width = drawn.shape
    least = max(2, round(_GAP * max(ink.shape)))
    if (certain or width > height) and _apart(drawn, least):
        return Verdict("two", "These look like two things side by side: draw one digit at a time.")
    if (certain or height > 2 * width) and _apart(drawn.T, least):
        return Verdict("two", "These look like two things, one above the other: draw one digit at a time.")
    return None


def _apart(drawn: NDArray[np.bool_], least: int) -> bool:
    """Whether blank columns part the ink into two things, each at least half as high as the whole."""
    inked: NDArray[np.bool_] = np.asarray(drawn.any(axis=0))
    for gap in np.flatnonzero(~inked[:-least]):
        if inked[gap : gap + least].any():
            continue
        halves = drawn[:, :gap], drawn[:, gap:]
        heights = [np.ptp(np.flatnonzero(half.any(axis=1))) + 1 for half in halves]
        if min(heights) >= _LEAST * drawn.shape[0]:
            return True
    return False
