"""A run in the terminal, killed at each file operation in turn.

A file operation is anything that changes the disk: making a folder, opening a file for writing, each half of
a checkpoint's bytes, fsync, rename, removal, and every database statement that is not a query.
"""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cnnlab.engine.supervisor import mark_if_dead
from cnnlab.models.weights import read_tensors
from cnnlab.runs.records import Run
from cnnlab.runs.store import RunStore
from cnnlab.training.config import make_config
from tests.conftest import ROOT
from tests.lab import QUICK, integrity
from tests.perf.kills import hashes

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform == "win32", reason="needs fork and signals"),
]

# Loads torch once; then, for each line "home number", a fork trains and dies at that operation (0: never).
TRAINER = """
import os, signal, sqlite3, sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from torch.optim import Adam
Adam([torch.zeros(1, requires_grad=True)])  # the first one loads much of torch
from cnnlab.data import Catalogue
from cnnlab.ground.home import Folders
Catalogue(Folders(Path(), None)).load("digits")
from cnnlab.engine.terminal import train_in_terminal
from cnnlab.ground.home import Folders
from cnnlab.runs import journal, store as room
room._WEIGHTS_KEPT = 1  # so that thinning takes part

def train(home, number):
    left = number
    def operation(*_):
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def audit(event, arguments):
        changes = {"os.rename", "os.remove", "os.mkdir", "shutil.rmtree"}
        if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wa+x"):
            changes.add("open")
        if event in changes and str(arguments[0]).startswith(str(home)):
            operation()
    sys.addaudithook(audit)

    fsync = os.fsync
    os.fsync = lambda handle: (operation(), fsync(handle))[1]
    def write_bytes(path, body):
        with path.open("wb", buffering=0) as file:
            operation()
            file.write(body[: len(body) // 2])
            operation()
            file.write(body[len(body) // 2 :])
    Path.write_bytes = write_bytes
    connect = sqlite3.connect
    def traced(*arguments, **settings):
        base = connect(*arguments, **settings)
        base.set_trace_callback(lambda sql: None if sql.startswith(("SELECT", "PRAGMA")) else operation())
        return base
    sqlite3.connect = traced
    write = journal.write
    def written(store, run_id, event, trained_by):
        print("at", -left, event.event, flush=True)
        write(store, run_id, event, trained_by)
    journal.write = written
    store = room.RunStore(home)
    status = train_in_terminal(store, store.runs()[0], Folders(home, None), True, "")
    os._exit(status)

print("ready", flush=True)
for line in sys.stdin:
    home, number = Path(line.rsplit(" ", 1)[0]), int(line.rsplit(" ", 1)[1])
    child = os.fork()
    if child == 0:
        out = os.open(f"{home}.printed_events", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(out, 1)
        train(home, number)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Trainer:
    """Trains the only run of a home folder in a separate process, up to an operation."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", TRAINER],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def train(self, home: Path, number: int = 0) -> int:
        """Train and return the exit status; -9 if it was killed at that operation."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{home} {number}\n")
        self._process.stdin.flush()
        return int(self._answer())

    def close(self) -> None:
        """End it."""
        self._process.communicate()


@pytest.fixture(scope="module")
def trainer() -> Iterator[Trainer]:
    """A trainer that has loaded torch."""
    made = Trainer()
    yield made
    made.close()


def only_run(store: RunStore) -> Run:
    """The only run in the store."""
    (run,) = store.runs()
    return run


def printed_events(home: Path) -> list[dict[str, Any]]:
    """The events it printed, each after it was recorded."""
    lines = Path(f"{home}.printed_events").read_text().splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def operations_to_kill_at(output: str) -> list[int]:
    """Every operation from the end of the last epoch on (its checkpoint), and every fourth before."""
    done = {event: int(number) for number, event in re.findall(r"^at (\d+) (\w+)$", output, re.MULTILINE)}
    checkpoint = range(done["epoch"] + 1, done["finished"] + 1)
    assert len(checkpoint) > 40
    return [*range(1, checkpoint.start, 4), *checkpoint]


def assert_sound(store: RunStore, run: Run, home: Path) -> None:
    """Assert that the database is intact, recorded files have their hash, and printed events are there."""
    assert integrity(home) == "ok"
    for saved in store.checkpoints(run.id):
        read_tensors(saved.path, saved.sha256)
    for state in store.states(run.id):
        read_tensors(state.path, state.sha256)
    curves = store.curves(run.id)
    printed = {body["step"]: body["loss"] for body in printed_events(home) if body["event"] == "batch"}
    recorded = dict(zip(curves.steps, curves.loss, strict=True))
    assert {step: recorded.get(step) for step in printed} == printed


def strays(store: RunStore, run: Run) -> list[str]:
    """Files in the run's folder that are not recorded."""
    files = {saved.path.name for saved in store.checkpoints(run.id)}
    files |= {state.path.name for state in store.states(run.id)}
    found = {path.name for path in store.folder(run.id).iterdir()}
    return sorted(found - files - {"owner.lock"})


def test_a_kill_at_any_operation_loses_nothing(trainer: Trainer, tmp_path: Path) -> None:
    """The store opens and is sound; the resumed run ends as if undisturbed, with no file left over."""
    fresh = tmp_path / "fresh"
    store = RunStore(fresh)
    store.queue(QUICK, "digits", make_config(epochs=2, batch_size=128), trained_by="terminal")
    store.close()
    whole = shutil.copytree(fresh, tmp_path / "whole")
    assert trainer.train(whole) == 0
    operations = operations_to_kill_at(Path(f"{whole}.printed_events").read_text())
    store = RunStore(whole)
    expected = hashes(store.events(only_run(store).id)), store.curves(only_run(store).id).loss
    store.close()
    resumed_from = set()
    for number in operations:
        home = shutil.copytree(fresh, tmp_path / f"{number}")
        assert trainer.train(home, number) == -signal.SIGKILL
        store = RunStore(home)
        run = mark_if_dead(store, only_run(store))
        assert run.state in ("queued", "interrupted", "finished")
        assert_sound(store, run, home)
        resumed_from.add(next((state.step for state in store.states(run.id)), None))
        if run.state != "finished":
            assert trainer.train(home) == 0
        assert only_run(store).state == "finished"
        assert (hashes(store.events(run.id)), store.curves(run.id).loss) == expected, number
        assert_sound(store, run, home)
        if run.state != "finished":
            assert strays(store, run) == []
        store.close()
        shutil.rmtree(home)
    assert resumed_from == {None, 0, 11, 22}
