"""The input and the result of a review of a run (run_review.py)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cnnlab.charts.changes import current_settings
from cnnlab.language import _
from cnnlab.runs.endings import has_learned
from cnnlab.runs.events import Inspection
from cnnlab.runs.guessing import guesses
from cnnlab.runs.records import Curves, EpochPoint, Run
from cnnlab.training.optimizer_kinds import OPTIMIZERS

Tone = Literal["good", "warning", "bad"]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One thing to try with a click: a fork from an epoch (None: the last) with other settings."""

    label: str
    epoch: int | None
    settings: dict[str, float | int]


@dataclass(frozen=True, slots=True)
class RunReview:
    """How well a run went, what its curves show, and what to try next.

    `tone`: whether this is good news. `dropout`, `rebuild`: whether to offer Dropout, or a link to Build.
    """

    result: str
    finding: str
    advice: str
    suggestions: tuple[Suggestion, ...] = ()
    dropout: bool = False
    rebuild: bool = False
    tone: Tone = "good"


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of a run that has ended after at least one epoch."""

    run: Run
    curves: Curves
    inspection: Inspection | None  # the last one
    pictures: int  # in validation; 0: unknown

    @property
    def last(self) -> EpochPoint:
        return self.curves.epochs[-1]

    @property
    def best(self) -> EpochPoint:
        return max(self.curves.epochs, key=lambda point: point.val_accuracy)

    @property
    def matrix(self) -> Sequence[Sequence[int]]:
        """The confusion matrix at the end; that of an inspection if an older lab measured no other."""
        return self.last.confusion or (self.inspection.confusion if self.inspection else [])

    def guessed(self, point: EpochPoint) -> bool:
        """Whether the network did no better than guessing after this epoch."""
        if point.confusion is None:
            return not has_learned(point.val_accuracy, self.run.design.classes)
        return guesses(point.confusion)

    @property
    def rate(self) -> float:
        return float(current_settings(self.run.config, self.curves.flags)["learning_rate"])

    @property
    def usual_rate(self) -> float:
        return OPTIMIZERS[self.run.config.optimizer].usual_rate


def smaller_rate(run: Run, curves: Curves, epoch: int | None) -> Suggestion:
    """A fork at a tenth of the rate, or at the optimizer's usual rate if that is even less."""
    rate = float(current_settings(run.config, curves.flags)["learning_rate"])
    usual = OPTIMIZERS[run.config.optimizer].usual_rate
    return at_rate(min(rate / 10, usual) if rate > 10 * usual else rate / 10, epoch)


def at_rate(rate: float, epoch: int | None) -> Suggestion:
    """A fork with this learning rate."""
    rounded = float(f"{rate:.3g}")
    return Suggestion(_("Learning rate {rate}", rate=f"{rounded:g}"), epoch, {"learning_rate": rounded})


def more_epochs() -> Suggestion:
    """A fork that continues from the end."""
    return Suggestion(_("10 more epochs"), None, {"epochs": 10})
