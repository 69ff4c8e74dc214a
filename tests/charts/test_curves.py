from __future__ import annotations

import json
import math
import random
from itertools import pairwise

from cnnlab.charts.curves import Line, LiveCurves, in_words, line_labels, smoothing_span
from cnnlab.design.presets import preset
from cnnlab.runs.records import Curves
from tests.charts.runs import batches, curves, epoch, run, started


def line(values: list[float], span: int = 5) -> Line:
    made = Line(span, digits=30)
    for step, value in enumerate(values, start=1):
        made.add(step, value)
    return made


def raw(made: Line) -> tuple[list[int], list[float]]:
    """Steps and values as they were measured, thinned."""
    steps, values = json.loads(made.as_json())["raw"]
    return steps, values


def test_a_short_line_is_drawn_as_it_was_measured() -> None:
    """Up to 250 batches nothing is left out."""
    values = [random.random() for _ in range(250)]
    assert raw(line(values)) == (list(range(1, 251)), values)


def test_a_long_line_keeps_its_extremes_in_500_points() -> None:
    """A spike of one batch among 100,000 stays on the chart."""
    values = [random.random() for _ in range(100_000)]
    values[77_777], values[12_345] = 9.0, -9.0
    steps, found = raw(line(values))
    assert len(steps) <= 500
    assert steps == sorted(steps)
    assert (steps[found.index(9.0)], steps[found.index(-9.0)]) == (77_778, 12_346)
    assert all(values[step - 1] == value for step, value in zip(steps, found, strict=True))


def test_what_is_drawn_stays_where_it_is() -> None:
    """Between two halvings a new batch moves no older point: the line does not flicker."""
    values = [random.random() for _ in range(700)]
    made = line(values[:600])
    before = raw(made)[0][:-2]
    for step, value in enumerate(values[600:], start=601):
        made.add(step, value)
        assert raw(made)[0][: len(before)] == before


def test_the_average_starts_at_the_first_value() -> None:
    """Not at zero: the moving average is not pulled down at its beginning."""
    assert json.loads(line([2.0]).as_json())["smooth"] == [[1], [2.0]]
    assert line([2.0] * 40).last == 2.0


def test_the_average_follows_slowly() -> None:
    """Of a step from 0 to 1 it has made 1 - (1 - 1/span)^n after n batches."""
    made = line([0.0] * 1000 + [1.0] * 10, span=20)
    assert made.last is not None
    assert math.isclose(made.last, 1 - (1 - 1 / 20) ** 10)


def test_what_is_not_a_number_leaves_a_gap() -> None:
    """A loss that overflowed cannot be drawn, and spoils neither average nor JSON."""
    made = line([1.0, math.nan, math.inf, 2.0])
    assert raw(made) == ([1, 4], [1.0, 2.0])
    drawn = LiveCurves().drawing(run(), curves([1.0, math.inf], [epoch(1, val_loss=math.nan)]))
    assert json.loads(drawn)["epochs"][0][4] is None


def test_new_batches_are_added_to_the_same_drawing() -> None:
    """In two steps or in one: the same lines."""
    losses = [random.random() for _ in range(300)]
    part, whole = curves(losses[:200], seq=1), curves(losses, seq=2)
    live = LiveCurves()
    live.drawing(run(), part)
    assert live.drawing(run(), whole) == LiveCurves().drawing(run(), whole)


def test_nothing_new_gives_the_same_text() -> None:
    """All viewers of a tick share one drawing."""
    live, known = LiveCurves(), curves([0.5] * 20)
    assert live.drawing(run(), known) is live.drawing(run(), known)


def test_a_resumed_run_is_drawn_from_its_checkpoint() -> None:
    """What came after the checkpoint and was lost is not on the chart."""
    live = LiveCurves()
    first = Curves().extended([batches(1, [0.9, 0.8, 0.7, 0.6], 1)])
    live.drawing(run(), first)
    resumed = first.extended([started(2, 2), batches(3, [0.1], 3)])
    assert json.loads(live.drawing(run(), resumed))["loss"]["raw"] == [[1, 2, 3], [0.9, 0.8, 0.1]]


def test_a_resumed_run_as_long_as_before_is_drawn_anew() -> None:
    """As many batches as before, but not the same ones."""
    live = LiveCurves()
    first = Curves().extended([batches(1, [0.9, 0.8, 0.7], 1)])
    live.drawing(run(), first)
    resumed = first.extended([started(2, 2), batches(3, [0.1], 3)])
    assert json.loads(live.drawing(run(), resumed))["loss"]["raw"][1] == [0.9, 0.8, 0.1]


def test_accuracies_are_drawn_in_percent() -> None:
    """Losses as they are."""
    body = json.loads(LiveCurves().drawing(run(), curves([0.25], [epoch(1, val_accuracy=0.9876)])))
    assert body["loss"]["raw"][1] == [0.25]
    assert body["accuracy"]["raw"][1] == [75.0]
    assert body["epochs"] == [[1, 10, 0.5, 90.0, 0.5, 98.76]]


def test_a_thousand_epochs_are_thinned() -> None:
    """At most 500 points, the last among them."""
    points = [epoch(number) for number in range(1, 1001)]
    shown = json.loads(LiveCurves().drawing(run(), curves([0.5], points)))["epochs"]
    assert len(shown) <= 500
    assert shown[-1][0] == 1000
    assert all(later[0] > earlier[0] for earlier, later in pairwise(shown))


def test_the_average_reaches_back_a_hundredth_of_the_run() -> None:
    """Never fewer than 5 batches, never more than 50."""
    spans = [
        smoothing_span(run(progress=run().progress.__class__(epochs=epochs, batches=860)))
        for epochs in (0, 1, 3, 90)
    ]
    assert spans == [5, 8, 25, 50]


def test_the_legend_says_what_was_measured_how() -> None:
    """Dropout is named where there is some."""
    with_dropout = line_labels(preset("article-5").design, 20)
    assert with_dropout["raw"] == "training (with dropout, per batch)"
    assert with_dropout["validation"] == "validation (whole set, evaluation mode)"
    assert line_labels(preset("article-1").design, 20)["raw"] == "training (per batch)"


def test_the_curves_in_words() -> None:
    """From where to where, with the numbers, for who does not see them."""
    assert in_words(Curves()) == "No batch has been trained yet."
    first = in_words(curves([0.9, 0.5]))
    assert first.startswith("After 2 batches the training loss of a batch went from 0.9000 to 0.5000")
    points = [epoch(1, val_accuracy=0.5), epoch(2, val_accuracy=0.9), epoch(3, val_accuracy=0.8)]
    words = in_words(curves([0.9], points))
    assert words.startswith("After 1 batch the")
    assert "from 50.00 % to 80.00 %; the best was 90.00 % in epoch 2." in words
    assert "Validation loss is 0.5000 after epoch 1" in in_words(curves([0.9], [epoch(1)]))
