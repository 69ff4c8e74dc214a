from __future__ import annotations

import json
import math
import random
from itertools import pairwise

from cnnlab.charts.curves import Line, LiveCurves, curves_text, line_labels, smoothing_span
from cnnlab.design.presets import preset
from cnnlab.runs.records import Curves
from tests.charts.runs import batches, curves, epoch, run, started


def line(values: list[float], span: int = 5) -> Line:
    made = Line(span, digits=30)
    for step, value in enumerate(values, start=1):
        made.add(step, value)
    return made


def raw(made: Line) -> tuple[list[int], list[float]]:
    """Steps and values as measured, thinned."""
    steps, values = json.loads(made.as_json())["raw"]
    return steps, values


def test_a_short_line_is_drawn_as_measured() -> None:
    """Up to 250 batches, nothing is left out."""
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


def test_drawn_points_stay_where_they_are() -> None:
    """Between two merges a new batch moves no older point: the line does not flicker."""
    values = [random.random() for _ in range(700)]
    made = line(values[:600])
    before = raw(made)[0][:-2]
    for step, value in enumerate(values[600:], start=601):
        made.add(step, value)
        assert raw(made)[0][: len(before)] == before


def test_the_average_starts_at_the_first_value() -> None:
    """Not at zero: the moving average is not pulled down at the start."""
    assert json.loads(line([2.0]).as_json())["smooth"] == [[1], [2.0]]
    assert line([2.0] * 40).last == 2.0


def test_the_average_follows_slowly() -> None:
    """After a step from 0 to 1 it has reached 1 - (1 - 1/span)^n after n batches."""
    made = line([0.0] * 1000 + [1.0] * 10, span=20)
    assert made.last is not None
    assert math.isclose(made.last, 1 - (1 - 1 / 20) ** 10)


def test_a_value_that_is_not_finite_leaves_a_gap() -> None:
    """A loss that overflowed cannot be drawn, but spoils neither the average nor the JSON."""
    made = line([1.0, math.nan, math.inf, 2.0])
    assert raw(made) == ([1, 4], [1.0, 2.0])
    drawn = LiveCurves().drawing(run(), curves([1.0, math.inf], [epoch(1, val_loss=math.nan)]))
    assert json.loads(drawn)["epochs"][0][4] is None


def test_new_batches_are_added_to_the_same_drawing() -> None:
    """In two steps or in one, the lines are the same."""
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
    """Lost batches after the checkpoint are not on the chart."""
    live = LiveCurves()
    first = Curves().extended([batches(1, [0.9, 0.8, 0.7, 0.6], 1)])
    live.drawing(run(), first)
    resumed = first.extended([started(2, 2), batches(3, [0.1], 3)])
    assert json.loads(live.drawing(run(), resumed))["loss"]["raw"] == [[1, 2, 3], [0.9, 0.8, 0.1]]


def test_a_resumed_run_as_long_as_before_is_redrawn() -> None:
    """As many batches as before, but not the same ones."""
    live = LiveCurves()
    first = Curves().extended([batches(1, [0.9, 0.8, 0.7], 1)])
    live.drawing(run(), first)
    resumed = first.extended([started(2, 2), batches(3, [0.1], 3)])
    assert json.loads(live.drawing(run(), resumed))["loss"]["raw"][1] == [0.9, 0.8, 0.1]


def test_accuracies_are_drawn_in_percent() -> None:
    """Losses are drawn as they are."""
    body = json.loads(LiveCurves().drawing(run(), curves([0.25], [epoch(1, val_accuracy=0.9876)])))
    assert body["loss"]["raw"][1] == [0.25]
    assert body["accuracy"]["raw"][1] == [75.0]
    assert body["epochs"] == [[1, 10, 0.5, 90.0, 0.5, 98.76]]


def test_a_thousand_epochs_are_thinned() -> None:
    """At most 500 points, including the last."""
    points = [epoch(number) for number in range(1, 1001)]
    shown = json.loads(LiveCurves().drawing(run(), curves([0.5], points)))["epochs"]
    assert len(shown) <= 500
    assert shown[-1][0] == 1000
    assert all(later[0] > earlier[0] for earlier, later in pairwise(shown))


def test_the_average_spans_a_hundredth_of_the_run() -> None:
    """Never fewer than 5 batches, never more than 50."""
    spans = [
        smoothing_span(run(progress=run().progress.__class__(epochs=epochs, batches=860)))
        for epochs in (0, 1, 3, 90)
    ]
    assert spans == [5, 8, 25, 50]


def test_the_legend_says_how_each_line_was_measured() -> None:
    """Dropout is named if there is any."""
    with_dropout = line_labels(preset("article-5").design, 20)
    assert with_dropout["raw"] == "training (with dropout, per batch)"
    assert with_dropout["validation"] == "validation (whole set, evaluation mode)"
    assert line_labels(preset("article-1").design, 20)["raw"] == "training (per batch)"


def test_the_text_alternative_to_the_curves() -> None:
    """First and last values, for screen readers."""
    assert curves_text(Curves()) == "No batch has been trained yet."
    first = curves_text(curves([0.9, 0.5]))
    assert first.startswith("After 2 batches the training loss of a batch went from 0.9000 to 0.5000")
    points = [epoch(1, val_accuracy=0.5), epoch(2, val_accuracy=0.9), epoch(3, val_accuracy=0.8)]
    text = curves_text(curves([0.9], points))
    assert text.startswith("After 1 batch the")
    assert "from 50.00 % to 80.00 %; the best was 90.00 % in epoch 2." in text
    assert "Validation loss is 0.5000 after epoch 1" in curves_text(curves([0.9], [epoch(1)]))
