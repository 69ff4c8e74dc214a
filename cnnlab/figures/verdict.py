"""What a run's curves say, in words that a pupil understands, with the next thing to try."""

from __future__ import annotations

from dataclasses import dataclass

from cnnlab.design import Design
from cnnlab.figures.changes import settings_now
from cnnlab.figures.run_words import percent
from cnnlab.layers import Dropout
from cnnlab.runs.records import Curves, EpochPoint, Run

_GAP = 0.03  # training accuracy ahead of validation accuracy by more than this is worth a word
_LOW = 0.90  # training accuracy below this means that the network has not even learnt its own pictures


@dataclass(frozen=True, slots=True)
class Next:
    """One thing to try with a click: a fork from an epoch (None: the last) under other settings."""

    label: str
    epoch: int | None
    settings: dict[str, float | int]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How well it went, what the curves show, what to try next; `dropout`: whether to offer it."""

    result: str
    finding: str
    advice: str
    nexts: tuple[Next, ...] = ()
    dropout: bool = False


def verdict(run: Run, curves: Curves) -> Verdict:
    """The verdict on a run that has ended; sensible also where it ended before its first epoch was over."""
    if run.state == "failed" and "diverged" in run.message:
        return _diverged(run, curves)
    return _finding(_result(run), run, curves)


def _diverged(run: Run, curves: Curves) -> Verdict:
    return Verdict(
        _result(run),
        "It diverged: its steps were so large that the numbers grew beyond all bounds.",
        "Try a tenth of the learning rate, or gradient clipping (More settings).",
        (_slower(run, curves, None),),
    )


def _slower(run: Run, curves: Curves, epoch: int | None) -> Next:
    rate = float(f"{settings_now(run.config, curves.flags)['learning_rate'] / 10:.3g}")
    return Next(f"Learning rate {rate:g}", epoch, {"learning_rate": rate})


def _longer() -> Next:
    return Next("10 more epochs", None, {"epochs": 10})


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


def _finding(result: str, run: Run, curves: Curves) -> Verdict:
    epochs = curves.epochs
    if not epochs:
        return Verdict(result, "", "Resume it, or start a run with fewer pictures in a batch.")
    last = epochs[-1]
    best = max(epochs, key=lambda point: point.val_accuracy)
    if last.val_accuracy < 2 / run.design.classes:
        return Verdict(
            result,
            "It hardly does better than guessing: it has not learnt anything yet.",
            "Try a smaller learning rate (a tenth of this one); if that does not help, a larger one.",
            (_slower(run, curves, 0),),
        )
    if _over_fits(epochs):
        return _over_fitting(result, run, epochs)
    if last is not best:
        return Verdict(
            result,
            f"It has learnt what it can: the best was epoch {best.epoch}, later ones did no better.",
            "Try smaller steps from its best epoch, another network, or draw with this one.",
            (_slower(run, curves, best.epoch),),
        )
    if len(epochs) == 1:
        finding = "It has seen each picture once; that is too little to judge."
        return Verdict(result, finding, "Try a few epochs more.", (_longer(),))
    if last.train_accuracy < _LOW:
        return Verdict(
            result,
            f"It under-fits, or is still learning: even of its own training pictures it reads only "
            f"{percent(last.train_accuracy)} right.",
            "Try more epochs, a larger learning rate, or a larger network.",
            (_longer(),),
        )
    return Verdict(
        result,
        "It was still getting better when it ended: the last epoch was the best.",
        "Try a few epochs more.",
        (_longer(),),
    )


def _over_fits(epochs: list[EpochPoint]) -> bool:
    last = epochs[-1]
    gap = last.train_accuracy - last.val_accuracy
    lowest = min(point.val_loss for point in epochs)
    return gap > _GAP or (gap > _GAP / 3 and last.val_loss > 1.3 * lowest)


def _over_fitting(result: str, run: Run, epochs: list[EpochPoint]) -> Verdict:
    last = epochs[-1]
    lowest = min(epochs, key=lambda point: point.val_loss)
    has_dropout = any(layer.kind.startswith("Dropout") for layer in run.design.layers)
    return Verdict(
        result,
        f"It over-fits: after epoch {last.epoch} it reads its own training pictures better "
        f"({percent(last.train_accuracy)}) than others ({percent(last.val_accuracy)}); "
        f"its validation loss was lowest in epoch {lowest.epoch}.",
        "Try Dropout before the last layers, some weight decay, or fewer epochs.",
        (Next("Weight decay 0.001", 0, {"weight_decay": 0.001}),) if run.config.weight_decay < 0.001 else (),
        not has_dropout,
    )


def with_dropout(design: Design) -> Design | None:
    """The design with Dropout before its last dense layer; None where nothing comes before one."""
    rows = [row for row, layer in enumerate(design.layers) if layer.kind == "Linear"]
    if not rows or not rows[-1]:
        return None
    layers = list(design.layers)
    return design.with_layers((*layers[: rows[-1]], Dropout(p=0.5), *layers[rows[-1] :]))
