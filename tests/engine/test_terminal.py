"""A run in the terminal's process when something goes wrong."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cnnlab.runs.store import RunStore
from cnnlab.training.config import make_config
from tests.conftest import ROOT, fill
from tests.lab import BATCHES, ENDLESS, QUICK

pytestmark = pytest.mark.slow

EPOCHS = 20

TRAIN = """
import sys
from pathlib import Path
from cnnlab.engine.terminal import train_in_terminal
from cnnlab.ground.home import Folders
from cnnlab.runs.store import RunStore
home = Path(sys.argv[1])
store = RunStore(home)
sys.exit(train_in_terminal(store, store.runs()[0], Folders(home, None), True, "resume it"))
"""


@contextmanager
def training(home: Path, epochs: int) -> Iterator[subprocess.Popen[str]]:
    """A run in a separate process that has trained its first epoch."""
    store = RunStore(home)
    run = store.queue(QUICK, "digits", make_config(epochs=epochs, batch_size=128), trained_by="terminal")
    process = subprocess.Popen(
        [sys.executable, "-c", TRAIN, str(home)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    while len(store.checkpoints(run.id)) < 2:
        assert process.poll() is None
        time.sleep(0.01)
    store.close()
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()


def test_on_a_full_disk_it_waits_and_continues_by_itself(small_disk: Path) -> None:
    """It says so once; with space again it ends with every batch recorded once."""
    with training(small_disk / "home", epochs=EPOCHS) as process:
        ballast = fill(small_disk)
        assert process.stderr is not None
        line = process.stderr.readline()
        assert line.startswith("cnnlab: ")
        assert "full" in line
        assert "continues by itself" in line
        ballast.unlink()
        _, more = process.communicate()
        assert (process.returncode, more) == (0, "")
    store = RunStore(small_disk / "home")
    (run,) = store.runs()
    assert run.state == "finished"
    assert store.curves(run.id).steps == list(range(1, EPOCHS * BATCHES + 1))
    store.close()


def test_on_a_full_disk_it_can_be_ended(small_disk: Path) -> None:
    """Ctrl-C ends it with status 2; the run can be resumed from its last checkpoint."""
    with training(small_disk / "home", epochs=ENDLESS) as process:
        ballast = fill(small_disk)
        assert process.stderr is not None
        assert "full" in process.stderr.readline()
        process.terminate()
        process.communicate()
        assert process.returncode != 0
    ballast.unlink()
    store = RunStore(small_disk / "home")
    (run,) = store.runs()
    assert not store.is_being_trained(run.id)
    assert store.states(run.id)  # one or two: the disk may be full before the second is written
    store.close()


def test_a_run_that_learned_nothing_says_so(tmp_path: Path) -> None:
    """Initialized with zeros it finishes all its epochs without an error, but with a warning."""
    command = [sys.executable, "-m", "cnnlab", "train", "lenet-5", "--data", "digits", "--epochs", "1"]
    done = subprocess.run(
        [*command, "--initialization", "zeros", "--home", str(tmp_path / "home")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "cnnlab: not learned: no better than guessing" in done.stderr
