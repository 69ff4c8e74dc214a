"""A race in turns, with a real worker on `digits`: order, pauses, commands, kills, weights as if alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from torch import Tensor

from cnnlab.engine import turns
from cnnlab.engine.job import Job
from cnnlab.engine.local import LocalEngine
from cnnlab.engine.protocol import Listener
from cnnlab.engine.signals import Signal
from cnnlab.ground.home import Folders
from cnnlab.runs.events import Batches, Event
from cnnlab.training.config import make_config
from tests.engine.test_slots import ThreadEngine
from tests.lab import BATCHES, ENDLESS, EPOCHS, QUICK, Lab, open_lab, started, workers

pytestmark = pytest.mark.slow

RATES = (0.001, 0.003, 0.01)


class RecordingEngine(LocalEngine):
    """Notes which run gets each turn, and kills the worker in one of them."""

    def __init__(self, where: Folders) -> None:
        super().__init__(where)
        self.jobs: list[str] = []
        self._last_turn = 0  # of the worker; none is without a number

    def submit(self, slot: int, job: Job) -> None:
        self.jobs.append(job.run)
        super().submit(slot, job)

    def kill_in_turn(self, number: int) -> None:
        """Kill the worker at the first batches of a turn, counted from now."""
        self._last_turn = len(self.jobs) + number

    def listen(self, listener: Listener) -> None:
        def told(slot: int, event: Event | Signal) -> None:
            if isinstance(event, Batches) and len(self.jobs) == self._last_turn:
                self._last_turn = 0
                workers()[0].kill()
            listener(slot, event)

        super().listen(told)


class RaceLab(Lab):
    """A lab that starts races."""

    def __init__(self, home: Path) -> None:
        self.engine = RecordingEngine(Folders(home, None))
        super().__init__(home, engine=self.engine)

    def race(self, name: str, epochs: int = EPOCHS, rates: Sequence[float] = RATES) -> list[str]:
        """Queue one run for each learning rate, and return their ids."""
        configs = [make_config(epochs=epochs, batch_size=128, learning_rate=rate) for rate in rates]
        runs = [self.store.queue(QUICK, "digits", config, race=name) for config in configs]
        self.supervisor.wake()
        return [run.id for run in runs]

    def turns_of(self, *run_ids: str) -> list[int]:
        """Which of these runs got a turn, in order."""
        return [run_ids.index(run_id) for run_id in self.engine.jobs if run_id in run_ids]

    def wait_for_turns(self, number: int, run_id: str) -> None:
        """Wait until a run has got so many."""
        self.wait_until(run_id, lambda _: self.engine.jobs.count(run_id) >= number)


@pytest.fixture(autouse=True)
def _short_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn is hardly more than an epoch."""
    monkeypatch.setattr(turns, "SHORT_TURN", 0.0)


def stop_all(lab: RaceLab, runs: Sequence[str]) -> None:
    """Stop the runs one after the other."""
    for run_id in runs:
        lab.send_command(run_id, "stop")
        lab.wait_for_state(run_id, "stopped")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RaceLab]:
    """One lab with a warm worker for many tests. Each test leaves it idle."""
    with started(RaceLab(tmp_path_factory.mktemp("lab") / "home")) as made:
        yield made


@pytest.fixture(scope="module")
def alone(lab: RaceLab) -> list[dict[str, Tensor]]:
    """The last weights of the same runs, each trained alone and undisturbed."""
    found = []
    for rate in RATES:
        run_id = lab.queue(learning_rate=rate)
        lab.wait_for_state(run_id, "finished")
        found.append(lab.weights(run_id))
    return found


def assert_as_alone(lab: Lab, run_ids: list[str], alone: list[dict[str, Tensor]]) -> None:
    """Assert that all have the weights of runs trained alone, bit for bit, and each batch once."""
    for run_id, expected in zip(run_ids, alone, strict=True):
        lab.wait_for_state(run_id, "finished")
        found = lab.weights(run_id)
        assert [name for name in expected if not torch.equal(found[name], expected[name])] == []
        assert lab.store.curves(run_id).steps == list(range(1, BATCHES * EPOCHS + 1))
        assert [point.epoch for point in lab.store.curves(run_id).epochs] == list(range(1, EPOCHS + 1))


# ---- order and weights


def test_a_race_ends_with_the_weights_of_runs_alone(lab: RaceLab, alone: list[dict[str, Tensor]]) -> None:
    """No bit differs from training one after the other."""
    runs = lab.race("in turns")
    assert_as_alone(lab, runs, alone)
    assert [lab.kinds(run_id).count("started") for run_id in runs] == [1, 1, 1]  # they stay in memory


def test_the_runs_of_a_race_take_turns(lab: RaceLab) -> None:
    """None waits for the end of another, or gets two turns in a row."""
    runs = lab.race("turn by turn", ENDLESS)
    for run_id in runs:
        lab.wait_for_turns(3, run_id)
    order = lab.turns_of(*runs)
    assert [one for one, other in pairwise(order) if one == other] == []
    stop_all(lab, runs)


def test_others_wait_until_the_race_is_over(lab: RaceLab) -> None:
    """As if its runs had trained one after another."""
    runs = lab.race("before others", epochs=3)
    other = lab.queue(epochs=1)
    lab.wait_for_state(other, "finished")
    order = lab.turns_of(*runs, other)
    assert order.index(3) == len(order) - 1
    assert [lab.store.run(run_id).state for run_id in runs] == ["finished"] * 3


def test_without_memory_a_turn_begins_with_a_saved_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The weights are the same, bit for bit: here with an engine that keeps no sessions."""
    monkeypatch.setattr(ThreadEngine, "slots", 1)
    home = tmp_path / "home"
    with open_lab(home, ThreadEngine(Folders(home, None))) as lab:
        expected = []
        for rate in RATES:
            run_id = lab.queue(learning_rate=rate)
            lab.wait_for_state(run_id, "finished")
            expected.append(lab.weights(run_id))
        configs = [make_config(epochs=EPOCHS, batch_size=128, learning_rate=rate) for rate in RATES]
        runs = [lab.store.queue(QUICK, "digits", config, race="on disk").id for config in configs]
        lab.supervisor.wake()
        assert_as_alone(lab, runs, expected)
        assert min(lab.kinds(run_id).count("started") for run_id in runs) > 1


# ---- steering


def test_a_paused_racer_stays_paused_and_the_others_go_on(
    lab: RaceLab, alone: list[dict[str, Tensor]]
) -> None:
    """When it is resumed, it ends with the same weights."""
    runs = lab.race("one pauses")
    lab.wait_for_step(runs[1], 1)
    lab.send_command(runs[1], "pause")
    paused = lab.wait_for_state(runs[1], "paused").progress.step
    for run_id in (runs[0], runs[2]):
        lab.wait_for_state(run_id, "finished")
    assert lab.store.run(runs[1]).state == "paused"
    assert lab.store.run(runs[1]).progress.step == paused
    lab.send_command(runs[1], "resume")
    assert_as_alone(lab, runs, alone)


def test_a_whole_race_can_be_paused_resumed_and_stopped(lab: RaceLab) -> None:
    """Those that wait for their turn as well; meanwhile another run trains."""
    runs = lab.race("all pause", ENDLESS)
    for run_id in runs:
        lab.wait_for_step(run_id, 1)
    for run_id in runs:
        lab.send_command(run_id, "pause")
    for run_id in runs:
        lab.wait_for_state(run_id, "paused")
    other = lab.queue(epochs=1)
    lab.wait_for_state(other, "finished")
    before = [lab.store.run(run_id).progress.step for run_id in runs]
    for run_id in runs:
        lab.send_command(run_id, "resume")
    for run_id, step in zip(runs, before, strict=True):
        lab.wait_for_step(run_id, step + BATCHES)
    for run_id in runs:
        lab.send_command(run_id, "stop")
    for run_id in runs:
        lab.wait_for_state(run_id, "stopped")


def test_a_command_calls_a_racer_up_at_once(lab: RaceLab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if the other one's turn would take an hour; one batch is one batch."""
    runs = lab.race("called up", ENDLESS, RATES[:2])
    for run_id in runs:
        lab.wait_for_step(run_id, 1)
    monkeypatch.setattr(turns, "SHORT_TURN", 3600.0)
    resting = next(run_id for run_id in runs if run_id != lab.engine.jobs[-1])
    lab.send_command(resting, "pause")
    step = lab.wait_for_state(resting, "paused").progress.step
    lab.send_command(resting, "batch")
    lab.wait_for_step(resting, step + 1)
    assert lab.wait_for_state(resting, "paused").progress.step == step + 1
    stop_all(lab, runs)


def test_one_epoch_of_a_racer_ends_paused(lab: RaceLab) -> None:
    """Though its turn ends with the same epoch."""
    runs = lab.race("one epoch", ENDLESS, RATES[:2])
    for run_id in runs:
        lab.wait_for_step(run_id, 1)
    lab.send_command(runs[0], "epoch")
    assert lab.wait_for_state(runs[0], "paused").progress.step % BATCHES == 0
    stop_all(lab, runs)


def test_a_change_reaches_a_racer_that_waits(lab: RaceLab) -> None:
    """It is a flag on its own curves only."""
    runs = lab.race("changed", ENDLESS, RATES[:2])
    for run_id in runs:
        lab.wait_for_step(run_id, 1)
    lab.send_command(runs[1], "change", {"learning_rate": 0.5})
    lab.wait_until(runs[1], lambda run: bool(lab.store.curves(run.id).flags))
    assert not lab.store.curves(runs[0]).flags
    stop_all(lab, runs)


# ---- kills and restarts


def test_a_killed_worker_interrupts_one_racer_and_the_others_go_on(
    lab: RaceLab, alone: list[dict[str, Tensor]]
) -> None:
    """From their states; the interrupted one can be resumed."""
    lab.engine.kill_in_turn(3)
    runs = lab.race("killed")
    ended = [lab.wait_for_state(run_id, "interrupted", "finished").state for run_id in runs]
    assert ended.count("interrupted") == 1
    lab.send_command(runs[ended.index("interrupted")], "resume")
    assert_as_alone(lab, runs, alone)


def test_a_race_continues_in_turns_after_a_restart(alone: list[dict[str, Tensor]], tmp_path: Path) -> None:
    """Those that waited for their turn, too, are queued when the lab closes."""
    home = tmp_path / "home"
    with started(RaceLab(home)) as first:
        runs = first.race("restart")
        for run_id in runs:
            first.wait_for_step(run_id, 1)
        first.supervisor.stop()
        states = [first.store.run(run_id).state for run_id in runs]
    assert set(states) <= {"queued", "finished"}
    with started(RaceLab(home)) as second:
        assert_as_alone(second, runs, alone)
        assert len(set(second.turns_of(*runs)[:3])) >= min(2, states.count("queued"))
