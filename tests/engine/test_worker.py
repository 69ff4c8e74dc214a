"""The training process itself: it answers, it dies with its parent, and its death is told in words."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from cnnlab.engine.job import Job, write_job
from cnnlab.engine.local import Worker
from cnnlab.engine.signals import Signal
from cnnlab.engine.worker import Pulse
from cnnlab.ground.home import Folders
from cnnlab.layers import Conv2d, Flatten, Linear
from cnnlab.runs.events import Event, to_dict
from cnnlab.training.config import changed
from tests.conftest import ROOT
from tests.engine.conftest import said
from tests.processes import left

pytestmark = pytest.mark.slow

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs a shell and signals")
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="prlimit is Linux's")


class Ears:
    """A worker and what it tells."""

    def __init__(self, log: Path) -> None:
        self._told: queue.Queue[Event | Signal] = queue.Queue()
        self.worker = Worker(log, self._told.put)

    def until(self, *kinds: str) -> list[dict[str, Any]]:
        """Everything up to the first event of one of these kinds, signs of life left out."""
        heard: list[dict[str, Any]] = []
        while not heard or heard[-1]["event"] not in kinds:
            event = to_dict(self._told.get(timeout=60))
            if event["event"] != "beat" or "beat" in kinds:
                heard.append(event)
        return heard


@pytest.fixture(scope="module")
def ears(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ears]:
    """One warm worker for several tests."""
    made = Ears(tmp_path_factory.mktemp("home") / "worker.log")
    made.until("ready")
    yield made
    made.worker.end()
    made.until("died")


def test_trains_one_run_after_the_other(ears: Ears, job: Job, tmp_path: Path) -> None:
    """And is free in between; what it cannot do is told, and the next run is none the worse for it."""
    where = Folders(tmp_path, None)
    for body in (job, Job("x", job.design, "digts", job.config, job.folder), job):
        ears.worker.send(write_job(body, where))
    ends = [ears.until("free")[-2]["event"] for _ in range(3)]
    assert ends == ["finished", "failed", "finished"]


@linux
def test_full_memory_is_told_with_a_smaller_batch(ears: Ears, job: Job, tmp_path: Path) -> None:
    """A batch that does not fit ends the run, not the process: the next run is trained."""
    process, where = psutil.Process(ears.worker.pid), Folders(tmp_path, None)
    ears.worker.send(write_job(job, where))
    ears.until("free")
    greedy = job.design.with_layers((Conv2d(out_channels=256), Flatten(), Linear(out_features=10)))
    limit = process.memory_info().vms + 400_000_000  # one batch's activations alone take 900 MB
    process.rlimit(psutil.RLIMIT_AS, (limit, limit))
    whole = changed(job.config, batch_size=1297, precision="float32")
    ears.worker.send(write_job(Job("g", greedy, "digits", whole, tmp_path / "greedy"), where))
    ears.worker.send(write_job(job, where))
    failed = ears.until("free")[-2]
    assert failed["event"] == "failed"
    assert "memory is full" in said(failed)
    assert "batch size of 324" in said(failed)
    assert ears.until("free")[-2]["event"] == "finished"


@pytest.mark.skipif(not hasattr(time, "pthread_getcpuclockid"), reason="no clocks of threads here")
@pytest.mark.parametrize(("waits", "felt"), [(False, False), (True, True)], ids=["stuck", "waiting"])
def test_only_who_is_stuck_has_no_pulse(waits: bool, felt: bool) -> None:
    """The main thread sleeps in a lock that is not the interpreter's, as in a library that never returns."""
    pulse = Pulse(lambda: waits)
    assert pulse.felt()  # it has worked until now
    asleep = threading.Lock()
    asleep.acquire()
    found: list[bool] = []

    def look() -> None:
        time.sleep(0.2)
        pulse.felt()
        time.sleep(0.2)
        found.append(pulse.felt())
        asleep.release()

    threading.Thread(target=look).start()
    asleep.acquire()
    assert found == [felt]
    assert pulse.felt()


PARENT = """
import sys, time
from pathlib import Path
from cnnlab.engine.local import Worker
told = []
worker = Worker(Path(sys.argv[1]), told.append)
while sys.argv[2] == "ready" and not told:
    time.sleep(0.01)
print(worker.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("moment", ["ready", "still loading"])
def test_goes_when_its_parent_is_killed(tmp_path: Path, moment: str) -> None:
    """Within two seconds, also while it is still loading torch; nothing is left of it."""
    command = [sys.executable, "-c", PARENT, str(tmp_path / "log"), moment]
    parent = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    worker = psutil.Process(int(parent.stdout.readline()))
    family = [worker, *worker.children(recursive=True)]
    parent.kill()
    parent.communicate()
    assert left(family) == []


def impostor(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have something else run where the lab starts its Python."""
    program = folder / "impostor"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))


@posix
@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo no luck today >&2; exit 3", "ended with status 3. Its last words: no luck today"),
        ("exit 0", "ended with status 0."),
        ("kill -11 $$", "was killed by signal 11."),
        ('echo \'{"event": "re\'; exec sleep 60', "sent something unreadable and was terminated"),
        ("echo rubbish; exec sleep 60", "sent something unreadable and was terminated"),
        ("echo 42; exec sleep 60", "sent something unreadable and was terminated"),
        ("printf '\\377\\376\\n'; exec sleep 60", "sent something unreadable and was terminated"),
        ("printf half-a-line; exit 1", "ended with status 1."),
    ],
)
def test_its_end_is_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, words: str
) -> None:
    """Whether it ends by itself, is killed, or tells rubbish; the process is gone."""
    impostor(tmp_path, script, monkeypatch)
    ears = Ears(tmp_path / "log")
    (died,) = ears.until("died")
    assert words in said(died)
    assert not psutil.pid_exists(ears.worker.pid)


@posix
def test_an_order_to_the_dead_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sends it learns that nobody took it."""
    impostor(tmp_path, "exit 0", monkeypatch)
    ears = Ears(tmp_path / "log")
    ears.until("died")
    assert not ears.worker.send({"order": "pause", "settings": {}})
    ears.worker.end()


@posix
def test_one_that_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing its stdin is a request; patience ends."""
    impostor(tmp_path, "exec sleep 60", monkeypatch)
    ears = Ears(tmp_path / "log")
    ears.worker.end(patience=0.1)
    assert "signal 9" in said(ears.until("died")[-1])
