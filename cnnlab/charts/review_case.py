"""What is known of a run that is to be judged, and what a judgement consists of (run_review.py)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cnnlab.charts.changes import settings_now
from cnnlab.language import _
from cnnlab.runs.endings import has_learnt
from cnnlab.runs.events import Inspection
from cnnlab.runs.guessing import guesses
from cnnlab.runs.records import Curves, EpochPoint, Run
from cnnlab.training.optimizer_kinds import OPTIMIZERS

Tone = Literal["good", "warning", "bad"]


@dataclass(frozen=True, slots=True)
class Next:
    """One thing to try with a click: a fork from an epoch (None: the last) under other settings."""

    label: str
    epoch: int | None
    settings: dict[str, float | int]


@dataclass(frozen=True, slots=True)
class RunReview:
    """How well it went, what the curves show, what to try next.

    `tone`: whether this is good news. `dropout`, `rebuild`: whether to offer Dropout, or the way to Build.
    """

    result: str
    finding: str
    advice: str
    nexts: tuple[Next, ...] = ()
    dropout: bool = False
    rebuild: bool = False
    tone: Tone = "good"


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of a run that has ended, and was trained for an epoch at least."""

    run: Run
    curves: Curves
    looked: Inspection | None  # the last look at the network
    pictures: int  # in validation; 0: unknown

    @property
    def last(self) -> EpochPoint:
        return self.curves.epochs[-1]

    @property
    def best(self) -> EpochPoint:
        return max(self.curves.epochs, key=lambda point: point.val_accuracy)

    @property
    def matrix(self) -> Sequence[Sequence[int]]:
        """The answers at its end; those to some pictures, where an older lab measured no others."""
        return self.last.confusion or (self.looked.confusion if self.looked else [])

    def guessed(self, point: EpochPoint) -> bool:
        """Whether it did no better than guessing after this epoch."""
        if point.confusion is None:
            return not has_learnt(point.val_accuracy, self.run.design.classes)
        return guesses(point.confusion)

    @property
    def rate(self) -> float:
        return float(settings_now(self.run.config, self.curves.flags)["learning_rate"])

    @property
    def usual_rate(self) -> float:
        return OPTIMIZERS[self.run.config.optimizer].usual_rate


def slower(run: Run, curves: Curves, epoch: int | None) -> Next:
    """A tenth of the rate, or the optimizer's usual one where that is less still."""
    rate = float(settings_now(run.config, curves.flags)["learning_rate"])
    usual = OPTIMIZERS[run.config.optimizer].usual_rate
    return at_rate(min(rate / 10, usual) if rate > 10 * usual else rate / 10, epoch)


def at_rate(rate: float, epoch: int | None) -> Next:
    """A fork under this learning rate."""
    rounded = float(f"{rate:.3g}")
    return Next(_("Learning rate {rate}", rate=f"{rounded:g}"), epoch, {"learning_rate": rounded})


def longer() -> Next:
    """A fork from its end that goes on."""
    return Next(_("10 more epochs"), None, {"epochs": 10})
