"""How a run ended: a badge, a list, a sentence and a terminal all tell it alike."""

from __future__ import annotations

import math
from typing import Literal

from cnnlab.runs.records import Run

Ending = Literal[
    "finished",
    "target",
    "patience",
    "not learnt",
    "blown up",
    "stopped",
    "cancelled",
    "diverged",
    "memory",
    "failed",
    "interrupted",
]
TITLES: dict[Ending, str] = {
    "finished": "Finished",
    "target": "Target reached",
    "patience": "Stopped early",
    "not learnt": "Not learnt",
    "blown up": "Blown up",
    "stopped": "Stopped",
    "cancelled": "Cancelled",
    "diverged": "Diverged",
    "memory": "Memory full",
    "failed": "Failed",
    "interrupted": "Interrupted",
}
_BLOWN_UP = 10.0  # times the loss of pure guessing: no network that learns ends there


def ending(run: Run) -> Ending | None:
    """How the run ended; None for one that waits, trains or is paused."""
    if run.active:
        return None
    if run.state == "failed":
        return _failure(run)
    if run.state == "stopped":
        return "stopped" if run.progress.step else "cancelled"
    if run.state == "interrupted":
        return "interrupted"
    return _finish(run)


def _failure(run: Run) -> Ending:
    """Runs of an older lab have told it in their message alone."""
    if run.progress.reason == "diverged" or "training diverged" in run.message:
        return "diverged"
    full = run.progress.reason == "memory full" or run.message.startswith("The memory is full")
    return "memory" if full else "failed"


def _finish(run: Run) -> Ending:
    if is_blown_up(run):
        return "blown up"
    guesses = run.progress.guesses
    if guesses is None:
        guesses = not has_learnt(run.progress.best_val_accuracy, run.design.classes)
    if guesses:
        return "not learnt"
    return early_end(run) or "finished"


def early_end(run: Run) -> Literal["target", "patience"] | None:
    """What ended a finished run before its last epoch, as a person had asked; None where nothing did."""
    progress, target = run.progress, run.config.target_accuracy
    if progress.epoch >= progress.epochs:
        return None
    best = progress.best_val_accuracy
    if target and best is not None and best >= target:
        return "target"
    return "patience" if run.config.patience else None


def is_blown_up(run: Run) -> bool:
    """Whether a loss at the end is far above that of pure guessing, ln(classes)."""
    limit = _BLOWN_UP * math.log(run.design.classes)
    losses = (run.progress.train_loss, run.progress.val_loss)
    return any(loss is not None and not loss <= limit for loss in losses)


def has_learnt(accuracy: float | None, classes: int) -> bool:
    """Whether an accuracy is clearly above that of guessing; True where none was measured."""
    chance = 1 / classes
    return accuracy is None or accuracy >= chance + min(chance, 0.1)


def epochs_words(run: Run) -> str:
    """How far it came: '2 epochs', '4 of 60 epochs'."""
    done, planned = run.progress.epoch, run.progress.epochs or run.config.epochs
    if run.state == "finished" and early_end(run) is None:
        return f"{planned} epoch{'s' if planned != 1 else ''}"
    return f"{done} of {planned} epoch{'s' if planned != 1 else ''}"


def reason_words(run: Run) -> str:
    """Why it ended when it did, or what is wrong with its end; empty where it did all epochs and learned, and
    for a run that has not ended.
    """
    kind = ending(run)
    if run.state == "finished" and (early := early_end(run)):
        if early == "target":
            return f"reached {100 * run.config.target_accuracy:g} % validation accuracy, as you asked"
        patience = run.config.patience
        return f"{patience} epoch{'s' if patience != 1 else ''} without gain ended it, as you asked"
    return {
        "not learnt": "no better than guessing",
        "blown up": "its loss is far above that of guessing",
        "cancelled": "cancelled before its first batch",
        "diverged": "its numbers grew beyond all bounds",
        "memory": "the memory was full",
    }.get(kind or "", "")
