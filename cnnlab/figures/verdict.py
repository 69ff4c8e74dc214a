"""What a run's curves say, in words that a pupil understands, with the next thing to try."""

from __future__ import annotations

from dataclasses import dataclass

from cnnlab.figures.run_words import percent
from cnnlab.runs.records import Curves, EpochPoint, Run

_GAP = 0.03  # training accuracy ahead of validation accuracy by more than this is worth a word
_LOW = 0.90  # training accuracy below this means that the network has not even learnt its own pictures


@dataclass(frozen=True, slots=True)
class Verdict:
    """How well it went, what the curves show, what to try next."""

    result: str
    finding: str
    advice: str


def verdict(run: Run, curves: Curves) -> Verdict:
    """The verdict on a run that has ended; sensible also where it ended before its first epoch was over."""
    finding, advice = _finding(run, curves.epochs)
    return Verdict(_result(run), finding, advice)


def _result(run: Run) -> str:
    progress = run.progress
    guess = f"Guessing would get {100 / run.design.classes:.0f} %."
    if progress.test_accuracy is not None:
        right = round(progress.test_accuracy * 1000)
        return (
            f"Of 1,000 pictures that it has never seen it reads about {right:,} right "
            f"(test accuracy {percent(progress.test_accuracy)}). {guess}"
        )
    if progress.best_val_accuracy is not None:
        return f"Its best validation accuracy was {percent(progress.best_val_accuracy)}. {guess}"
    return "It ended before its first epoch was over, so there is no validation figure yet."


def _finding(run: Run, epochs: list[EpochPoint]) -> tuple[str, str]:
    if not epochs:
        return "", "Resume it, or start a run with fewer pictures in a batch."
    last = epochs[-1]
    best = max(epochs, key=lambda point: point.val_accuracy)
    lowest = min(epochs, key=lambda point: point.val_loss)
    if last.val_accuracy < 2 / run.design.classes:
        return (
            "It hardly does better than guessing: it has not learnt anything yet.",
            "Try a smaller learning rate (a tenth of this one); if that does not help, a larger one.",
        )
    gap = last.train_accuracy - last.val_accuracy
    if gap > _GAP or (gap > _GAP / 3 and last.val_loss > 1.3 * lowest.val_loss):
        return (
            f"It over-fits: after epoch {last.epoch} it reads its own training pictures better "
            f"({percent(last.train_accuracy)}) than others ({percent(last.val_accuracy)}); "
            f"its validation loss was lowest in epoch {lowest.epoch}.",
            "Try Dropout before the last layers, some weight decay, or fewer epochs.",
        )
    if last is not best:
        return (
            f"It has learnt what it can: the best was epoch {best.epoch}, later ones did no better.",
            "Try another network, or draw with this one.",
        )
    if len(epochs) == 1:
        return "It has seen each picture once; that is too little to judge.", "Try a few epochs more."
    if last.train_accuracy < _LOW:
        return (
            f"It is still learning: even of its own training pictures it reads only "
            f"{percent(last.train_accuracy)} right.",
            "Try more epochs, or a larger learning rate.",
        )
    return (
        "It was still getting better when it ended: the last epoch was the best.",
        "Try a few epochs more.",
    )
