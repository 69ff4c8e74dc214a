"""What speaks against an answer, in one sentence: "not sure" is worth more than "3 with 100 %" for a horse.

A network gives every drawing to one of its classes. Three things speak against it: ink that cannot be one
digit, a drawing unlike all that the network has learned from, and classes that share the probability.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cnnlab.data import class_words
from cnnlab.drawing.ink import Drawing
from cnnlab.drawing.shape_rules import not_one_digit, nothing_to_read
from cnnlab.drawing.strokes import Ink
from cnnlab.language import Words, lazy

Kind = Literal["sure", "likely", "torn", "strange", "two", "scribble", "full", "dot", "blank"]

SURE = 0.9  # answers above it are right as often as they say; see the model card
UNSURE = 0.6  # answers below it are often wrong


@dataclass(frozen=True, slots=True)
class Doubt:
    """Whether to believe the answer, and if not, why."""

    kind: Kind
    reason: Words  # one sentence for the screen; empty where there is nothing to say

    @property
    def sure(self) -> bool:
        """False where the answer ought to read "not sure"."""
        return self.kind in ("sure", "likely")


def reads_digits(classes: Sequence[str]) -> bool:
    """Whether a network's classes are digits, and nothing else."""
    return all(name.isdecimal() and len(name) == 1 for name in classes)


def blank_doubt(ink: Ink) -> Doubt:
    """On a sheet of which nothing can be read."""
    return Doubt(*nothing_to_read(ink))


def doubt_about(
    probabilities: Sequence[float],
    classes: Sequence[str],
    drawing: Drawing,
    strangeness: float | None = None,
) -> Doubt:
    """What to think of an answer. `strangeness` above 0 says that the drawing is like none of the classes.

    What is drawn counts for networks that read digits only: two cars side by side are a picture of cars.
    """
    digits = reads_digits(classes)
    strange = strangeness is not None and strangeness > 0
    seen = not_one_digit(drawing, certain=strange) if digits else None
    if seen:
        return Doubt(*seen)
    if strange:
        reason = (
            lazy("This looks like none of the digits that the network has learned from.")
            if digits
            else lazy("This looks like none of the classes that the network has learned from.")
        )
        return Doubt("strange", reason)
    first, second = np.argsort(probabilities)[::-1][:2] if len(classes) > 1 else (0, 0)
    if probabilities[first] < UNSURE:
        names = {"first": class_words(classes[first]), "second": class_words(classes[second])}
        return Doubt("torn", lazy("This could be {first} or {second}.", **names))
    return Doubt("sure" if probabilities[first] >= SURE else "likely", "")
