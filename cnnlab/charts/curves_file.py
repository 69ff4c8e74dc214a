"""All measurements of runs as a table for other programs: a row for each batch, nothing rounded."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from io import StringIO

from cnnlab.charts.rates import Rates
from cnnlab.runs.records import Curves, Run, seconds_at

COLUMNS = (
    *("run", "batch", "epoch", "seconds", "learning_rate"),
    *("training_loss", "training_accuracy", "validation_loss", "validation_accuracy"),
)


def curves_csv(runs: Sequence[tuple[Run, Curves]]) -> str:
    """CSV with a header. Accuracies are fractions; validation is in the row of an epoch's last batch."""
    text = StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for run, curves in runs:
        table.writerows(_rows(run, curves))
    return text.getvalue()


def _rows(run: Run, curves: Curves) -> Iterator[tuple[object, ...]]:
    rates = Rates(run.config, curves, run.progress.train_images)
    ends = {point.step: point for point in curves.epochs}
    done = 0
    for step, loss, accuracy in zip(curves.steps, curves.loss, curves.accuracy, strict=True):
        point = ends.get(step)
        validation = (point.val_loss, point.val_accuracy) if point else (None, None)
        seconds = seconds_at(curves.times, step)
        yield run.name, step, done + 1, seconds, rates.at(step), loss, accuracy, *validation
        done = point.epoch if point else done
