"""`kill -9`, counted: the training process and the whole server, at random moments of long epochs.

    python -m tests.perf.kills --worker 60 --server 60

After each kill the script checks that nothing that was on record is gone or different, that the database
is sound, that every file on record has its hash, that no process is left, and that the run continues from
its last state; at the end, that every epoch has the same weights bit for bit as in an undisturbed run.
It stops at the first thing that is not so. It prints what it measured, above all how much training each
kill cost; if that was 5 s or more for any of them, the exit status is 1.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from cnnlab.design.design import Design
from cnnlab.engine.session import SECONDS_PER_BUNDLE
from cnnlab.layers import BatchNorm2d, Conv2d, Dropout, Flatten, Linear, MaxPool2d, ReLU
from cnnlab.models.weights import read_tensors
from cnnlab.runs.events import Batches, Checkpoint, Epoch, Finished, Started
from cnnlab.runs.records import StoredEvent
from cnnlab.runs.store import RunStore
from cnnlab.training.config import make_config
from tests.lab import Lab, LabServer, integrity, open_lab, workers
from tests.processes import survivors

EARLY = 0.25  # share of the kills that come while the process is still starting
EARLY_SECONDS = 1.5  # at most, from the start to such a kill
MAX_REPEATED_SECONDS = 5.0
BATCH_SIZE = 4


@dataclass(frozen=True)
class Workload:
    """A run to be killed. One epoch of digits takes 1.2 s for each convolution on one core of 2024."""

    convolutions: int
    epochs: int
    longest: float  # seconds of training, at most, before a kill

    def queue(self, lab: Lab) -> str:
        """Queue the run and return its id."""
        block = (Conv2d(out_channels=64, padding="same"), BatchNorm2d(), ReLU())
        head = (MaxPool2d(kernel_size=4), Dropout(p=0.1), Flatten(), Linear(out_features=10))
        design = Design(name="long").with_layers((*self.convolutions * block, *head))
        run = lab.store.queue(design, "digits", make_config(epochs=self.epochs, batch_size=BATCH_SIZE))
        lab.supervisor.wake()
        return run.id


LONG_EPOCHS = Workload(convolutions=16, epochs=2, longest=16.0)


@dataclass
class Tally:
    """What was seen, in seconds where it is a time."""

    kills: int = 0
    events: int = 0  # on record at the kills, and found again
    mid_epoch: int = 0  # kills between the first and the last batch of an epoch
    repeated_steps: list[int] = field(default_factory=list)  # batches on record, to be trained again
    repeated_seconds: list[float] = field(default_factory=list)  # of training, on record or not, at most
    since_state: list[float] = field(default_factory=list)  # from the last state or start to the kill
    noticed: list[float] = field(default_factory=list)  # until 'interrupted', or until the next answer
    training: list[float] = field(default_factory=list)  # from then on to the next batch
    gone: list[float] = field(default_factory=list)  # until the last process of the family was gone
    files: int = 0  # read, each with its hash

    def show(self, title: str, noticed: str) -> None:
        """One block of lines."""
        print(f"\n{title}: {self.kills} kills")
        print(f"  events on record at a kill, found again identical  {self.events:,}")
        print(f"  files read with their hash, none torn              {self.files:,}")
        print("  PRAGMA integrity_check                             ok each time")
        print(f"  kills in mid-epoch                                 {self.mid_epoch}")
        print(f"  batches to be trained again after a kill           {_spread(self.repeated_steps)}")
        print(f"  training to be done again after a kill             {_spread(self.repeated_seconds)} s")
        print(f"  from the last state to the kill, inspections too   {_spread(self.since_state)} s")
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
    """The results of an undisturbed run."""

    workload: Workload
    hashes: dict[int, str]  # of each epoch's weights
    losses: Sequence[float]
    epoch_seconds: float  # of training

    @classmethod
    def of(cls, folder: Path, workload: Workload) -> Truth:
        """Train it."""
        with open_lab(folder / "undisturbed") as lab:
            run_id = workload.queue(lab)
            lab.wait_for_state(run_id, "finished", patience=1_200)
            events = lab.store.events(run_id)
            seconds = max(stored.event.seconds for stored in events if isinstance(stored.event, Epoch))
            losses = list(lab.store.curves(run_id).loss)
            return cls(workload, hashes(events), losses, seconds / workload.epochs)

    @property
    def batches(self) -> int:
        """Batches in an epoch."""
        return len(self.losses) // self.workload.epochs

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


START = Standing(0, 0)


class Witness:
    """Knows what was on record before a kill, and looks for it afterwards."""

    def __init__(self, store: RunStore, truth: Truth, tally: Tally) -> None:
        self._store = store
        self._truth = truth
        self._tally = tally
        self._before: list[StoredEvent] = []
        self._training_since = 0.0  # when the present process began to train, or a little earlier

    def await_moment(self, run_id: str, standing: Standing, *, early: bool) -> None:
        """Wait for a random moment: while the process is still starting, or while it trains."""
        self._training_since = time.time()
        if early:
            time.sleep(random.random() * EARLY_SECONDS)
        else:
            self._await_training(run_id, standing)
            time.sleep(random.random() * self._truth.workload.longest)

    def look(self, run_id: str) -> float:
        """Remember what is on record; returns the present time."""
        self._before = self._store.events(run_id)
        return time.time()

    def examine(self, run_id: str, standing: Standing, killed_at: float) -> Standing:
        """What was on record is there, the files are whole; where the run has to continue.

        `standing` is where the process that was killed had to continue.
        """
        after = self._store.events(run_id)
        assert after[: len(self._before)] == self._before, "acknowledged events are gone or different"
        self._tally.kills += 1
        self._tally.events += len(self._before)
        assert integrity(self._store.home) == "ok"
        states = self._store.states(run_id)
        files = [(saved.path, saved.sha256) for saved in self._store.checkpoints(run_id)]
        files += [(state.path, state.sha256) for state in states]
        for path, sha256 in files:
            read_tensors(path, sha256)
        self._tally.files += len(files)
        step = states[0].step if states else 0
        saved_at = states[0].path.stat().st_mtime if states else 0.0
        self._count_repeated(after[standing.events :], step, killed_at - max(saved_at, self._training_since))
        return Standing(step, len(after))

    def _count_repeated(self, events: list[StoredEvent], step: int, seconds: float) -> None:
        """Count what the process that emitted these events trained after its last state, at `step`."""
        done = [stored.event for stored in events if isinstance(stored.event, Batches)]
        last = done[-1].step + len(done[-1].loss) - 1 if done else 0
        steps = max(0, last - step)
        training = steps * BATCH_SIZE / done[-1].images_per_second if steps else 0.0
        started = any(isinstance(stored.event, Started) for stored in events)
        self._tally.mid_epoch += last % self._truth.batches != 0
        self._tally.repeated_steps.append(steps)
        self._tally.since_state.append(max(0.0, seconds) if started else 0.0)
        not_on_record = SECONDS_PER_BUNDLE  # of training, at most
        self._tally.repeated_seconds.append(min(self._tally.since_state[-1], training + not_on_record))

    def _await_training(self, run_id: str, standing: Standing) -> None:
        """Wait for the next batch; the run continued from where it stood, and nothing of it differs."""
        begun = time.monotonic()
        starts: list[Started] = []
        while True:
            fresh = [stored.event for stored in self._store.events(run_id, standing.events)]
            if not starts:
                starts = [event for event in fresh if isinstance(event, Started)]
                self._training_since = time.time()
            if starts and any(isinstance(event, Batches | Finished) for event in fresh):
                break
            run = self._store.run(run_id)
            assert time.monotonic() - begun < 120, f"does not continue, {run.state}: {run.message}"
            time.sleep(0.01)
        assert starts[0].step == standing.step, "did not continue from its last state"
        self._tally.training.append(time.monotonic() - begun)
        self._truth.check(self._store, run_id)
        strays = list(self._store.folder(run_id).glob(".*.part"))
        assert len(strays) <= 1, "half-written files pile up"  # one may be under way


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
        run_id, standing = truth.workload.queue(lab), START
        while tally.kills < count:
            lab.wait_for_state(run_id, "running", "finished")
            witness.await_moment(run_id, standing, early=random.random() < EARLY)
            killed_at = witness.look(run_id)
            family = workers()
            if lab.store.run(run_id).state == "running" and len(family) == 1:
                family[0].kill()
                lab.wait_for_state(run_id, "interrupted", "finished")
            if lab.store.run(run_id).state != "interrupted":  # it was finished too soon
                run_id, standing = truth.workload.queue(lab), START
                continue
            tally.noticed.append(time.time() - killed_at)
            bury(family, tally)
            standing = witness.examine(run_id, standing, killed_at)
            lab.send_command(run_id, "resume")
        lab.wait_for_state(run_id, "finished", patience=600)
        _conclude(lab.store, truth)
    assert survivors(workers()) == [], "processes are left"
    return tally


def kill_servers(folder: Path, count: int, truth: Truth) -> Tally:
    """Kill the whole server so many times; the next one continues by itself."""
    tally = Tally()
    home, log = folder / "servers", folder / "server.log"
    store = RunStore(home)
    lab = Lab(home, store)
    witness = Witness(store, truth, tally)
    run_id, standing = truth.workload.queue(lab), START
    while tally.kills < count:
        with serving(home, log) as server:
            early = random.random() < EARLY
            if not early:
                tally.noticed.append(server.wait_until_up())
            witness.await_moment(run_id, standing, early=early)
            if store.run(run_id).state == "finished":
                run_id, standing = truth.workload.queue(lab), START
                continue
            killed_at = witness.look(run_id)
            family = server.family()
            server.process.kill()
            server.process.wait()
            bury(family, tally)
        if store.run(run_id).state != "finished":
            standing = witness.examine(run_id, standing, killed_at)
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
    """A server that is killed at the end, if that has not been done before."""
    server = LabServer(home, log)
    try:
        yield server
    finally:
        server.process.kill()
        server.process.wait()


def _conclude(store: RunStore, truth: Truth) -> None:
    """Every run is finished, and equal to the undisturbed one."""
    for run in store.runs():
        assert run.state == "finished", f"{run.id} is {run.state}: {run.message}"
        truth.check(store, run.id)
        assert hashes(store.events(run.id)) == truth.hashes


def main() -> None:
    """Both campaigns, a table for each, and the comparison with the limit."""
    parser = argparse.ArgumentParser(description="Kill the worker and the server at random moments.")
    parser.add_argument("--worker", type=int, default=60, help="kills of the training process")
    parser.add_argument("--server", type=int, default=60, help="kills of the whole server")
    parser.add_argument("--seed", type=int, default=1, help="of the random moments")
    settings = parser.parse_args()
    random.seed(settings.seed)
    repeated = [0.0]
    with tempfile.TemporaryDirectory() as folder:
        truth = Truth.of(Path(folder), LONG_EPOCHS)
        print(f"an epoch: {truth.batches} batches, {truth.epoch_seconds:.1f} s of training", flush=True)
        if settings.worker:
            tally = kill_workers(Path(folder), settings.worker, truth)
            tally.show("the training process", "from the kill to 'interrupted', said in words")
            repeated += tally.repeated_seconds
        if settings.server:
            tally = kill_servers(Path(folder), settings.server, truth)
            tally.show("the server", "from its start to its first answer")
            repeated += tally.repeated_seconds
    if max(repeated) >= MAX_REPEATED_SECONDS:
        sys.exit(
            f"{max(repeated):.1f} s of training had to be done again; allowed: {MAX_REPEATED_SECONDS:g} s"
        )


if __name__ == "__main__":
    main()
