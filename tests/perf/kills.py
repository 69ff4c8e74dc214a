"""`kill -9`, counted: the training process and the whole server, at random moments.

    python -m tests.perf.kills --worker 60 --server 60

After each kill the script checks that nothing that was on record is gone or different, that the database
is sound, that every file on record has its hash, that no process is left, and that the run goes on from
its last state; at the end, that every epoch has the same weights bit for bit as in a run that nobody
disturbed. It stops at the first thing that is not so. What it prints is what it measured.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from cnnlab.models.weights import read_tensors
from cnnlab.runs.events import Batches, Checkpoint, Finished, Started
from cnnlab.runs.records import StoredEvent
from cnnlab.runs.store import RunStore
from tests.lab import Lab, LabServer, integrity, open_lab, workers
from tests.processes import survivors

EPOCHS = 200
LONGEST = 1.5  # seconds of training, at most, before a kill
EARLY = 0.25  # share of the kills that come while the process is still starting


@dataclass
class Tally:
    """What was seen, in seconds where it is a time."""

    kills: int = 0
    events: int = 0  # on record at the kills, and found again
    lost_steps: list[int] = field(default_factory=list)  # trained and told, to be trained again
    noticed: list[float] = field(
        default_factory=list
    )  # from the kill to 'interrupted', or to the next answer
    training: list[float] = field(default_factory=list)  # from then on to the next batch
    gone: list[float] = field(default_factory=list)  # until the last process of the family was gone
    files: int = 0  # read, each with its hash

    def show(self, title: str, noticed: str) -> None:
        """One block of lines."""
        print(f"\n{title}: {self.kills} kills")
        print(f"  events on record at a kill, found again identical  {self.events:,}")
        print(f"  files read with their hash, none torn              {self.files:,}")
        print("  PRAGMA integrity_check                             ok each time")
        print(f"  batches to be done again after a kill              {_spread(self.lost_steps)}")
        print(f"  {noticed:<50} {_spread(self.noticed)} s")
        print(f"  from there to the next batch on record             {_spread(self.training)} s")
        print(f"  last process of the family gone                    {_spread(self.gone)} s")
        print("  processes left over                                0")


def _spread(numbers: list[Any]) -> str:
    if not numbers:
        return "-"
    return f"median {statistics.median(numbers):.3g}, most {max(numbers):.3g}"


@dataclass(frozen=True)
class Truth:
    """What a run gives that nobody disturbs."""

    hashes: dict[int, str]  # of each epoch's weights
    losses: Sequence[float]
    epochs: int

    @classmethod
    def of(cls, folder: Path, epochs: int) -> Truth:
        """Train it."""
        with open_lab(folder / "undisturbed") as lab:
            run_id = lab.queue(epochs)
            lab.wait_for_state(run_id, "finished", patience=600)
            return cls(hashes(lab.store.events(run_id)), list(lab.store.curves(run_id).loss), epochs)

    def check(self, store: RunStore, run_id: str) -> None:
        """Every epoch's weights and every batch's loss are the same bit for bit, however often disturbed."""
        events = store.events(run_id)
        for event in events:
            if isinstance(event.event, Checkpoint):
                assert event.event.sha256 == self.hashes[event.event.epoch], "weights differ"
        losses = store.curves(run_id).loss
        assert losses[:] == self.losses[: len(losses)], "losses differ"


def hashes(events: list[StoredEvent]) -> dict[int, str]:
    """Those of each epoch's weights."""
    kept = [stored.event for stored in events if isinstance(stored.event, Checkpoint)]
    return {checkpoint.epoch: checkpoint.sha256 for checkpoint in kept}


class Standing(NamedTuple):
    """Where a disturbed run has to go on."""

    step: int  # of its last state
    events: int  # on record


class Witness:
    """Knows what was on record before a kill, and looks for it afterwards."""

    def __init__(self, store: RunStore, truth: Truth, tally: Tally) -> None:
        self._store = store
        self._truth = truth
        self._tally = tally
        self.before: list[StoredEvent] = []

    def look(self, run_id: str) -> None:
        """Remember what is on record."""
        self.before = self._store.events(run_id)

    def examine(self, run_id: str) -> Standing:
        """What was on record is there, the files are whole; how the run stands."""
        after = self._store.events(run_id)
        assert after[: len(self.before)] == self.before, "acknowledged events are gone or different"
        self._tally.kills += 1
        self._tally.events += len(self.before)
        assert integrity(self._store.home) == "ok"
        states = self._store.states(run_id)
        files = [(saved.path, saved.sha256) for saved in self._store.checkpoints(run_id)]
        files += [(state.path, state.sha256) for state in states]
        for path, sha256 in files:
            read_tensors(path, sha256)
        self._tally.files += len(files)
        step = states[0].step if states else 0
        done = [stored.event for stored in after if isinstance(stored.event, Batches)]
        last = done[-1].step + len(done[-1].loss) - 1 if done else 0
        self._tally.lost_steps.append(max(0, last - step))
        return Standing(step, len(after))

    def goes_on(self, run_id: str, standing: Standing) -> None:
        """Wait for the next batch; the run went on from where it stood, and nothing of it differs."""
        begun = time.monotonic()
        while True:
            fresh = [stored.event for stored in self._store.events(run_id, standing.events)]
            starts = [event for event in fresh if isinstance(event, Started)]
            if starts and any(isinstance(event, Batches | Finished) for event in fresh):
                break
            run = self._store.run(run_id)
            assert time.monotonic() - begun < 120, f"stands still, {run.state}: {run.message}"
            time.sleep(0.01)
        assert starts[0].step == standing.step, "did not go on from its last state"
        self._tally.training.append(time.monotonic() - begun)
        self._truth.check(self._store, run_id)
        strays = list(self._store.folder(run_id).glob(".*.part"))
        assert len(strays) <= 1, "half-written files pile up"  # one may be under way


def await_moment(store: RunStore, run_id: str) -> None:
    """A random moment: mostly while it trains, at times while the process is still starting."""
    if random.random() > EARLY:
        seen = len(store.events(run_id))
        begun = time.monotonic()
        while len(store.events(run_id)) == seen and time.monotonic() - begun < 60:
            time.sleep(0.01)
    time.sleep(random.random() * LONGEST)


def bury(family: list[psutil.Process], tally: Tally) -> None:
    """Wait until they are gone, for two seconds at most."""
    begun = time.monotonic()
    assert survivors(family) == [], "processes are left"
    tally.gone.append(time.monotonic() - begun)


def kill_workers(folder: Path, count: int, truth: Truth) -> Tally:
    """Kill the training process so many times; each time the run is resumed as a person would."""
    tally = Tally()
    with open_lab(folder / "workers") as lab:
        witness = Witness(lab.store, truth, tally)
        run_id = _another(lab, truth)
        while tally.kills < count:
            await_moment(lab.store, run_id)
            witness.look(run_id)
            family = workers()
            if lab.store.run(run_id).state != "running" or len(family) != 1:
                run_id = _another(lab, truth)  # it was done too soon
                continue
            killed_at = time.monotonic()
            family[0].kill()
            if lab.wait_for_state(run_id, "interrupted", "finished").state == "finished":
                run_id = _another(lab, truth)
                continue
            tally.noticed.append(time.monotonic() - killed_at)
            bury(family, tally)
            standing = witness.examine(run_id)
            lab.send_command(run_id, "resume")
            witness.goes_on(run_id, standing)
        lab.wait_for_state(run_id, "finished", patience=600)
        _conclude(lab.store, truth)
    assert survivors(workers()) == [], "processes are left"
    return tally


def _another(lab: Lab, truth: Truth) -> str:
    run_id = lab.queue(truth.epochs)
    lab.wait_for_state(run_id, "running")
    return run_id


def kill_servers(folder: Path, count: int, truth: Truth) -> Tally:
    """Kill the whole server so many times; the next one goes on by itself."""
    tally = Tally()
    home, log = folder / "servers", folder / "server.log"
    store = RunStore(home)
    lab = Lab(home, store)
    witness = Witness(store, truth, tally)
    run_id = lab.queue(truth.epochs)
    standing = Standing(0, 0)
    while tally.kills < count:
        with serving(home, log) as server:
            if tally.kills and random.random() > EARLY:
                tally.noticed.append(server.wait_until_up())
                witness.goes_on(run_id, standing)
            await_moment(store, run_id)
            if store.run(run_id).state == "finished":
                run_id, standing = lab.queue(truth.epochs), Standing(0, 0)
                continue
            witness.look(run_id)
            family = server.family()
            server.process.kill()
            server.process.wait()
            bury(family, tally)
        if store.run(run_id).state != "finished":
            standing = witness.examine(run_id)
    with serving(home, log) as server:
        lab.wait_for_state(run_id, "finished", patience=600)
        _conclude(store, truth)
        family = server.family()
        server.process.terminate()
        server.process.wait(30)
    assert survivors(family) == [], "processes are left"
    store.close()
    return tally


@contextmanager
def serving(home: Path, log: Path) -> Iterator[LabServer]:
    """A server that is killed at the end, if nobody did it before."""
    server = LabServer(home, log)
    try:
        yield server
    finally:
        server.process.kill()
        server.process.wait()


def _conclude(store: RunStore, truth: Truth) -> None:
    """No run is left that claims to train, and each is what it would have been."""
    for run in store.runs():
        assert run.state == "finished", f"{run.id} is {run.state}: {run.message}"
        truth.check(store, run.id)
        assert hashes(store.events(run.id)) == truth.hashes


def main() -> None:
    """Both campaigns, and a table each."""
    parser = argparse.ArgumentParser(description="Kill the worker and the server at random moments.")
    parser.add_argument("--worker", type=int, default=60, help="kills of the training process")
    parser.add_argument("--server", type=int, default=60, help="kills of the whole server")
    parser.add_argument("--seed", type=int, default=1, help="of the random moments")
    settings = parser.parse_args()
    random.seed(settings.seed)
    with tempfile.TemporaryDirectory() as folder:
        truth = Truth.of(Path(folder), EPOCHS)
        if settings.worker:
            tally = kill_workers(Path(folder), settings.worker, truth)
            tally.show("the training process", "from the kill to 'interrupted', said in words")
        if settings.server:
            tally = kill_servers(Path(folder), settings.server, truth)
            tally.show("the server", "from its start to its first answer")


if __name__ == "__main__":
    main()
