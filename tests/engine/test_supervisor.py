"""The lab's background: real workers on `digits`, steered, crowded, killed, closed and opened again."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest
import torch
from torch import Tensor

from cnnlab.engine.job import Job
from cnnlab.engine.signals import Free
from cnnlab.engine.supervisor import mark_if_dead
from cnnlab.engine.worker import SECONDS_PER_BEAT
from cnnlab.ground.errors import RunError
from cnnlab.models.weights import read_tensors
from cnnlab.runs.events import Note, Started
from cnnlab.runs.records import Run
from cnnlab.runs.store import RunStore
from cnnlab.training.config import make_config
from tests.conftest import ROOT, fill
from tests.lab import BATCHES, ENDLESS, EPOCHS, QUICK, Lab, LabServer, opened, workers
from tests.processes import left

pytestmark = pytest.mark.slow

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs signals and a shell")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One lab with a warm worker for many tests. Each leaves it with nothing to do."""
    with opened(tmp_path_factory.mktemp("lab") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def undisturbed(lab: Lab) -> dict[str, Tensor]:
    """The last weights of a run of EPOCHS epochs that nobody disturbed."""
    run_id = lab.queue()
    lab.until_state(run_id, "finished")
    return lab.weights(run_id)


def assert_undisturbed(lab: Lab, run_id: str, expected: dict[str, Tensor]) -> None:
    """The run ended with the same weights bit by bit, and each of its batches is on the curve once."""
    found = lab.weights(run_id)
    assert found.keys() == expected.keys()
    assert [name for name in found if not torch.equal(found[name], expected[name])] == []
    assert lab.store.curves(run_id).steps == list(range(1, BATCHES * EPOCHS + 1))
    assert [point.epoch for point in lab.store.curves(run_id).epochs] == list(range(1, EPOCHS + 1))


# ---- a run, and another one


def test_a_run_finishes(lab: Lab) -> None:
    """With a checkpoint for every epoch, its curve, its figures and its device."""
    run_id = lab.queue(epochs=2)
    run = lab.until_state(run_id, "finished")
    assert [saved.epoch for saved in lab.store.checkpoints(run_id)] == [0, 1, 2]
    assert lab.store.curves(run_id).steps == list(range(1, 2 * BATCHES + 1))
    assert run.progress.test_accuracy is not None
    assert run.progress.best_epoch in (1, 2)
    assert str(run.progress.device).startswith(("CPU", "NVIDIA", "Apple"))
    assert run.ended_at is not None


def test_a_second_run_waits_its_turn(lab: Lab) -> None:
    """It says that it is next, and begins by itself."""
    first = lab.queue(ENDLESS)
    lab.until_step(first, 1)
    second, third = lab.queue(epochs=1), lab.queue(epochs=1)
    assert [lab.store.run(run_id).position for run_id in (first, second, third)] == [0, 1, 2]
    lab.until_step(first, lab.store.run(first).progress.step + 1)
    assert lab.store.run(second).state == "queued"
    lab.ask(first, "stop")
    lab.until_state(third, "finished")
    assert lab.store.run(second).state == "finished"
    assert lab.store.run(first).state == "stopped"


def test_one_worker_serves_all(lab: Lab) -> None:
    """Torch is loaded once."""
    run_id = lab.queue(epochs=1)
    lab.until_state(run_id, "finished")
    assert len(workers()) == 1


def test_a_run_that_fails_says_why_and_the_next_begins(lab: Lab) -> None:
    """Here for a data set that does not exist."""
    bad, good = lab.queue(data="digts"), lab.queue(epochs=1)
    failed = lab.until_state(bad, "failed")
    assert "no data set 'digts'" in str(failed.message)
    assert "fashion-mnist" in str(failed.message)
    lab.until_state(good, "finished")


def test_a_run_that_is_deleted_at_its_end_stops_nobody(lab: Lab) -> None:
    """Deleted between its last event and the worker's 'free', or with an event still to be written."""
    run_id = lab.queue(epochs=1)
    lab.until_state(run_id, "finished")
    gone = lab.store.run(run_id)
    lab.store.delete_run(run_id)
    lab.supervisor._later(lambda: lab.store.record(run_id, [Note()]))
    lab.supervisor._slots[0].run = gone
    lab.supervisor._inbox.put((0, Free()))
    lab.until_state(lab.queue(epochs=1), "finished")
    assert lab.supervisor.trouble == ""


def test_a_run_that_cannot_be_begun_is_interrupted(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the reason; the next one begins, and this one when it is resumed."""
    begin = Job.of

    def refused(store: RunStore, run: Run) -> Job:
        monkeypatch.setattr("cnnlab.engine.supervisor.Job.of", begin)
        raise OSError("Read-only file system")

    monkeypatch.setattr("cnnlab.engine.supervisor.Job.of", refused)
    first = lab.queue(epochs=1)
    run = lab.until_state(first, "interrupted")
    assert str(run.message) == "It could not be started: Read-only file system"
    lab.until_state(lab.queue(epochs=1), "finished")
    lab.ask(first, "resume")
    lab.until_state(first, "finished")


# ---- steering


def test_pause_and_resume(lab: Lab, undisturbed: dict[str, Tensor]) -> None:
    """A paused run stands still with its state on disk, and ends as if nothing had been."""
    run_id = lab.queue()
    lab.until_step(run_id, 1)
    lab.ask(run_id, "pause")
    paused = lab.until_state(run_id, "paused")
    assert lab.store.states(run_id)[0].step == paused.progress.step
    time.sleep(0.3)
    assert lab.store.run(run_id).progress.step == paused.progress.step
    lab.ask(run_id, "resume")
    lab.until_state(run_id, "finished")
    assert_undisturbed(lab, run_id, undisturbed)


def test_one_batch_and_one_epoch(lab: Lab) -> None:
    """Exactly that, and paused again."""
    run_id = lab.begin(ENDLESS)
    lab.ask(run_id, "pause")
    at = lab.until_state(run_id, "paused").progress.step
    for _ in range(2):
        lab.ask(run_id, "batch")
        run = lab.until(run_id, lambda run: run.state == "paused" and run.progress.step > at)  # noqa: B023
        assert run.progress.step == at + 1
        at += 1
    lab.ask(run_id, "epoch")
    run = lab.until(run_id, lambda run: run.state == "paused" and run.progress.step > at)
    assert run.progress.step == (at // BATCHES + 1) * BATCHES
    lab.ask(run_id, "stop")
    lab.until_state(run_id, "stopped")


def test_one_batch_of_a_run_that_waits_is_one_batch(lab: Lab) -> None:
    """Paused without a worker, resumed for one batch, it stops after that one."""
    run_id = lab.begin()
    lab.ask(run_id, "pause")
    at = lab.until_state(run_id, "paused").progress.step
    other = lab.queue(epochs=1)
    lab.until_state(other, "finished")
    lab.ask(run_id, "batch")
    lab.until(run_id, lambda run: run.state == "paused" and run.progress.step > at)
    assert lab.store.run(run_id).progress.step == at + 1
    lab.ask(run_id, "stop")
    lab.until_state(run_id, "stopped")


def test_a_stopped_run_can_go_on(lab: Lab, undisturbed: dict[str, Tensor]) -> None:
    """From where it was stopped, to the same end."""
    run_id = lab.queue()
    lab.until_step(run_id, 1)
    lab.ask(run_id, "stop")
    lab.until_state(run_id, "stopped")
    lab.ask(run_id, "resume")
    lab.until_state(run_id, "finished")
    assert_undisturbed(lab, run_id, undisturbed)


def test_a_paused_run_makes_room(lab: Lab, undisturbed: dict[str, Tensor]) -> None:
    """Another is trained meanwhile; the first stays paused, and goes on when it is asked to."""
    first = lab.queue()
    lab.until_step(first, 1)
    lab.ask(first, "pause")
    lab.until_state(first, "paused")
    second = lab.queue(epochs=1)
    lab.until_state(second, "finished")
    assert lab.store.run(first).state == "paused"
    lab.ask(first, "resume")
    lab.until_state(first, "finished")
    assert_undisturbed(lab, first, undisturbed)


def test_settings_change_while_it_runs(lab: Lab) -> None:
    """The change is a flag on the curve."""
    run_id = lab.queue(ENDLESS)
    lab.until_step(run_id, 1)
    lab.ask(run_id, "change", {"learning_rate": 0.5})
    lab.until(run_id, lambda run: bool(lab.store.curves(run.id).flags))
    (flag,) = lab.store.curves(run_id).flags
    assert flag.settings == {"learning_rate": 0.5}
    lab.ask(run_id, "stop")
    lab.until_state(run_id, "stopped")


def test_wishes_of_another_process_are_seen(lab: Lab) -> None:
    """A terminal on the same home folder asks the store; nobody wakes the supervisor."""
    run_id = lab.queue(ENDLESS)
    lab.until_step(run_id, 1)
    other = RunStore(lab.home)
    other.ask(run_id, "stop")
    other.close()
    lab.until_state(run_id, "stopped")


def test_a_fork_is_trained(lab: Lab) -> None:
    """It begins with the weights of its parent's epoch."""
    parent = lab.queue(epochs=1)
    lab.until_state(parent, "finished")
    child = lab.store.fork(parent, 1, make_config(epochs=1, batch_size=128)).id
    lab.supervisor.wake()
    lab.until_state(child, "finished")
    start = lab.store.checkpoints(child)[0]
    first, last = read_tensors(start.path, start.sha256)[0], lab.weights(parent)
    assert all(torch.equal(first[name], last[name]) for name in last)


def test_pausing_what_is_paused_does_no_harm(lab: Lab) -> None:
    """A second click on pause while the run makes room is forgotten, and the lab goes on."""
    first = lab.queue(ENDLESS)
    lab.until_step(first, 1)
    lab.ask(first, "pause")
    lab.until_state(first, "paused")
    second = lab.queue(epochs=1)
    for _ in range(20):
        with suppress(RunError):  # while nobody has it in hand
            lab.ask(first, "pause")
        time.sleep(0.01)
    lab.until_state(second, "finished")
    lab.ask(first, "stop")
    lab.until_state(first, "stopped")


# ---- death of the worker


@posix
def test_a_killed_worker_interrupts_its_run(lab: Lab, undisturbed: dict[str, Tensor]) -> None:
    """The run says so, goes on from its last checkpoint when asked, and ends as if nothing had been."""
    run_id = lab.queue()
    lab.until(run_id, lambda run: len(lab.store.states(run.id)) > 1)
    (worker,) = workers()
    worker.kill()
    run = lab.until_state(run_id, "interrupted")
    assert "was killed by signal 9" in str(run.message)
    assert "Resume continues from the last checkpoint" in str(run.message)
    lab.ask(run_id, "resume")
    lab.until_state(run_id, "finished")
    assert_undisturbed(lab, run_id, undisturbed)
    assert len(workers()) == 1


@posix
def test_killed_while_paused_in_mid_epoch(lab: Lab, undisturbed: dict[str, Tensor]) -> None:
    """The state of the very batch was on disk; the run goes on from it."""
    run_id = lab.begin()
    lab.ask(run_id, "batch")
    step = lab.until_state(run_id, "paused").progress.step
    workers()[0].kill()
    lab.until_state(run_id, "interrupted")
    lab.ask(run_id, "resume")
    lab.until_state(run_id, "finished")
    started = [stored.event.step for stored in lab.store.events(run_id) if isinstance(stored.event, Started)]
    assert started == [0, step]
    assert_undisturbed(lab, run_id, undisturbed)


@posix
@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo rubbish; exec sleep 60", "sent something unreadable and was terminated"),
        (
            'echo \'{"event": "ready"}\'; exec sleep 60',
            "stopped responding and was terminated",
        ),
        ("echo out of luck >&2; exit 3", "ended with status 3. Its last words: out of luck"),
    ],
)
def test_a_worker_that_fails_interrupts_its_run_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, words: str
) -> None:
    """Whatever it does; and the lab is still there for the next one."""
    program = tmp_path / "impostor"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    if words.startswith("stopped responding"):
        monkeypatch.setattr("cnnlab.engine.supervisor._SILENCE", 0.5)
    with opened(tmp_path / "home") as lab:
        for run_id in (lab.queue(), lab.queue()):
            assert words in str(lab.until_state(run_id, "interrupted").message)


@posix
def test_a_hung_worker_is_ended(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that stands still gives no sign of life; its run says so, and a fresh worker finishes it."""
    monkeypatch.setattr("cnnlab.engine.supervisor._SILENCE", 2 * SECONDS_PER_BEAT)
    run_id = lab.begin(ENDLESS)
    lab.until_step(run_id, 1)
    workers()[0].suspend()
    assert "stopped responding" in str(lab.until_state(run_id, "interrupted").message)
    lab.ask(run_id, "resume")
    lab.until_state(run_id, "running")
    lab.ask(run_id, "stop")
    lab.until_state(run_id, "stopped")


# ---- closing, killing and opening the lab


def test_closing_the_lab_keeps_the_run_for_the_next_start(
    undisturbed: dict[str, Tensor], tmp_path: Path
) -> None:
    """What trains queues again with its state kept, what is paused stays paused; no process is left."""
    others = set(workers())
    with opened(tmp_path / "home") as first:
        paused = first.begin()
        first.ask(paused, "batch")
        first.until_state(paused, "paused")
        run_id = first.queue()
        first.until_step(run_id, 1)
        mine = set(workers()) - others
    assert len(mine) == 1
    assert left(list(mine), seconds=0) == []
    with opened(tmp_path / "home") as second:
        run = second.store.run(run_id)
        assert run.state in ("queued", "running")
        assert str(run.message) in ("The lab was closed; the run continues when the lab is open again.", "")
        second.until_state(run_id, "finished")
        assert second.store.run(paused).state == "paused"
        assert_undisturbed(second, run_id, undisturbed)
        assert second.kinds(run_id).count("started") == 2


SERVER = """
import sys, time
from pathlib import Path
from cnnlab.ground.home import Folders
from cnnlab.runs.store import RunStore
from cnnlab.engine.signals import Free
from cnnlab.engine.local import LocalEngine
from cnnlab.engine.supervisor import Supervisor
home = Path(sys.argv[1])
Supervisor(RunStore(home), LocalEngine(Folders(home, None))).start()
time.sleep(300)
"""


@posix
def test_killing_the_server_ends_its_worker_and_loses_no_run(
    undisturbed: dict[str, Tensor], tmp_path: Path
) -> None:
    """The worker is gone within two seconds; the next server goes on with what was under way."""
    lab = Lab(tmp_path / "home")
    run_id = lab.queue()
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(lab.home)], cwd=ROOT)
    lab.until(run_id, lambda run: len(lab.store.states(run.id)) > 1)
    family = workers(server.pid)
    assert len(family) == 1
    server.kill()
    server.wait()
    assert left(family) == []
    assert lab.store.run(run_id).state == "running"
    lab.supervisor.start()
    lab.until_state(run_id, "finished")
    assert_undisturbed(lab, run_id, undisturbed)
    lab.supervisor.stop()
    lab.store.close()


@posix
def test_sigterm_to_the_server_keeps_the_run(tmp_path: Path) -> None:
    """The real server: it ends by itself, the run waits with its state kept, no process is left."""
    lab = Lab(tmp_path / "home")
    run_id = lab.queue(ENDLESS)
    server = LabServer(lab.home, tmp_path / "server.log")
    lab.until_step(run_id, 1)
    family = server.family()
    server.process.terminate()
    server.process.wait(30)
    assert left(family) == []
    run = lab.store.run(run_id)
    assert (run.state, run.position) == ("queued", 1)
    assert "continues when the lab is open again" in str(run.message)
    assert lab.store.states(run_id)[0].step == run.progress.step > 0
    lab.store.close()


def test_a_terminal_that_died_leaves_no_running_run(store: RunStore) -> None:
    """A run that claims to train while nobody does is interrupted, and can be resumed."""
    run = store.queue(QUICK, "digits", make_config(epochs=1), trained_by="terminal")
    store.change_state(run.id, {"queued"}, "running", trained_by="terminal")
    with store.training_lock(run.id):
        assert mark_if_dead(store, store.run(run.id)).state == "running"
    dead = mark_if_dead(store, store.run(run.id))
    assert dead.state == "interrupted"
    assert "terminal ended unexpectedly" in str(dead.message)


# ---- a full disk


def test_a_full_disk_pauses_the_run_and_loses_nothing(
    small_disk: Path, undisturbed: dict[str, Tensor]
) -> None:
    """With room again it goes on by itself, to the same end."""
    with opened(small_disk / "home") as lab:
        run_id = lab.queue()
        lab.until_step(run_id, 1)
        ballast = fill(small_disk)
        # The worker has paused, though the data base may have no room either to say so.
        lab.until(run_id, lambda _: lab.supervisor._slots[0].paused)
        lab.until(run_id, lambda run: run.state == "paused" or "full" in str(lab.supervisor.trouble))
        ballast.unlink()
        lab.until_state(run_id, "finished")
        assert lab.supervisor.trouble == ""
        assert_undisturbed(lab, run_id, undisturbed)


# ---- clocks, and a second lab


def test_a_clock_that_jumps_changes_nothing(
    lab: Lab, undisturbed: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day back, a day forward, at every look: order, figures and durations are as they were."""
    real, jumps = time.time, count()
    monkeypatch.setattr(time, "time", lambda: real() + (-1) ** next(jumps) * 86_400)
    begun = time.monotonic()
    first, second = lab.queue(), lab.queue(epochs=1)
    lab.until_state(second, "finished")
    run = lab.store.run(first)
    assert run.state == "finished"
    assert 0 < run.progress.seconds < time.monotonic() - begun
    assert [made.id for made in lab.store.runs()[:2]] == [second, first]
    assert_undisturbed(lab, first, undisturbed)
    assert next(jumps) > 4


def test_a_second_lab_on_the_same_home_is_refused(tmp_path: Path) -> None:
    """Exit status 2 and words; the first one goes on answering."""
    home, logs = tmp_path / "home", [tmp_path / "first.log", tmp_path / "second.log"]
    first = LabServer(home, logs[0])
    try:
        first.until_up()
        second = LabServer(home, logs[1])
        assert second.process.wait(60) == 2
        words = logs[1].read_text()
        assert f"cnnlab: {home}: another lab is running on this home folder." in words
        assert "CNNLAB_HOME" in words
        assert "Traceback" not in words
        first.until_up()
    finally:
        first.process.terminate()
        first.process.wait(30)
