"""Who is ahead in a race, and what is only luck."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cnnlab.charts.race_result import RaceResult, race_result
from cnnlab.runs.records import Curves, Progress, Run
from cnnlab.training.config import TrainConfig
from tests.charts.runs import curves, epoch, run


def racer(
    optimizer: str, best: float | None, state: Any = "finished", *, pictures: int = 5_000, **more: Any
) -> Run:
    """A run of a race with this best validation accuracy."""
    config = TrainConfig(optimizer=optimizer, epochs=5, batch_size=64)
    progress = Progress(
        epoch=5, epochs=5, batch=10, batches=10, step=50, val_images=pictures, best_val_accuracy=best
    )
    return run(state, id=f"{optimizer}-{best}", config=config, progress=progress, race="race", **more)


def result(*runs: Run, known: dict[str, Curves] | None = None) -> RaceResult:
    """The result of these runs, by default with empty curves."""
    return race_result(runs, {each.id: Curves() for each in runs} | (known or {}))


def test_the_best_one_wins_and_is_first() -> None:
    """By more than luck explains; the sentence says ahead of whom."""
    found = result(racer("sgd", 0.904), racer("rmsprop", 0.976), racer("adam", 0.961))
    assert [row.what for row in found.rows] == ["RMSprop", "Adam", "SGD with momentum"]
    assert [row.ahead for row in found.rows] == [True, False, False]
    assert [row.number for row in found.rows] == [2, 3, 1]
    assert found.outcome == "RMSprop won: 97.60 % validation accuracy, ahead of Adam (96.10 %)."
    assert found.fastest == ""


def test_with_few_pictures_the_same_difference_is_a_tie() -> None:
    """Four pictures of 250 are luck, thirty are not."""
    few = [
        racer(name, best, pictures=250) for name, best in (("sgd", 0.85), ("rmsprop", 0.976), ("adam", 0.96))
    ]
    found = result(*few)
    assert [row.ahead for row in found.rows] == [True, True, False]
    assert found.outcome == (
        "A tie between RMSprop and Adam: 96.00 % to 97.60 %; "
        "on 250 validation pictures, such a difference may be luck. Behind them: SGD with momentum."
    )


def test_the_uncertainty_grows_as_pictures_get_fewer() -> None:
    """Half of the 95 % interval."""
    many, few = (
        result(racer("sgd", 0.9, pictures=count), racer("adam", 0.5)).rows[0] for count in (5_000, 250)
    )
    assert many.give_or_take == pytest.approx(0.0083, abs=2e-4)
    assert few.give_or_take == pytest.approx(0.037, abs=1e-3)


@pytest.mark.parametrize(
    ("runs", "words"),
    [
        ([racer("sgd", None, "running"), racer("adam", None, "queued")], "No run has finished an epoch yet."),
        (
            [racer("sgd", 0.9, "running"), racer("adam", None, "running")],
            "Only SGD with momentum has finished an epoch so far: 90.00 %.",
        ),
        (
            [racer("sgd", 0.9, "running"), racer("adam", 0.8, "paused")],
            "SGD with momentum is ahead: 90.00 % validation accuracy so far, Adam 80.00 %.",
        ),
        (
            [racer("sgd", 0.9, "running"), racer("adam", 0.9)],
            "So far SGD with momentum and Adam tie: 90.00 %.",
        ),
        ([racer("sgd", 0.1), racer("adam", 0.11)], "No run is better than guessing."),
    ],
)
def test_before_the_end_nobody_has_won(runs: list[Run], words: str) -> None:
    """Nor where nobody has learned anything."""
    assert result(*runs).outcome == words


def accuracies(values: list[float]) -> Curves:
    """The curves of a run whose batches had these accuracies, in epochs of ten batches and one second."""
    return curves([1 - value for value in values], [epoch(n, seconds=n) for n in (1, 2, 3, 4, 5)])


def test_speed_is_counted_in_batches_until_most_of_the_last_pictures_are_right() -> None:
    """Ten batches of 64 are 640 pictures; seconds follow from the ends of the epochs."""
    slow, quick = racer("sgd", 0.9), racer("adam", 0.97)
    found = result(
        slow, quick, known={slow.id: accuracies([0.5] * 25 + [1.0] * 25), quick.id: accuracies([1.0] * 50)}
    )
    assert [(row.what, row.goal_batches, row.goal_seconds) for row in found.rows] == [
        ("Adam", 10, 1.0),
        ("SGD with momentum", 33, pytest.approx(3.3)),
    ]
    assert found.goal == 0.9
    assert found.fastest == "The first to reach 90 %: Adam, after 10 batches."


def test_a_lower_goal_counts_where_nobody_reaches_a_high_one() -> None:
    """Networks that never read 90 % can be compared all the same."""
    one, other = racer("sgd", 0.55), racer("adam", 0.6)
    found = result(one, other, known={one.id: accuracies([0.1] * 50), other.id: accuracies([0.65] * 50)})
    assert found.goal == 0.6
    assert [row.goal_batches for row in found.rows] == [10, None]


def test_curves_that_grow_or_go_back_are_looked_at_again() -> None:
    """A goal that was not reached before is found later; after damage fewer batches are left."""
    one, other = racer("sgd", 0.7, "running"), racer("adam", None, "queued")
    for values, batches in (([0.1] * 20, None), ([0.1] * 20 + [1.0] * 20, 29), ([0.1] * 15, None)):
        found = result(one, other, known={one.id: accuracies(values)})
        assert found.rows[0].goal_batches == batches, len(values)


def test_sentences_name_no_more_than_needed() -> None:
    """Optimizers at rates of their own are told apart by the optimizer; the table has both."""
    racers = [racer("sgd", 0.9), racer("adam", 0.8)]
    runs = [
        replace(each, config=each.config.model_copy(update={"learning_rate": rate}))
        for each, rate in zip(racers, (0.01, 0.001), strict=True)
    ]
    found = result(*runs)
    assert [row.what for row in found.rows] == [
        "SGD with momentum, learning rate 0.01",
        "Adam, learning rate 0.001",
    ]
    assert found.outcome.startswith("SGD with momentum won: 90.00 %")


def test_a_changed_run_is_marked() -> None:
    """What it is named after is no longer all that differs."""
    from cnnlab.runs.records import Flag

    one, other = racer("sgd", 0.9), racer("adam", 0.8)
    flagged = replace(Curves(), flags=[Flag(3, {"learning_rate": 0.5})])
    assert result(one, other, known={one.id: flagged}).rows[0].what == "SGD with momentum, changed on the way"
