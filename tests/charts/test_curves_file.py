"""The table of all measurements, for other programs."""

from __future__ import annotations

import csv
from dataclasses import replace
from io import StringIO

from cnnlab.charts.curves_file import COLUMNS, curves_csv
from tests.charts.runs import curves, epoch, run


def test_every_batch_is_a_row_with_all_its_digits() -> None:
    """However many there are; an epoch's validation is in the row of its last batch."""
    losses = [1 / 3 / step for step in range(1, 1001)]
    known = replace(curves(losses, [epoch(1, val_loss=2 / 3)]), times=[(1000, 500.0)])
    head, *rows = csv.reader(StringIO(curves_csv([(run(name="one, two"), known)])))
    assert tuple(head) == COLUMNS
    assert [float(row[5]) for row in rows] == losses
    end = [repr(losses[9]), repr(1 - losses[9]), repr(2 / 3), "0.9"]
    assert rows[9] == ["one, two", "10", "1", "5.0", "0.001", *end]
    assert rows[10][2] == "2"
    assert rows[10][7:] == ["", ""]


def test_what_is_not_known_is_empty() -> None:
    """The times of a run that an older lab began."""
    (_head, row) = csv.reader(StringIO(curves_csv([(run(), curves([0.5]))])))
    assert row[3] == ""


def test_runs_are_one_below_the_other() -> None:
    """Each row names its own."""
    two = [(run(name=name), curves([0.5, 0.4])) for name in ("a", "b")]
    assert [row[0] for row in csv.reader(StringIO(curves_csv(two)))] == ["run", "a", "a", "b", "b"]
