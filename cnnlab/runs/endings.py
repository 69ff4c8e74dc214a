"""How a run ended, in the same words for a badge, a list, a sentence and a terminal."""

from __future__ import annotations

import math
from typing import Literal

from cnnlab.ground.memory import MEMORY_FULL
from cnnlab.language import Words, _, lazy, plural
from cnnlab.runs.records import Run

Ending = Literal[  # `python -m cnnlab runs --json` prints these
    "finished",
    "target",
    "patience",
    "not learned",
    "blown up",
    "stopped",
    "canceled",
    "diverged",
    "memory",
    "failed",
    "interrupted",
]
TITLES: dict[Ending, Words] = {
    "finished": lazy("Finished"),
    "target": lazy("Target reached"),
    "patience": lazy("Stopped early"),
    "not learned": lazy("Not learned"),
    "blown up": lazy("Blown up"),
    "stopped": lazy("Stopped"),
    "canceled": lazy("Canceled"),
    "diverged": lazy("Diverged"),
    "memory": lazy("Memory full"),
    "failed": lazy("Failed"),
    "interrupted": lazy("Interrupted"),
}
_REASONS: dict[Ending, Words] = {
    "not learned": lazy("no better than guessing"),
    "blown up": lazy("its loss is far above that of guessing"),
    "canceled": lazy("canceled before its first batch"),
    "diverged": lazy("its numbers grew beyond all bounds"),
    "memory": lazy("the memory was full"),
}
_FAILURES: dict[str, Ending] = {"diverged": "diverged", MEMORY_FULL: "memory"}  # by Failed.reason
_OLD_REASONS = {"training diverged": "diverged", "The memory is full": MEMORY_FULL}
_BLOWN_UP = 10.0  # times the loss of pure guessing: a network that learns never ends up there


def ending(run: Run) -> Ending | None:
    """How the run ended; None if it is queued, training or paused."""
    if run.active:
        return None
    if run.state == "failed":
        return _failure(run)
    if run.state == "stopped":
        return "stopped" if run.progress.step else "canceled"
    if run.state == "interrupted":
        return "interrupted"
    return _finish(run)


def _failure(run: Run) -> Ending:
    reason = run.progress.reason or _old_reason(run.message)
    return _FAILURES.get(reason, "failed")


def _old_reason(message: Words) -> str:
    """The reason from the message: older labs stored it only there, as English text."""
    if isinstance(message, str):
        return next((reason for text, reason in _OLD_REASONS.items() if text in message), "")
    return ""


def _finish(run: Run) -> Ending:
    if is_blown_up(run):
        return "blown up"
    guesses = run.progress.guesses
    if guesses is None:
        guesses = not has_learned(run.progress.best_val_accuracy, run.design.classes)
    if guesses:
        return "not learned"
    return early_end(run) or "finished"


def early_end(run: Run) -> Literal["target", "patience"] | None:
    """Which of a person's stopping rules ended a finished run before its last epoch; None if none did."""
    progress, target = run.progress, run.config.target_accuracy
    if progress.epoch >= progress.epochs:
        return None
    best = progress.best_val_accuracy
    if target and best is not None and best >= target:
        return "target"
    return "patience" if run.config.patience else None


def is_blown_up(run: Run) -> bool:
    """Whether a final loss is far above that of pure guessing, ln(classes)."""
    limit = _BLOWN_UP * math.log(run.design.classes)
    losses = (run.progress.train_loss, run.progress.val_loss)
    return any(loss is not None and not loss <= limit for loss in losses)


def has_learned(accuracy: float | None, classes: int) -> bool:
    """Whether an accuracy is clearly above that of guessing; True if none was measured."""
    chance = 1 / classes
    return accuracy is None or accuracy >= chance + min(chance, 0.1)


def epochs_text(run: Run) -> str:
    """How far the run got: '2 epochs', '4 of 60 epochs'."""
    done, planned = run.progress.epoch, run.progress.epochs or run.config.epochs
    if run.state == "finished" and early_end(run) is None:
        return plural("{count} epoch", "{count} epochs", planned)
    return plural("{done} of {count} epoch", "{done} of {count} epochs", planned, done=done)


def reason_text(run: Run) -> str:
    """Why the run ended when it did, or what is wrong with the result.

    Empty if it did all epochs and learned, and for a run that has not ended.
    """
    kind = ending(run)
    if run.state == "finished" and (early := early_end(run)):
        if early == "target":
            accuracy = f"{100 * run.config.target_accuracy:g}"
            return _("reached {accuracy} % validation accuracy, as you asked", accuracy=accuracy)
        return plural(
            "{count} epoch without improvement ended it, as you asked",
            "{count} epochs without improvement ended it, as you asked",
            run.config.patience,
        )
    return str(_REASONS.get(kind, "")) if kind else ""
