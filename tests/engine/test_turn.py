"""When a turn of a race ends."""

from __future__ import annotations

from typing import Any

from cnnlab.engine.turns import LONG_TURN, SHORT_TURN, Turn
from cnnlab.runs.events import Event
from cnnlab.training.config import TrainConfig
from tests.charts.runs import run
from tests.events import event

EPOCHS = 5


class Clock:
    """Stands still until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def batches() -> Event:
    """One batch."""
    return event({"event": "batches", "step": 1, "loss": [1.0], "accuracy": [0.5]})


def checkpoint(epoch: int) -> Event:
    """The end of an epoch."""
    return event({"event": "checkpoint", "epoch": epoch, "step": 10 * epoch, "val_accuracy": 0.5})


def state_saved() -> Event:
    """A saved state."""
    return event({"event": "state", "step": 1, "file": "state", "sha256": ""})


def ends(*moments: tuple[float, Event]) -> list[bool]:
    """For each event at its time, whether it ends the turn."""
    clock = Clock()
    turn = Turn(run(config=TrainConfig(epochs=EPOCHS)), clock)
    found = []
    for clock.now, each in moments:
        found.append(turn.is_over(each))
    return found


def test_it_ends_with_the_first_epoch_that_is_over_after_a_second() -> None:
    """Short epochs are done several in a turn."""
    times = (0.3 * SHORT_TURN, 0.7 * SHORT_TURN, 1.1 * SHORT_TURN)
    epochs = [moment for at, time in enumerate(times, 1) for moment in ((time, checkpoint(at)),)]
    assert ends((0.0, batches()), *epochs) == [False, False, False, True]


def test_a_long_epoch_is_interrupted_when_a_state_is_saved() -> None:
    """Saving one only for the next racer would cost time."""
    moments: list[tuple[float, Any]] = [(0.0, batches()), (4.0, state_saved()), (LONG_TURN + 1, batches())]
    assert ends(*moments, (LONG_TURN + 2, state_saved())) == [False, False, False, True]


def test_the_last_epoch_is_followed_by_the_result() -> None:
    """Not by the turn of another racer."""
    moments = [(0.0, batches()), (LONG_TURN + 1, checkpoint(EPOCHS)), (LONG_TURN + 1, state_saved())]
    assert ends(*moments) == [False, False, False]


def test_the_untrained_network_is_no_epoch() -> None:
    """A turn begins with its first batch."""
    assert ends((0.0, checkpoint(0)), (SHORT_TURN + 1, batches())) == [False, False]
