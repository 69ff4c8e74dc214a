"""The training process itself: it answers, dies with its parent, and its death is explained."""

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
from tests.engine.conftest import message_of
from tests.processes import replace_python, survivors

pytestmark = pytest.mark.slow

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs a shell and signals")
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="prlimit is Linux's")


class WorkerProbe:
    """A worker and the events it sends."""

    def __init__(self, log: Path) -> None:
        self._received: queue.Queue[Event | Signal] = queue.Queue()
        self.worker = Worker(log, self._received.put)

    def until(self, *kinds: str) -> list[dict[str, Any]]:
        """All events up to the first of one of these kinds, without signs of life."""
        received: list[dict[str, Any]] = []
        while not received or received[-1]["event"] not in kinds:
            event = to_dict(self._received.get(timeout=60))
            if event["event"] != "beat" or "beat" in kinds:
                received.append(event)
        return received


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProbe]:
    """One warm worker for several tests."""
    made = WorkerProbe(tmp_path_factory.mktemp("home") / "worker.log")
    made.until("ready")
    yield made
    made.worker.end()
    made.until("died")


def test_trains_one_run_after_another(probe: WorkerProbe, job: Job, tmp_path: Path) -> None:
    """It is free in between; a job that fails is reported and does not affect the next run."""
    where = Folders(tmp_path, None)
    for body in (job, Job("x", job.design, "digts", job.config, job.folder), job):
        probe.worker.send(write_job(body, where))
    ends = [probe.until("free")[-2]["event"] for _ in range(3)]
    assert ends == ["finished", "failed", "finished"]


@linux
def test_running_out_of_memory_suggests_a_smaller_batch(probe: WorkerProbe, job: Job, tmp_path: Path) -> None:
    """A batch that does not fit ends the run, not the process: the next run is trained."""
    process, where = psutil.Process(probe.worker.pid), Folders(tmp_path, None)
    probe.worker.send(write_job(job, where))
    probe.until("free")
    greedy = job.design.with_layers((Conv2d(out_channels=256), Flatten(), Linear(out_features=10)))
    limit = process.memory_info().vms + 400_000_000  # one batch's activations alone take 900 MB
    process.rlimit(psutil.RLIMIT_AS, (limit, limit))
    whole = changed(job.config, batch_size=1297, precision="float32")
    probe.worker.send(write_job(Job("g", greedy, "digits", whole, tmp_path / "greedy"), where))
    probe.worker.send(write_job(job, where))
    failed = probe.until("free")[-2]
    assert failed["event"] == "failed"
    assert "memory is full" in message_of(failed)
    assert "batch size of 324" in message_of(failed)
    assert probe.until("free")[-2]["event"] == "finished"


@pytest.mark.skipif(not hasattr(time, "pthread_getcpuclockid"), reason="no clocks of threads here")
@pytest.mark.parametrize(("waits", "felt"), [(False, False), (True, True)], ids=["stuck", "waiting"])
def test_only_a_stuck_thread_has_no_pulse(waits: bool, felt: bool) -> None:
    """The main thread waits for a lock, as in a library call that never returns."""
    pulse = Pulse(lambda: waits)
    assert pulse.felt()  # it has been busy until now
    asleep = threading.Lock()
    asleep.acquire()
    found: list[bool] = []

    def observe() -> None:
        time.sleep(0.2)
        pulse.felt()
        time.sleep(0.2)
        found.append(pulse.felt())
        asleep.release()

    threading.Thread(target=observe).start()
    asleep.acquire()
    assert found == [felt]
    assert pulse.felt()


PARENT = """
import sys, time
from pathlib import Path
from cnnlab.engine.local import Worker
events = []
worker = Worker(Path(sys.argv[1]), events.append)
while sys.argv[2] == "ready" and not events:
    time.sleep(0.01)
print(worker.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("moment", ["ready", "still loading"])
def test_goes_when_its_parent_is_killed(tmp_path: Path, moment: str) -> None:
    """Within two seconds, even while it is still loading torch; no process is left."""
    command = [sys.executable, "-c", PARENT, str(tmp_path / "log"), moment]
    parent = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    worker = psutil.Process(int(parent.stdout.readline()))
    family = [worker, *worker.children(recursive=True)]
    parent.kill()
    parent.communicate()
    assert survivors(family) == []


@posix
@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo no luck today >&2; exit 3", "ended with status 3. Its last words: no luck today"),
        ("exit 0", "ended with status 0."),
        ("kill -11 $$", "was killed by signal 11."),
        ("kill -9 $$", "signal 9. The system may have ended it because the memory was full: try a smaller"),
        ("exit 137", "status 137. The system may have ended it because the memory was full"),
        ("echo MemoryError >&2; exit 1", "words: MemoryError. The system may have ended it because the"),
        ('echo \'{"event": "re\'; exec sleep 60', "sent something unreadable and was terminated"),
        ("echo rubbish; exec sleep 60", "sent something unreadable and was terminated"),
        ("echo 42; exec sleep 60", "sent something unreadable and was terminated"),
        ("printf '\\377\\376\\n'; exec sleep 60", "sent something unreadable and was terminated"),
        ("printf half-a-line; exit 1", "ended with status 1."),
    ],
)
def test_its_end_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    """Whether it ends by itself, is killed, or sends rubbish; the process is gone."""
    replace_python(tmp_path, script, monkeypatch)
    probe = WorkerProbe(tmp_path / "log")
    (died,) = probe.until("died")
    assert reason in message_of(died)
    assert not psutil.pid_exists(probe.worker.pid)


@posix
def test_a_traceback_goes_into_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The screen has its last line, and the id of the entry."""
    lines = ("Traceback (most recent call last):", "  File x, line 1", "KeyError: 7")
    replace_python(tmp_path, "".join(f"echo '{line}' >&2;" for line in lines), monkeypatch)
    (died,) = WorkerProbe(tmp_path / "log").until("died")
    said = message_of(died)
    assert "Its last words: KeyError: 7. Something went wrong in the lab." in said
    assert "File x" not in said
    entry = next(text for text in caplog.messages if "File x" in text)
    assert entry.split()[2] in said


@posix
def test_a_worker_needs_no_file_for_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a home folder where that file cannot be written the run is trained all the same."""
    (tmp_path / "log").mkdir()
    replace_python(tmp_path, "echo lost >&2; exit 3", monkeypatch)
    (died,) = WorkerProbe(tmp_path / "log").until("died")
    assert message_of(died) == "The training process ended with status 3."


@posix
def test_an_order_to_a_dead_worker_is_not_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`send` returns False."""
    replace_python(tmp_path, "exit 0", monkeypatch)
    probe = WorkerProbe(tmp_path / "log")
    probe.until("died")
    assert not probe.worker.send({"order": "pause", "settings": {}})
    probe.worker.end()


@posix
def test_a_worker_that_does_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing its stdin is only a request."""
    replace_python(tmp_path, "exec sleep 60", monkeypatch)
    probe = WorkerProbe(tmp_path / "log")
    probe.worker.end(patience=0.1)
    assert "signal 9" in message_of(probe.until("died")[-1])
