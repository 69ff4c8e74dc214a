"""Several processes using one store, and processes that are killed while using it."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cnnlab.runs.events import to_dict
from cnnlab.runs.records import Run
from cnnlab.runs.store import RunStore
from tests.conftest import ROOT
from tests.events import events
from tests.lab import integrity

pytestmark = pytest.mark.slow

# Records one batch after the other, and reports each only when it is on disk.
WRITER = """
import sys
from pathlib import Path
from cnnlab.runs.events import read_event
from cnnlab.runs.store import RunStore
home, run, first, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
store = RunStore(home)
for step in range(first, first + count):
    body = {"event": "batches", "epoch": 1, "batch": step, "step": step, "loss": [float(step)],
            "accuracy": [0.5], "images_per_second": 1.0}
    store.record(run, [read_event(body)])
    print(step, flush=True)
store.close()
"""


def writer(home: Path, run: Run, first: int, count: int) -> subprocess.Popen[str]:
    """A process that records `count` batches of a run."""
    command = [sys.executable, "-c", WRITER, str(home), run.id, str(first), str(count)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_three_writers_at_once_lose_nothing(store: RunStore, run: Run) -> None:
    """Two processes and this one, 150 events each, readers in between: 450 events, numbered without gaps."""
    other = store.queue(run.design, "digits", run.config)
    writers = [writer(store.home, run, 1_000, 150), writer(store.home, other, 2_000, 150)]
    for step in range(150):
        body = {"event": "batches", "epoch": 1, "batch": 1, "step": step, "loss": [0.0]}
        store.record(run.id, events(body | {"accuracy": [0.0], "images_per_second": 1.0}))
        store.runs()
    assert [process.wait() for process in writers] == [0, 0]
    for process in writers:
        process.communicate()
    assert [event.seq for event in store.events(run.id)] == list(range(1, 301))
    assert len(store.events(other.id)) == 150
    steps = {to_dict(event.event)["step"] for event in store.events(run.id)}
    assert steps == {*range(150), *range(1_000, 1_150)}
    assert integrity(store.home) == "ok"


def test_a_killed_writer_loses_nothing_it_acknowledged(store: RunStore, run: Run) -> None:
    """Killed at ten random moments: printed steps are there, the file is intact, writing still works."""
    acknowledged: set[int] = set()
    for turn in range(10):
        process = writer(store.home, run, 1 + 10_000 * turn, 9_999)
        assert process.stdout is not None
        acknowledged.add(int(process.stdout.readline()))
        time.sleep(random.random() * 0.08)
        process.kill()
        acknowledged.update(int(line) for line in process.communicate()[0].split("\n")[:-1])
        assert integrity(store.home) == "ok"
    found = {to_dict(event.event)["step"] for event in store.events(run.id)}
    assert len(acknowledged) >= 10
    assert acknowledged <= found
    assert len(found) <= len(acknowledged) + 10  # the one being written at each kill
    store.rename_run(run.id, "still writable")
    assert store.run(run.id).name == "still writable"


def test_the_last_to_close_merges_the_log(store: RunStore, run: Run) -> None:
    """A home folder that no process has open is a single database file, which can be copied."""
    home = store.home
    process = writer(home, run, 1, 20)
    process.communicate()
    store.close()
    assert not (home / "lab.db-wal").exists()
    reopened = RunStore(home)
    assert len(reopened.events(run.id)) == 20
    reopened.close()
