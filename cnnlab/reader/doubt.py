"""Reasons to doubt an answer: "not sure" is worth more than "3 with 100 %" for a drawing of a horse.

A network assigns every drawing to one of its classes. Three things speak against its answer: ink that cannot
be one digit, an out-of-distribution drawing, and a probability that is divided between classes.
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

SURE = 0.9  # answers with at least this probability are right as often as they claim; see the model card
UNSURE = 0.6  # answers below this probability are often wrong


@dataclass(frozen=True, slots=True)
class Doubt:
    """Whether to trust an answer, and if not, why."""

    kind: Kind
    reason: Words  # one sentence for the screen; empty if there is nothing to say

    @property
    def sure(self) -> bool:
        """Whether to show the answer; otherwise the screen says "not sure"."""
        return self.kind in ("sure", "likely")


def reads_digits(classes: Sequence[str]) -> bool:
    """Whether all of a network's classes are digits."""
    return all(name.isdecimal() and len(name) == 1 for name in classes)


def blank_doubt(ink: Ink) -> Doubt:
    """The doubt about a sheet with nothing to read."""
    return Doubt(*nothing_to_read(ink))


def doubt_about(
    probabilities: Sequence[float],
    classes: Sequence[str],
    drawing: Drawing,
    novelty: float | None = None,
) -> Doubt:
    """Judge an answer. A `novelty` above 0 means that the drawing resembles none of the classes.

    The rules on shapes apply only to networks that read digits: two cars side by side are a picture of cars.
    """
    digits = reads_digits(classes)
    is_novel = novelty is not None and novelty > 0
    objection = not_one_digit(drawing, certain=is_novel) if digits else None
    if objection:
        return Doubt(*objection)
    if is_novel:
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
