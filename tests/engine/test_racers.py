"""Who trains next, decided without training: between the runs of a race, and when a paused run makes room."""

from __future__ import annotations

import pytest

from cnnlab.engine.job import Job, Order
from cnnlab.engine.protocol import Listener
from cnnlab.engine.supervisor import Supervisor
from cnnlab.engine.turns import WaitingRacers
from cnnlab.language import Message
from cnnlab.runs.events import Event
from cnnlab.runs.store import RunStore
from cnnlab.training.config import make_config
from tests.events import event
from tests.lab import QUICK

CONFIG = make_config(epochs=9)


def racer(store: RunStore, epochs: int) -> str:
    """A run of the race that has trained for so many epochs and counts as running."""
    run = store.queue(QUICK, "digits", CONFIG, race="all")
    store.change_state(run.id, {"queued"}, "running")
    store._runs.update(run.id, progress=f'{{"epoch": {epochs}, "batch": 1, "batches": 1}}')
    return run.id


@pytest.mark.parametrize(("waiting", "comes"), [(2, True), (3, True), (4, False)])
def test_a_racer_that_is_behind_catches_up_first(store: RunStore, waiting: int, comes: bool) -> None:
    """Another one is next unless it is further ahead than the one that trains, with three epochs."""
    trains, waits = racer(store, 3), racer(store, waiting)
    racers = WaitingRacers(store)
    racers.add(waits)
    assert racers.comes_before(store.run(trains)) is comes


def test_a_racer_with_a_command_comes_first(store: RunStore) -> None:
    """However far it is ahead."""
    trains, waits = racer(store, 3), racer(store, 8)
    racers = WaitingRacers(store)
    racers.add(waits)
    store.send_command(waits, "pause")
    assert racers.comes_before(store.run(trains))


def test_a_racer_without_others_goes_on(store: RunStore) -> None:
    """Nobody waits."""
    assert not WaitingRacers(store).comes_before(store.run(racer(store, 3)))


class Script:
    """An engine of one slot that only notes what it is told."""

    slots = 1

    def __init__(self) -> None:
        self.sent: list[str] = []

    def listen(self, listener: Listener) -> None:
        self._listener = listener

    def says(self, *events: Event) -> None:
        """Events of the run in the slot."""
        for each in events:
            self._listener(0, each)

    def warm(self, slot: int) -> None:
        pass

    def submit(self, slot: int, job: Job) -> None:
        self.sent.append(job.run)

    def send(self, slot: int, order: Order) -> None:
        self.sent.append(order.name)

    def kill(self, slot: int, reason: Message) -> None:
        raise AssertionError(str(reason))

    def close(self) -> None:
        pass


def test_one_batch_is_trained_before_its_run_makes_room(store: RunStore) -> None:
    """Cut short, the run would be queued and train on without pausing."""
    engine = Script()
    supervisor = Supervisor(store, engine)

    def look() -> None:
        """What the supervisor does when something has happened."""
        supervisor.wake()
        supervisor._process_messages(0)
        supervisor._tick()

    first = store.queue(QUICK, "digits", CONFIG).id
    look()
    engine.says(event({"event": "paused"}))
    look()
    with store.training_lock(first):
        store.send_command(first, "batch")
        look()
        second = store.queue(QUICK, "digits", CONFIG).id
        look()
        assert engine.sent == [first, "batch"]
        engine.says(event({"event": "resumed"}), event({"event": "paused"}))
        look()
    assert engine.sent == [first, "batch", "suspend"]
    assert store.run(second).state == "queued"
