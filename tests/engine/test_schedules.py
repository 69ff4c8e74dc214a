"""When a session saves states and inspects the network, by a fake clock."""

from __future__ import annotations

import pytest

from cnnlab.engine.schedules import InspectionSchedule, StateSchedule


class Saving:
    """A schedule and its clock; trains in steps of 50 ms, and each save takes the time that the test says."""

    def __init__(self) -> None:
        self.now = 100.0
        self.schedule = StateSchedule(lambda: self.now)

    def save(self, cost: float) -> None:
        self.schedule.begin()
        self.now += cost
        self.schedule.end()

    def train_until_due(self) -> float:
        """Train until a save is due; returns the seconds that took."""
        begun = self.now
        while not self.schedule.due():
            self.now += 0.05
        return self.now - begun


@pytest.mark.parametrize(
    ("cost", "interval"),
    [(0.0, 4.0), (0.01, 4.0), (0.04, 4.0), (0.08, 4.0), (0.1, 5.0), (0.2, 10.0), (0.4, 20.0), (3.0, 20.0)],
)
def test_states_are_saved_every_4_s_or_as_often_as_2_percent_of_the_time_pays_for(
    cost: float, interval: float
) -> None:
    """But at least every 20 s, whatever a save costs."""
    saving = Saving()
    for _ in range(3):
        saving.save(cost)
        assert saving.train_until_due() == pytest.approx(interval, abs=0.06)


def test_one_slow_save_does_not_make_the_next_ones_rare() -> None:
    """A disk that is busy once; a second slow save in a row counts."""
    saving = Saving()
    saving.save(0.01)
    saving.save(0.5)
    assert saving.train_until_due() == pytest.approx(4.0, abs=0.06)
    saving.save(0.1)
    assert saving.train_until_due() == pytest.approx(5.0, abs=0.06)


def test_a_pause_is_not_training_that_could_be_lost() -> None:
    """The state is saved before the pause; the 4 s count from its end."""
    saving = Saving()
    saving.save(0.01)
    saving.now += 3_600.0
    saving.schedule.restart()
    assert saving.train_until_due() == pytest.approx(4.0, abs=0.06)


def test_inspections_use_a_small_share_of_the_cpu_and_are_never_far_apart() -> None:
    """At least 2 s apart; beyond that by the CPU time the last one took; at most half a minute apart."""
    clock = cpu = 100.0
    schedule = InspectionSchedule(lambda: clock, lambda: cpu)

    def inspect(cost: float, by_the_clock: float) -> None:
        nonlocal clock, cpu
        assert schedule.due()
        schedule.begin()
        clock, cpu = clock + by_the_clock, cpu + cost
        schedule.end()

    inspect(3.0, 9.0)  # the first warms up
    inspect(0.1, 1.0)  # on a busy machine
    clock, cpu = clock + 1.5, cpu + 10.0
    assert schedule.due()  # 10 s of work for 0.1 s of inspecting
    inspect(0.1, 1.0)
    clock, cpu = clock + 5.0, cpu + 9.0
    assert not schedule.due()
    clock = clock + 24.0
    inspect(0.1, 1.0)  # half a minute has passed
    clock, cpu = clock + 0.5, cpu + 50.0
    assert not schedule.due()
