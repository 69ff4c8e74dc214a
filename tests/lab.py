"""A lab without a screen, a quick design, and the real server, for tests that disturb them."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeVar

import psutil
from torch import Tensor

from cnnlab.design.design import Design
from cnnlab.engine.local import LocalEngine
from cnnlab.engine.protocol import Engine
from cnnlab.engine.supervisor import Supervisor
from cnnlab.ground.home import Folders
from cnnlab.layers import BatchNorm2d, Conv2d, Dropout, Flatten, Linear, MaxPool2d, ReLU
from cnnlab.models.weights import read_tensors
from cnnlab.runs.records import Command, Run, State
from cnnlab.runs.store import RunStore
from cnnlab.training.config import make_config
from tests.conftest import ROOT
from tests.processes import free_port

LAYERS = (
    Conv2d(out_channels=4, kernel_size=5, stride=2),
    BatchNorm2d(),
    ReLU(),
    MaxPool2d(),
    Dropout(p=0.1),
    Flatten(),
    Linear(out_features=10),
)
QUICK = Design(name="quick").with_layers(LAYERS)
BATCHES = 11  # in an epoch of digits in batches of 128
EPOCHS = 8
ENDLESS = 1_000


class Lab:
    """A store and its supervisor, without a screen."""

    def __init__(self, home: Path, store: RunStore | None = None, engine: Engine | None = None) -> None:
        self.home = home
        self.store = store or RunStore(home)
        self.supervisor = Supervisor(self.store, engine or LocalEngine(Folders(home, None)))

    def queue(self, epochs: int = EPOCHS, data: str = "digits", **settings: float) -> str:
        """Queue a run and return its id."""
        config = make_config(epochs=epochs, batch_size=128, **settings)
        run = self.store.queue(QUICK, data, config)
        self.supervisor.wake()
        return run.id

    def train(self, design: Design, epochs: int, name: str) -> None:
        """Train a design on the digits to the end, in a run of this name."""
        run = self.store.queue(design, "digits", make_config(epochs=epochs, batch_size=128), name=name).id
        self.supervisor.wake()
        self.wait_for_state(run, "finished")

    def begin(self, epochs: int = EPOCHS) -> str:
        """Queue a run, wait until it has started, and return its id."""
        run_id = self.queue(epochs)
        self.wait_for_state(run_id, "running")
        return run_id

    def send_command(self, run_id: str, command: Command, settings: dict[str, float] | None = None) -> None:
        """Do what a click on a page does."""
        self.store.send_command(run_id, command, settings)
        self.supervisor.wake()

    def wait_until(self, run_id: str, holds: Callable[[Run], bool], patience: float = 90) -> Run:
        """Wait for something to be true of a run."""
        deadline = time.monotonic() + patience
        while not holds(run := self.store.run(run_id)):
            assert time.monotonic() < deadline, f"{run.state} at step {run.progress.step}: {run.message}"
            time.sleep(0.01)
        return run

    def wait_for_state(self, run_id: str, *states: State, patience: float = 90) -> Run:
        """Wait for one of these states."""
        return self.wait_until(run_id, lambda run: run.state in states, patience)

    def wait_for_step(self, run_id: str, step: int) -> Run:
        """Wait until this many batches are recorded."""
        return self.wait_until(run_id, lambda run: run.progress.step >= step)

    def weights(self, run_id: str) -> dict[str, Tensor]:
        """The last epoch's weights, checked against their hash."""
        saved = self.store.checkpoints(run_id)[-1]
        return read_tensors(saved.path, saved.sha256)[0]

    def kinds(self, run_id: str) -> list[str]:
        """The names of a run's events."""
        return [stored.event.event for stored in self.store.events(run_id)]


AnyLab = TypeVar("AnyLab", bound=Lab)


def open_lab(home: Path, engine: Engine | None = None) -> AbstractContextManager[Lab]:
    """A started lab, which is stopped at the end."""
    return started(Lab(home, engine=engine))


@contextmanager
def started(lab: AnyLab) -> Iterator[AnyLab]:
    """Start a lab, and stop it at the end."""
    lab.supervisor.start()
    try:
        yield lab
    finally:
        lab.supervisor.stop()
        lab.store.close()


def workers(parent: int | None = None) -> list[psutil.Process]:
    """The training processes started by a process, by default this one."""
    children = psutil.Process(parent).children(recursive=True)
    return [process for process in children if command_of(process)[-2:] == ["cnnlab", "worker"]]


def command_of(process: psutil.Process) -> list[str]:
    """The command line of a process; empty for a zombie or one that has just ended."""
    try:
        command: list[str] = process.cmdline()
    except psutil.Error:
        return []
    return command


class LabServer:
    """`streamlit run app.py` on a home folder; the caller has to end it."""

    def __init__(self, home: Path, log: Path) -> None:
        self._begun = time.monotonic()
        self._url = f"http://127.0.0.1:{(port := free_port())}"
        options = {"port": port, "address": "127.0.0.1", "headless": "true"}
        flags = [f"--server.{name}={value}" for name, value in options.items()]
        with log.open("ab") as sink:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", "app.py", *flags],
                cwd=ROOT,
                env=os.environ | {"CNNLAB_HOME": str(home)},
                stdout=sink,
                stderr=sink,
            )

    def wait_until_up(self) -> float:
        """Wait for its first answer; returns the seconds since its start."""
        while True:
            try:
                with urllib.request.urlopen(f"{self._url}/_stcore/health", timeout=2):
                    return time.monotonic() - self._begun
            except OSError:
                assert self.process.poll() is None, "the server has ended"
                assert time.monotonic() - self._begun < 90, "the server does not answer"
                time.sleep(0.02)

    def child_processes(self) -> list[psutil.Process]:
        """All its child processes."""
        return psutil.Process(self.process.pid).children(recursive=True)


def integrity(home: Path) -> str:
    """SQLite's own verdict on the database file; 'ok' if it is intact."""
    db = sqlite3.connect(home / "lab.db")
    try:
        return str(db.execute("PRAGMA integrity_check").fetchone()[0])
    finally:
        db.close()
