"""Loss and accuracy of a run, made ready to draw while it grows.

Two kinds of numbers stand side by side and are labeled as what they are: training figures are measured
batch by batch in training mode (dropout active, weights changing), validation figures on the whole
validation set in evaluation mode.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from cnnlab.charts.changes import flag_words
from cnnlab.charts.run_words import percent
from cnnlab.design.design import Design
from cnnlab.language import _, language, plural, sentences
from cnnlab.runs.records import Curves, EpochPoint, Run
from cnnlab.runs.words import number

PIECES = 250  # of a line at most, an even number; raw lines have two points a piece


@dataclass(slots=True)
class _Piece:
    """Some batches in a row: where the line was lowest and highest, and the smoothed value at their end."""

    low_step: int
    low: float
    high_step: int
    high: float
    end: int
    smooth: float

    def join(self, later: _Piece) -> _Piece:
        low = self if self.low <= later.low else later
        high = self if self.high >= later.high else later
        return _Piece(low.low_step, low.low, high.high_step, high.high, later.end, later.smooth)

    def texts(self, digits: int) -> tuple[str, str, str, str]:
        """As JSON: steps and values of its extremes, its end, the smoothed value there."""
        points = sorted({(self.low_step, self.low), (self.high_step, self.high)})
        steps = ",".join(str(step) for step, _ in points)
        values = ",".join(str(round(value, digits)) for _, value in points)
        return steps, values, str(self.end), str(round(self.smooth, digits))


class Line:
    """One measure of a run, batch by batch, in at most 500 points.

    A piece holds 1, 2, 4, ... batches and all double at once when there are too many. So what is drawn
    stays where it is, and a growing line does not flicker. Extremes are kept: a spike is never lost.
    """

    def __init__(self, span: int, digits: int = 5) -> None:
        self._span = span  # the moving average reaches back over about so many batches
        self._digits = digits  # behind the point
        self._smooth = 0.0
        self._count = 0
        self._pieces: list[_Piece] = []
        self._width = 1  # batches in a piece
        self._filled = 0  # batches in the last piece
        self._texts: list[tuple[str, str, str, str]] = []  # of the full pieces, as far as they were asked for

    def add(self, step: int, value: float) -> None:
        """One more batch; what is not a number (a diverged loss) leaves a gap."""
        if not isfinite(value):
            return
        # At the start, where the line falls fast, the average reaches back less far: an eighth of the way.
        share = max(1 / self._span, 1 / (1 + self._count / 8))
        self._smooth += share * (value - self._smooth)
        self._count += 1
        piece = _Piece(step, value, step, value, step, self._smooth)
        if self._pieces and self._filled < self._width:
            self._pieces[-1] = self._pieces[-1].join(piece)
            self._filled += 1
        else:
            self._pieces.append(piece)
            self._filled = 1
        if len(self._pieces) > PIECES:
            self._halve()

    def _halve(self) -> None:
        """Join neighbors. There is an even number of full pieces, and one that has just begun."""
        *full, begun = self._pieces
        pairs = zip(full[::2], full[1::2], strict=True)
        self._pieces = [*(first.join(second) for first, second in pairs), begun]
        self._width *= 2
        self._texts = []

    def as_json(self) -> str:
        """{"raw": [steps, values], "smooth": [steps, values]}: as it was measured, thinned to the extremes,
        and the moving average. What stays where it is was written before: a tick adds only what is new.
        """
        full = self._pieces[len(self._texts) : -1]
        self._texts += [piece.texts(self._digits) for piece in full]
        texts = [*self._texts, *(piece.texts(self._digits) for piece in self._pieces[-1:])]
        columns = [",".join(column) for column in zip(*texts, strict=True)] or [""] * 4
        return '{{"raw":[[{}],[{}]],"smooth":[[{}],[{}]]}}'.format(*columns)

    @property
    def last(self) -> float | None:
        """The moving average now."""
        return self._pieces[-1].smooth if self._pieces else None


class LiveCurves:
    """The curves of one run, kept for all its viewers: each tick adds only what is new."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._start(span=1)

    def _start(self, span: int) -> None:
        self.span = span
        self._loss, self._accuracy = Line(span, 5), Line(span, 2)
        self._count = 0
        self._last: tuple[int, float] | None = None
        self._drawn: dict[str, tuple[int, str]] = {}  # by the language of the flags
        self._epochs: tuple[EpochPoint | None, str] = (None, "[]")

    def drawing(self, run: Run, curves: Curves) -> str:
        """JSON for the component that draws them; the same text as before where nothing is new."""
        with self._turn:
            self._follow(curves, smoothing_span(run))
            code = language()
            if code not in self._drawn or self._drawn[code][0] != curves.seq:
                self._drawn[code] = (curves.seq, self._body(run, curves))
            return self._drawn[code][1]

    def smoothed(self, run: Run, curves: Curves) -> tuple[float | None, float | None]:
        """Training loss and accuracy now, as moving averages."""
        with self._turn:
            self._follow(curves, smoothing_span(run))
            return self._loss.last, self._accuracy.last

    def _follow(self, curves: Curves, span: int) -> None:
        known = min(self._count, len(curves.steps))
        came = (curves.steps[known - 1], curves.loss[known - 1]) if known else None
        # A resumed run goes back to its checkpoint: then the lines are drawn anew.
        if span != self.span or known < self._count or came != self._last:
            self._start(span)
        fresh = slice(self._count, len(curves.steps))
        for step, loss, accuracy in zip(
            curves.steps[fresh], curves.loss[fresh], curves.accuracy[fresh], strict=True
        ):
            self._loss.add(step, loss)
            self._accuracy.add(step, 100 * accuracy)
        if self._count < len(curves.steps):
            self._count = len(curves.steps)
            self._last = (curves.steps[-1], curves.loss[-1])

    def _body(self, run: Run, curves: Curves) -> str:
        words = flag_words(run.config, curves.flags)
        flags = [[flag.step, text] for flag, text in zip(curves.flags, words, strict=True)]
        parts = {
            "loss": self._loss.as_json(),
            "accuracy": self._accuracy.as_json(),
            "epochs": self._epochs_json(curves.epochs),
            "flags": json.dumps(flags),
        }
        return "{" + ",".join(f'"{name}":{text}' for name, text in parts.items()) + "}"

    def _epochs_json(self, epochs: Sequence[EpochPoint]) -> str:
        """Written once an epoch, not once a tick. Of more than 500 every second, third, ... is shown."""
        newest = epochs[-1] if epochs else None
        if self._epochs[0] != newest:
            every = len(epochs) // 500 + 1
            shown = [point for point in epochs if point.epoch % every == 0 or point is newest]
            figures = [[point.epoch, point.step, *_epoch_figures(point)] for point in shown]
            self._epochs = (newest, json.dumps(figures, separators=(",", ":")))
        return self._epochs[1]


def _epoch_figures(point: EpochPoint) -> list[float | None]:
    """Loss and accuracy (percent) in training, then in validation; None for what is not a number."""
    figures = (
        round(point.train_loss, 5) if isfinite(point.train_loss) else None,
        round(100 * point.train_accuracy, 2),
        round(point.val_loss, 5) if isfinite(point.val_loss) else None,
        round(100 * point.val_accuracy, 2),
    )
    return list(figures)


def smoothing_span(run: Run) -> int:
    """Over how many batches the bold line averages: a hundredth of the run, 5 to 50."""
    total = run.progress.epochs * run.progress.batches
    return max(5, min(50, total // 100))


def line_labels(design: Design, span: int) -> dict[str, str]:
    """What the lines are, in the words of the legend."""
    dropout = any(layer.kind.startswith("Dropout") for layer in design.layers)
    return {
        "raw": _("training (with dropout, per batch)") if dropout else _("training (per batch)"),
        "smooth": _("the same, averaged over up to {span} batches", span=span),
        "validation": _("validation (whole set, evaluation mode)"),
    }


def in_words(curves: Curves) -> str:
    """The charts for somebody who does not see them: from where to where, with the numbers."""
    if not curves.steps:
        return _("No batch has been trained yet.")
    return sentences([_training_words(curves), _validation_words(curves.epochs)])


def _training_words(curves: Curves) -> str:
    loss, accuracy = curves.loss, curves.accuracy
    return plural(
        "After {count} batch the training loss of a batch went from {loss} to {last_loss} "
        "and its accuracy from {accuracy} to {last_accuracy}.",
        "After {count} batches the training loss of a batch went from {loss} to {last_loss} "
        "and its accuracy from {accuracy} to {last_accuracy}.",
        len(curves.steps),
        loss=number(loss[0]),
        last_loss=number(loss[-1]),
        accuracy=percent(accuracy[0]),
        last_accuracy=percent(accuracy[-1]),
    )


def _validation_words(epochs: Sequence[EpochPoint]) -> str:
    if not epochs:
        return _("Validation comes at the end of the first epoch.")
    first, last = epochs[0], epochs[-1]
    ends = {"loss": number(last.val_loss), "epoch": last.epoch, "accuracy": percent(last.val_accuracy)}
    if first is last:
        return _("Validation loss is {loss} after epoch {epoch}, validation accuracy {accuracy}.", **ends)
    best = max(epochs, key=lambda point: point.val_accuracy)
    return _(
        "Validation loss went from {first_loss} after epoch {first_epoch} to {loss} after epoch {epoch}, "
        "validation accuracy from {first_accuracy} to {accuracy}; "
        "the best was {best} in epoch {best_epoch}.",
        **ends,
        first_loss=number(first.val_loss),
        first_epoch=first.epoch,
        first_accuracy=percent(first.val_accuracy),
        best=percent(best.val_accuracy),
        best_epoch=best.epoch,
    )
