"""A lab without a screen, a run that takes a moment, and the real server: for tests that disturb them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

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
BATCHES = 11  # an epoch of digits in batches of 128
EPOCHS = 8
ENDLESS = 1_000


class Lab:
    """A store and its supervisor, without a screen."""

    def __init__(self, home: Path, store: RunStore | None = None, engine: Engine | None = None) -> None:
        self.home = home
        self.store = store or RunStore(home)
        self.supervisor = Supervisor(self.store, engine or LocalEngine(Folders(home, None)))

    def queue(self, epochs: int = EPOCHS, data: str = "digits", **settings: float) -> str:
        """Queue a run; its id."""
        config = make_config(epochs=epochs, batch_size=128, **settings)
        run = self.store.queue(QUICK, data, config)
        self.supervisor.wake()
        return run.id

    def begin(self, epochs: int = EPOCHS) -> str:
        """Queue a run and wait until it has been taken up; its id."""
        run_id = self.queue(epochs)
        self.until_state(run_id, "running")
        return run_id

    def ask(self, run_id: str, command: Command, settings: dict[str, float] | None = None) -> None:
        """What a click in a page does."""
        self.store.ask(run_id, command, settings)
        self.supervisor.wake()

    def until(self, run_id: str, holds: Callable[[Run], bool], patience: float = 90) -> Run:
        """Wait for something to be true of a run."""
        deadline = time.monotonic() + patience
        while not holds(run := self.store.run(run_id)):
            assert time.monotonic() < deadline, f"{run.state} at step {run.progress.step}: {run.message}"
            time.sleep(0.01)
        return run

    def until_state(self, run_id: str, *states: State, patience: float = 90) -> Run:
        """Wait for one of these states."""
        return self.until(run_id, lambda run: run.state in states, patience)

    def until_step(self, run_id: str, step: int) -> Run:
        """Wait until so many batches are on record."""
        return self.until(run_id, lambda run: run.progress.step >= step)

    def weights(self, run_id: str) -> dict[str, Tensor]:
        """The last epoch's, checked against their hash."""
        saved = self.store.checkpoints(run_id)[-1]
        return read_tensors(saved.path, saved.sha256)[0]

    def kinds(self, run_id: str) -> list[str]:
        """The names of a run's events."""
        return [stored.event.event for stored in self.store.events(run_id)]


@contextmanager
def opened(home: Path, engine: Engine | None = None) -> Iterator[Lab]:
    """A lab from its start to its end."""
    lab = Lab(home, engine=engine)
    lab.supervisor.start()
    try:
        yield lab
    finally:
        lab.supervisor.stop()
        lab.store.close()


def workers(parent: int | None = None) -> list[psutil.Process]:
    """The training processes below a process, this one unless another is named."""
    below = psutil.Process(parent).children(recursive=True)
    return [process for process in below if _command(process)[-2:] == ["cnnlab", "worker"]]


def _command(process: psutil.Process) -> list[str]:
    """How it was started; nothing for one that is dead and not yet buried, or just gone."""
    try:
        command: list[str] = process.cmdline()
    except psutil.Error:
        return []
    return command


class LabServer:
    """`streamlit run app.py` on a home folder; whoever starts it ends it."""

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

    def until_up(self) -> float:
        """Wait for its first answer; how many seconds it took from its start."""
        while True:
            try:
                with urllib.request.urlopen(f"{self._url}/_stcore/health", timeout=2):
                    return time.monotonic() - self._begun
            except OSError:
                assert self.process.poll() is None, "the server has ended"
                assert time.monotonic() - self._begun < 90, "the server does not answer"
                time.sleep(0.02)

    def family(self) -> list[psutil.Process]:
        """All processes below it."""
        return psutil.Process(self.process.pid).children(recursive=True)
