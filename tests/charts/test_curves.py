from __future__ import annotations

import json
import math
import random
from dataclasses import replace
from itertools import pairwise
from typing import Any

from cnnlab.charts.curves import PIECES, START, Known, LiveCurves, curves_text, line_labels, smoothing_span
from cnnlab.design.presets import preset
from cnnlab.runs.records import Curves, Flag
from tests.charts.runs import batches, curves, epoch, run, started

MOST = START + 2 * PIECES  # points of a raw line
LATE = run(progress=run().progress.__class__(epochs=100, batches=1000))  # an average of 50 batches


def drawing(known: Curves, live: LiveCurves | None = None, seen: Known | None = None) -> dict[str, Any]:
    """What a viewer gets who has `seen` some of it."""
    body: dict[str, Any] = json.loads((live or LiveCurves()).drawing(run(), known, seen))
    return body


def drawn(losses: list[float]) -> list[list[Any]]:
    """The pieces of a run with these losses."""
    pieces: list[list[Any]] = drawing(curves(losses))["pieces"]
    return pieces


def raw(pieces: list[list[Any]]) -> tuple[list[int], list[float]]:
    """Steps and losses as measured, thinned."""
    points = [pair for piece in pieces for pair in _points(piece)]
    return [step for step, _ in points], [value for _, value in points]


def _points(piece: list[Any]) -> list[tuple[int, float]]:
    """The losses of a piece: its only one, or its extremes."""
    ends = [(piece[5], piece[6]), (piece[7], piece[8])] if len(piece) > 5 else [(piece[0], piece[3])]
    return sorted(set(ends))


def rounded(count: int) -> list[float]:
    """Random losses with as many digits as are drawn."""
    return [round(random.random(), 5) for _ in range(count)]


def test_a_short_line_is_drawn_as_measured() -> None:
    """Up to 450 batches, nothing is left out."""
    values = rounded(START + PIECES)
    assert raw(drawn(values)) == (list(range(1, START + PIECES + 1)), values)


def test_the_start_is_never_thinned() -> None:
    """On a logarithmic axis it takes up most of the width, however long the run has become."""
    values = rounded(20_000)
    steps, found = raw(drawn(values))
    assert (steps[:START], found[:START]) == (list(range(1, START + 1)), values[:START])


def test_a_long_line_keeps_its_extremes_in_few_points() -> None:
    """A spike of one batch among 100,000 stays on the chart."""
    values = rounded(100_000)
    values[77_777], values[12_345] = 9.0, -9.0
    steps, found = raw(drawn(values))
    assert len(steps) <= MOST
    assert steps == sorted(steps)
    assert (steps[found.index(9.0)], steps[found.index(-9.0)]) == (77_778, 12_346)
    assert all(values[step - 1] == value for step, value in zip(steps, found, strict=True))


def test_drawn_points_stay_where_they_are() -> None:
    """Between two merges a new batch moves no older point: the line does not flicker."""
    values = rounded(900)
    before = raw(drawn(values[:800]))[0][:-2]
    for count in range(801, 900):
        assert raw(drawn(values[:count]))[0][: len(before)] == before


def test_a_piece_has_the_mean_of_its_batches() -> None:
    """Any average can be computed from those."""
    values = rounded(2_000)
    ends = [(piece[0], piece[3]) for piece in drawn(values)]
    for (before, _), (end, mean) in pairwise(ends):
        assert math.isclose(mean, sum(values[before:end]) / (end - before), abs_tol=1e-5)


def test_the_average_starts_at_the_first_value() -> None:
    """Not at zero: the moving average is not pulled down at the start."""
    for losses in ([2.0], [2.0] * 40):
        assert LiveCurves().smoothed(run(), curves(losses))[0] == 2.0


def test_the_average_follows_slowly() -> None:
    """After a step from 0 to 1 it has reached 1 - (1 - 1/span)^n after n batches."""
    loss, _accuracy = LiveCurves().smoothed(LATE, curves([0.0] * 1000 + [1.0] * 10))
    assert loss is not None
    assert math.isclose(loss, 1 - (1 - 1 / 50) ** 10)


def test_a_value_that_is_not_finite_leaves_a_gap() -> None:
    """A loss that overflowed cannot be drawn, but spoils neither the average nor the JSON."""
    assert [piece[3] for piece in drawn([1.0, math.nan, math.inf, 2.0])] == [1.0, None, None, 2.0]
    body = drawing(curves([1.0, math.inf], [epoch(1, val_loss=math.nan)]))
    assert body["epochs"][0][4] is None


def test_a_viewer_gets_only_what_is_new() -> None:
    """The unfinished piece again, and what came after it; nothing of what does not change any more."""
    live, losses = LiveCurves(), rounded(700)
    first = drawing(curves(losses[:600], [epoch(1)], seq=1), live)
    seen = Known(first["token"], *first["full"])
    grown = curves(losses[:602], [epoch(1), epoch(2)], seq=2)
    second = drawing(grown, live, seen)
    assert (second["token"], second["from"]) == (first["token"], [seen.pieces, 1])
    assert [point[0] for point in second["epochs"]] == [2]
    assert len(second["pieces"]) <= 2
    whole = drawing(grown, live)
    assert [*first["pieces"][: seen.pieces], *second["pieces"]] == whole["pieces"]
    assert "flags" not in second


def test_a_viewer_of_something_else_gets_all() -> None:
    """Of an earlier server, before pieces were merged, or before a change of the settings."""
    live = LiveCurves()
    seen = [Known("another", 5, 5)]
    for known in (curves([0.5] * 450), curves([0.5] * 460), changed(curves([0.5] * 460))):
        body = drawing(known, live, seen[-1])
        assert body["from"] == [0, 0]
        seen.append(Known(body["token"], *body["full"]))


def changed(known: Curves) -> Curves:
    """The curves with a change of the learning rate after step 400."""
    return replace(known, flags=[Flag(400, {"learning_rate": 0.0001})], seq=known.seq + 1)


def test_the_learning_rate_is_drawn_where_it_changes() -> None:
    """At the end of each piece; one that never changes is said once."""
    steady = drawing(curves([0.5] * 20))
    assert (steady["rate"], {piece[2] for piece in steady["pieces"]}) == (0.001, {None})
    body = drawing(changed(curves([0.5] * 402)))
    assert [piece[2] for piece in body["pieces"][399:]] == [0.001, 0.0001, 0.0001]


def test_seconds_are_drawn_where_they_are_known() -> None:
    """Between two times in proportion to the batches; after the last one nothing is known."""
    known = replace(curves([0.5] * 30), times=[(10, 2.0), (20, 6.0)])
    seconds = [piece[1] for piece in drawing(known)["pieces"]]
    assert (seconds[4], seconds[9], seconds[14], seconds[19], seconds[20]) == (1.0, 2.0, 4.0, 6.0, None)


def test_new_batches_are_added_to_the_same_drawing() -> None:
    """In two steps or in one, the lines are the same."""
    losses = [random.random() for _ in range(300)]
    part, whole = curves(losses[:200], seq=1), curves(losses, seq=2)
    live = LiveCurves()
    live.drawing(run(), part)
    assert drawing(whole, live)["pieces"] == drawing(whole)["pieces"]


def test_nothing_new_gives_the_same_text() -> None:
    """All viewers of a tick share one drawing."""
    live, known = LiveCurves(), curves([0.5] * 20)
    assert live.drawing(run(), known) == live.drawing(run(), known)


def test_a_resumed_run_is_drawn_from_its_checkpoint() -> None:
    """Lost batches after the checkpoint are not on the chart."""
    live = LiveCurves()
    first = Curves().extended([batches(1, [0.9, 0.8, 0.7, 0.6], 1)])
    live.drawing(run(), first)
    resumed = first.extended([started(2, 2), batches(3, [0.1], 3)])
    assert raw(drawing(resumed, live)["pieces"]) == ([1, 2, 3], [0.9, 0.8, 0.1])


def test_a_resumed_run_as_long_as_before_is_redrawn() -> None:
    """As many batches as before, but not the same ones."""
    live = LiveCurves()
    first = Curves().extended([batches(1, [0.9, 0.8, 0.7], 1)])
    live.drawing(run(), first)
    resumed = first.extended([started(2, 2), batches(3, [0.1], 3)])
    assert raw(drawing(resumed, live)["pieces"])[1] == [0.9, 0.8, 0.1]


def test_accuracies_are_drawn_in_percent() -> None:
    """Losses are drawn as they are."""
    body = drawing(curves([0.25], [epoch(1, val_accuracy=0.9876)]))
    assert body["pieces"] == [[1, None, None, 0.25, 75.0]]
    assert body["epochs"] == [[1, 10, 0.5, 90.0, 0.5, 98.76]]


def test_a_thousand_epochs_are_thinned() -> None:
    """At most 500 points, including the last."""
    points = [epoch(number) for number in range(1, 1001)]
    shown = drawing(curves([0.5], points))["epochs"]
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
    with_dropout = line_labels(preset("article-5").design)
    assert with_dropout["raw"] == "training (with dropout, per batch)"
    assert with_dropout["validation"] == "validation (whole set, evaluation mode)"
    assert line_labels(preset("article-1").design)["raw"] == "training (per batch)"


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
