"""Loss and accuracy of a run, prepared for drawing while it grows.

Two kinds of numbers are shown together and labeled accordingly: training numbers are measured batch by batch
in training mode (dropout active, weights changing), validation numbers on the whole validation set in
evaluation mode.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from cnnlab.charts.changes import flag_texts
from cnnlab.charts.run_words import percent
from cnnlab.design.design import Design
from cnnlab.language import _, language, plural, sentences
from cnnlab.runs.records import Curves, EpochPoint, Run
from cnnlab.runs.words import number

PIECES = 250  # at most in a line, an even number; raw lines have two points per piece


@dataclass(slots=True)
class _Piece:
    """Some consecutive batches: the extremes of the line, and the smoothed value at the end."""

    low_step: int
    low: float
    high_step: int
    high: float
    end: int
    smooth: float

    def merged_with(self, later: _Piece) -> _Piece:
        low = self if self.low <= later.low else later
        high = self if self.high >= later.high else later
        return _Piece(low.low_step, low.low, high.high_step, high.high, later.end, later.smooth)

    def texts(self, digits: int) -> tuple[str, str, str, str]:
        """As JSON: steps and values of the extremes, the last step, the smoothed value there."""
        points = sorted({(self.low_step, self.low), (self.high_step, self.high)})
        steps = ",".join(str(step) for step, _ in points)
        values = ",".join(str(round(value, digits)) for _, value in points)
        return steps, values, str(self.end), str(round(self.smooth, digits))


class Line:
    """One measurement of a run, batch by batch, in at most 500 points.

    A piece holds 1, 2, 4, ... batches; when there are too many pieces, all are merged in pairs. So points
    stay where they are, and a growing line does not flicker. Extremes are kept: no spike is lost.
    """

    def __init__(self, span: int, digits: int = 5) -> None:
        self._span = span  # of the moving average, in batches
        self._digits = digits  # after the decimal point
        self._smooth = 0.0
        self._count = 0
        self._pieces: list[_Piece] = []
        self._width = 1  # batches in a piece
        self._filled = 0  # batches in the last piece
        self._texts: list[tuple[str, str, str, str]] = []  # of the full pieces, as far as needed

    def add(self, step: int, value: float) -> None:
        """Add a batch; a value that is not finite (a diverged loss) leaves a gap."""
        if not isfinite(value):
            return
        # At the start, where the line falls fast, the average covers only the last eighth of the batches.
        share = max(1 / self._span, 1 / (1 + self._count / 8))
        self._smooth += share * (value - self._smooth)
        self._count += 1
        piece = _Piece(step, value, step, value, step, self._smooth)
        if self._pieces and self._filled < self._width:
            self._pieces[-1] = self._pieces[-1].merged_with(piece)
            self._filled += 1
        else:
            self._pieces.append(piece)
            self._filled = 1
        if len(self._pieces) > PIECES:
            self._merge_pairs()

    def _merge_pairs(self) -> None:
        """Merge neighbors. There is an even number of full pieces, and one that has just begun."""
        *full, begun = self._pieces
        pairs = zip(full[::2], full[1::2], strict=True)
        self._pieces = [*(first.merged_with(second) for first, second in pairs), begun]
        self._width *= 2
        self._texts = []

    def as_json(self) -> str:
        """{"raw": [steps, values], "smooth": [steps, values]}: the measurements, thinned to their extremes,
        and the moving average. The texts of full pieces are cached: a tick only adds what is new.
        """
        full = self._pieces[len(self._texts) : -1]
        self._texts += [piece.texts(self._digits) for piece in full]
        texts = [*self._texts, *(piece.texts(self._digits) for piece in self._pieces[-1:])]
        columns = [",".join(column) for column in zip(*texts, strict=True)] or [""] * 4
        return '{{"raw":[[{}],[{}]],"smooth":[[{}],[{}]]}}'.format(*columns)

    @property
    def last(self) -> float | None:
        """The current moving average."""
        return self._pieces[-1].smooth if self._pieces else None


class LiveCurves:
    """The curves of one run, shared by all its viewers: each tick only adds what is new."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._start(span=1)

    def _start(self, span: int) -> None:
        self.span = span
        self._loss, self._accuracy = Line(span, 5), Line(span, 2)
        self._count = 0
        self._last: tuple[int, float] | None = None
        self._drawn: dict[str, tuple[int, str]] = {}  # by the language of the flags
        self._epochs: tuple[EpochPoint | None, str] = (None, "[]")

    def drawing(self, run: Run, curves: Curves) -> str:
        """JSON for the component that draws them; the same text as before if nothing is new."""
        with self._lock:
            self._update(curves, smoothing_span(run))
            code = language()
            if code not in self._drawn or self._drawn[code][0] != curves.seq:
                self._drawn[code] = (curves.seq, self._body(run, curves))
            return self._drawn[code][1]

    def smoothed(self, run: Run, curves: Curves) -> tuple[float | None, float | None]:
        """The current training loss and accuracy, as moving averages."""
        with self._lock:
            self._update(curves, smoothing_span(run))
            return self._loss.last, self._accuracy.last

    def _update(self, curves: Curves, span: int) -> None:
        known = min(self._count, len(curves.steps))
        last = (curves.steps[known - 1], curves.loss[known - 1]) if known else None
        # A resumed run goes back to its checkpoint: then the lines are drawn from scratch.
        if span != self.span or known < self._count or last != self._last:
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
        texts = flag_texts(run.config, curves.flags)
        flags = [[flag.step, text] for flag, text in zip(curves.flags, texts, strict=True)]
        parts = {
            "loss": self._loss.as_json(),
            "accuracy": self._accuracy.as_json(),
            "epochs": self._epochs_json(curves.epochs),
            "flags": json.dumps(flags),
        }
        return "{" + ",".join(f'"{name}":{text}' for name, text in parts.items()) + "}"

    def _epochs_json(self, epochs: Sequence[EpochPoint]) -> str:
        """The epochs as JSON, cached per epoch; if there are more than 500, every 2nd, 3rd, ... of them."""
        newest = epochs[-1] if epochs else None
        if self._epochs[0] != newest:
            every = len(epochs) // 500 + 1
            shown = [point for point in epochs if point.epoch % every == 0 or point is newest]
            figures = [[point.epoch, point.step, *_epoch_numbers(point)] for point in shown]
            self._epochs = (newest, json.dumps(figures, separators=(",", ":")))
        return self._epochs[1]


def _epoch_numbers(point: EpochPoint) -> list[float | None]:
    """Loss and accuracy (percent) in training, then in validation; None for what is not finite."""
    figures = (
        round(point.train_loss, 5) if isfinite(point.train_loss) else None,
        round(100 * point.train_accuracy, 2),
        round(point.val_loss, 5) if isfinite(point.val_loss) else None,
        round(100 * point.val_accuracy, 2),
    )
    return list(figures)


def smoothing_span(run: Run) -> int:
    """The number of batches that the bold line averages over: a hundredth of the run, 5 to 50."""
    total = run.progress.epochs * run.progress.batches
    return max(5, min(50, total // 100))


def line_labels(design: Design, span: int) -> dict[str, str]:
    """The labels of the lines in the legend."""
    dropout = any(layer.kind.startswith("Dropout") for layer in design.layers)
    return {
        "raw": _("training (with dropout, per batch)") if dropout else _("training (per batch)"),
        "smooth": _("the same, averaged over up to {span} batches", span=span),
        "validation": _("validation (whole set, evaluation mode)"),
    }


def curves_text(curves: Curves) -> str:
    """A text alternative to the charts, for screen readers: first and last values."""
    if not curves.steps:
        return _("No batch has been trained yet.")
    return sentences([_training_text(curves), _validation_text(curves.epochs)])


def _training_text(curves: Curves) -> str:
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


def _validation_text(epochs: Sequence[EpochPoint]) -> str:
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
