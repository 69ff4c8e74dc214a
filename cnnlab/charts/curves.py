"""Loss and accuracy of a run, prepared for drawing while it grows.

Two kinds of numbers are shown together and labeled accordingly: training numbers are measured batch by batch
in training mode (dropout active, weights changing), validation numbers on the whole validation set in
evaluation mode.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import NamedTuple

from cnnlab.charts.changes import flag_texts
from cnnlab.charts.rates import Rates
from cnnlab.charts.run_words import percent
from cnnlab.design.design import Design
from cnnlab.language import _, plural, sentences
from cnnlab.runs.records import Curves, EpochPoint, Run, seconds_at
from cnnlab.runs.words import number

START = 200  # batches at the start of a run that are never merged: there a line falls fastest
PIECES = 250  # at most in the rest of a line, an even number; each has the two extremes of its batches
_EPOCHS = 500  # points at most


@dataclass(slots=True)
class _Span:
    """Some consecutive values of one measurement: their extremes and their sum."""

    low_step: int
    low: float
    high_step: int
    high: float
    total: float
    count: int

    def add(self, step: int, value: float) -> None:
        if value < self.low:
            self.low_step, self.low = step, value
        if value > self.high:
            self.high_step, self.high = step, value
        self.total += value
        self.count += 1

    def merged_with(self, later: _Span) -> _Span:
        low = self if self.low <= later.low else later
        high = self if self.high >= later.high else later
        total, count = self.total + later.total, self.count + later.count
        return _Span(low.low_step, low.low, high.high_step, high.high, total, count)

    def extremes(self, digits: int) -> list[float]:
        """Steps and values of the two extremes, in their order."""
        first, second = sorted([(self.low_step, self.low), (self.high_step, self.high)])
        return [first[0], round(first[1], digits), second[0], round(second[1], digits)]


@dataclass(slots=True)
class _Piece:
    """Some consecutive batches up to `end`. A measurement is None if none of its values is finite."""

    end: int
    loss: _Span | None
    accuracy: _Span | None

    def add(self, step: int, loss: float, accuracy: float) -> None:
        self.end = step
        self.loss = _extended(self.loss, step, loss)
        self.accuracy = _extended(self.accuracy, step, accuracy)

    def merged_with(self, later: _Piece) -> _Piece:
        return _Piece(later.end, _merged(self.loss, later.loss), _merged(self.accuracy, later.accuracy))


def _merged(first: _Span | None, second: _Span | None) -> _Span | None:
    return first.merged_with(second) if first and second else first or second


def _extended(span: _Span | None, step: int, value: float) -> _Span | None:
    if span is None:
        return _span(step, value)
    if isfinite(value):
        span.add(step, value)
    return span


def _span(step: int, value: float) -> _Span | None:
    """One value; None for one that is not finite (a diverged loss), which leaves a gap in the line."""
    return _Span(step, value, step, value, value, 1) if isfinite(value) else None


class Trace:
    """Loss and accuracy of a run, batch by batch, in at most START + PIECES pieces.

    Each of the first START batches is a piece of its own. After them a piece holds 1, 2, 4, ... batches;
    when there are too many pieces, these are merged in pairs. So points stay where they are, and a growing
    line does not flicker. Extremes are kept: no spike is lost.
    """

    def __init__(self) -> None:
        self.width = 1  # batches in a piece after the first START
        self._filled = 0  # batches in the last piece
        self._pieces: list[_Piece] = []
        self._texts: list[str] = []  # of the full pieces, as far as needed

    @property
    def full(self) -> int:
        """The number of pieces that will not change any more, unless they are merged."""
        return max(0, len(self._pieces) - 1)

    def add(self, step: int, loss: float, accuracy: float) -> None:
        """Add a batch; its accuracy is in percent."""
        if len(self._pieces) > START and self._filled < self.width:
            self._pieces[-1].add(step, loss, accuracy)
            self._filled += 1
        else:
            self._pieces.append(_Piece(step, _span(step, loss), _span(step, accuracy)))
            self._filled = 1
        if len(self._pieces) > START + PIECES:
            self._merge_pairs()

    def forget_texts(self) -> None:
        """Make all texts again: their axes have changed."""
        self._texts = []

    def _merge_pairs(self) -> None:
        """Merge neighbors. After the start are an even number of full pieces, and one that has just begun."""
        *full, begun = self._pieces[START:]
        pairs = zip(full[::2], full[1::2], strict=True)
        self._pieces[START:] = [*(first.merged_with(second) for first, second in pairs), begun]
        self.width *= 2
        self._texts = self._texts[:START]

    def texts(self, since: int, axes: Callable[[int], list[float | None]]) -> list[str]:
        """The pieces from number `since` on as JSON: [end, axes at the end, mean loss, mean accuracy, ...].

        A piece of several batches also has the extremes of both: [step, value, step, value]. The texts of
        full pieces are cached: a tick only adds what is new.
        """
        self._texts += [_text(piece, axes) for piece in self._pieces[len(self._texts) : -1]]
        return [*self._texts[since:], *(_text(piece, axes) for piece in self._pieces[-1:])]


def _text(piece: _Piece, axes: Callable[[int], list[float | None]]) -> str:
    figures: list[object] = [piece.end, *axes(piece.end)]
    measured = ((piece.loss, 5), (piece.accuracy, 2))
    figures += [span and round(span.total / span.count, digits) for span, digits in measured]
    if any(span and span.count > 1 for span, _digits in measured):
        figures += [
            part for span, digits in measured for part in (span.extremes(digits) if span else [None] * 4)
        ]
    return json.dumps(figures, separators=(",", ":"))


class _Average:
    """A moving average over `span` batches; at the start, where a line falls fast, over fewer."""

    def __init__(self, span: int) -> None:
        self._span = span
        self._count = 0
        self._value = 0.0

    def add(self, value: float) -> None:
        if isfinite(value):
            share = max(1 / self._span, 1 / (1 + self._count / 8))
            self._value += share * (value - self._value)
            self._count += 1

    @property
    def value(self) -> float | None:
        return self._value if self._count else None


class Known(NamedTuple):
    """What a viewer has of a drawing: its token, and how many pieces and epochs that will stay."""

    token: str = ""
    pieces: int = 0
    epochs: int = 0


class _Prepared(NamedTuple):
    """What a drawing takes from a run's epochs and changes."""

    rates: Rates
    epochs: list[EpochPoint]
    whole: int  # how many of these epochs stay as they are


class LiveCurves:
    """The curves of one run in one language, shared by all its viewers: each tick only adds what is new."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._name = secrets.token_hex(3)  # a viewer may know those of an earlier server
        self._starts = 0
        self._start(span=1)

    def _start(self, span: int) -> None:
        self.span = span
        self._starts += 1
        self._trace = Trace()
        self._moment: _Prepared | None = None
        self._prepared_for = 0  # the number of the last event in it
        self._averages = _Average(span), _Average(span)
        self._count = 0
        self._last: tuple[int, float] | None = None

    def drawing(self, run: Run, curves: Curves, known: Known | None = None) -> str:
        """JSON for the component that draws them: all, or what is new for a viewer who knows the rest.

        `token`: what follows `from` belongs only to a drawing with the same one. `full`: how many of all
        pieces and epochs stay as they are.
        """
        with self._lock:
            self._update(curves, smoothing_span(run))
            rates, epochs, whole = self._prepared(run, curves)
            marks = (self._name, self._starts, self._trace.width, _stride(curves.epochs), len(curves.flags))
            token = ".".join(map(str, (*marks, int(rates.vary))))
            if known is None or known.token != token:
                known = Known(token)
            since = min(known.pieces, self._trace.full), min(known.epochs, whole)
            pieces = self._trace.texts(since[0], _axes(curves, rates))
            body: dict[str, object] = {
                "token": token,
                "from": since,
                "full": (self._trace.full, whole),
                "epochs": [_epoch_numbers(point) for point in epochs[since[1] :]],
            }
            if since == (0, 0):
                body |= {"flags": _flags(run, curves), "rate": rates.at(1)}
            return f'{json.dumps(body, separators=(",", ":"))[:-1]},"pieces":[{",".join(pieces)}]}}'

    def _prepared(self, run: Run, curves: Curves) -> _Prepared:
        """What follows from the run's epochs and changes; the same until something new is recorded."""
        if self._prepared_for != curves.seq or self._moment is None:
            rates = Rates(run.config, curves, run.progress.train_images)
            if self._moment is None or self._moment.rates.vary != rates.vary:
                self._trace.forget_texts()
            self._moment = _Prepared(rates, *_epoch_points(curves.epochs))
            self._prepared_for = curves.seq
        return self._moment

    def smoothed(self, run: Run, curves: Curves) -> tuple[float | None, float | None]:
        """The current training loss and accuracy, as moving averages."""
        with self._lock:
            self._update(curves, smoothing_span(run))
            loss, accuracy = self._averages
            return loss.value, accuracy.value

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
            self._trace.add(step, loss, 100 * accuracy)
            self._averages[0].add(loss)
            self._averages[1].add(100 * accuracy)
        if self._count < len(curves.steps):
            self._count = len(curves.steps)
            self._last = (curves.steps[-1], curves.loss[-1])


def _axes(curves: Curves, rates: Rates) -> Callable[[int], list[float | None]]:
    """Seconds of training at a step, and its learning rate where that varies; None for what is unknown."""

    def axes(step: int) -> list[float | None]:
        seconds = seconds_at(curves.times, step)
        rate = float(f"{rates.at(step):.4g}") if rates.vary else None
        return [seconds and round(seconds, 3), rate]

    return axes


def _flags(run: Run, curves: Curves) -> list[list[object]]:
    texts = flag_texts(run.config, curves.flags)
    return [[flag.step, text] for flag, text in zip(curves.flags, texts, strict=True)]


def _stride(epochs: Sequence[EpochPoint]) -> int:
    """1 as long as all epochs fit on a chart, then 2, 3, ..."""
    return len(epochs) // _EPOCHS + 1


def _epoch_points(epochs: Sequence[EpochPoint]) -> tuple[list[EpochPoint], int]:
    """The epochs to draw: all, or every 2nd, 3rd, ... and the newest; and how many of them will stay."""
    every = _stride(epochs)
    if every == 1:
        return list(epochs), len(epochs)
    regular = [point for point in epochs if point.epoch % every == 0]
    newest = [] if regular[-1:] == [epochs[-1]] else [epochs[-1]]
    return [*regular, *newest], len(regular)


def _epoch_numbers(point: EpochPoint) -> list[float | None]:
    """Epoch and step; loss and accuracy (percent) in training, then in validation; None: not finite."""
    return [
        point.epoch,
        point.step,
        round(point.train_loss, 5) if isfinite(point.train_loss) else None,
        round(100 * point.train_accuracy, 2),
        round(point.val_loss, 5) if isfinite(point.val_loss) else None,
        round(100 * point.val_accuracy, 2),
    ]


def smoothing_span(run: Run) -> int:
    """The number of batches that averages usually cover: a hundredth of the run, 5 to 50."""
    total = run.progress.epochs * run.progress.batches
    return max(5, min(50, total // 100))


def line_labels(design: Design) -> dict[str, str]:
    """The labels of the measured lines in the legend; the averaged ones depend on the viewer's smoothing."""
    dropout = any(layer.kind.startswith("Dropout") for layer in design.layers)
    return {
        "raw": _("training (with dropout, per batch)") if dropout else _("training (per batch)"),
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
