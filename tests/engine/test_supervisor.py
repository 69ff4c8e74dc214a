"""The supervisor with real workers on `digits`: steering, queueing, kills, closing and reopening."""

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
from tests.lab import BATCHES, ENDLESS, EPOCHS, QUICK, Lab, LabServer, open_lab, workers
from tests.processes import replace_python, survivors

pytestmark = pytest.mark.slow

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs signals and a shell")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One lab with a warm worker for many tests. Each test leaves it idle."""
    with open_lab(tmp_path_factory.mktemp("lab") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def undisturbed(lab: Lab) -> dict[str, Tensor]:
    """The last weights of an undisturbed run of EPOCHS epochs."""
    run_id = lab.queue()
    lab.wait_for_state(run_id, "finished")
    return lab.weights(run_id)


def assert_undisturbed(lab: Lab, run_id: str, expected: dict[str, Tensor]) -> None:
    """Assert that the final weights are the same bit for bit, and each batch is on the curve once."""
    found = lab.weights(run_id)
    assert found.keys() == expected.keys()
    assert [name for name in found if not torch.equal(found[name], expected[name])] == []
    assert lab.store.curves(run_id).steps == list(range(1, BATCHES * EPOCHS + 1))
    assert [point.epoch for point in lab.store.curves(run_id).epochs] == list(range(1, EPOCHS + 1))


# ---- one run and the next


def test_a_run_finishes(lab: Lab) -> None:
    """With a checkpoint for every epoch, its curve, its results and its device."""
    run_id = lab.queue(epochs=2)
    run = lab.wait_for_state(run_id, "finished")
    assert [saved.epoch for saved in lab.store.checkpoints(run_id)] == [0, 1, 2]
    assert lab.store.curves(run_id).steps == list(range(1, 2 * BATCHES + 1))
    assert run.progress.test_accuracy is not None
    assert run.progress.best_epoch in (1, 2)
    assert str(run.progress.device).startswith(("CPU", "NVIDIA", "Apple"))
    assert run.ended_at is not None


def test_a_second_run_waits_its_turn(lab: Lab) -> None:
    """It knows its position, and starts by itself."""
    first = lab.queue(ENDLESS)
    lab.wait_for_step(first, 1)
    second, third = lab.queue(epochs=1), lab.queue(epochs=1)
    assert [lab.store.run(run_id).position for run_id in (first, second, third)] == [0, 1, 2]
    lab.wait_for_step(first, lab.store.run(first).progress.step + 1)
    assert lab.store.run(second).state == "queued"
    lab.send_command(first, "stop")
    lab.wait_for_state(third, "finished")
    assert lab.store.run(second).state == "finished"
    assert lab.store.run(first).state == "stopped"


def test_one_worker_serves_all(lab: Lab) -> None:
    """Torch is loaded once."""
    run_id = lab.queue(epochs=1)
    lab.wait_for_state(run_id, "finished")
    assert len(workers()) == 1


def test_a_failed_run_says_why_and_the_next_starts(lab: Lab) -> None:
    """Here because the data set does not exist."""
    bad, good = lab.queue(data="digts"), lab.queue(epochs=1)
    failed = lab.wait_for_state(bad, "failed")
    assert "no data set 'digts'" in str(failed.message)
    assert "fashion-mnist" in str(failed.message)
    lab.wait_for_state(good, "finished")


def test_deleting_a_run_at_its_end_does_not_stop_the_lab(lab: Lab) -> None:
    """Between its last event and the worker's 'free', or with an event still to be written."""
    run_id = lab.queue(epochs=1)
    lab.wait_for_state(run_id, "finished")
    gone = lab.store.run(run_id)
    lab.store.delete_run(run_id)
    lab.supervisor._enqueue_write(lambda: lab.store.record(run_id, [Note()]))
    lab.supervisor._slots[0].run = gone
    lab.supervisor._inbox.put((0, Free()))
    lab.wait_for_state(lab.queue(epochs=1), "finished")
    assert lab.supervisor.trouble == ""


def test_a_run_that_cannot_be_started_is_interrupted(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the reason; the next one starts, and this one when it is resumed."""
    begin = Job.of

    def refused(store: RunStore, run: Run) -> Job:
        monkeypatch.setattr("cnnlab.engine.supervisor.Job.of", begin)
        raise OSError("Read-only file system")

    monkeypatch.setattr("cnnlab.engine.supervisor.Job.of", refused)
    first = lab.queue(epochs=1)
    run = lab.wait_for_state(first, "interrupted")
    assert str(run.message) == "It could not be started: Read-only file system"
    lab.wait_for_state(lab.queue(epochs=1), "finished")
    lab.send_command(first, "resume")
    lab.wait_for_state(first, "finished")


# ---- steering


def test_pause_and_resume(lab: Lab, undisturbed: dict[str, Tensor]) -> None:
    """A paused run makes no progress, has its state on disk, and ends as if undisturbed."""
    run_id = lab.queue()
    lab.wait_for_step(run_id, 1)
    lab.send_command(run_id, "pause")
    paused = lab.wait_for_state(run_id, "paused")
    assert lab.store.states(run_id)[0].step == paused.progress.step
    time.sleep(0.3)
    assert lab.store.run(run_id).progress.step == paused.progress.step
    lab.send_command(run_id, "resume")
    lab.wait_for_state(run_id, "finished")
    assert_undisturbed(lab, run_id, undisturbed)


def test_one_batch_and_one_epoch(lab: Lab) -> None:
    """Exactly that much, and paused again."""
    run_id = lab.begin(ENDLESS)
    lab.send_command(run_id, "pause")
    at = lab.wait_for_state(run_id, "paused").progress.step
    for _ in range(2):
        lab.send_command(run_id, "batch")
        run = lab.wait_until(run_id, lambda run: run.state == "paused" and run.progress.step > at)  # noqa: B023
        assert run.progress.step == at + 1
        at += 1
    lab.send_command(run_id, "epoch")
    run = lab.wait_until(run_id, lambda run: run.state == "paused" and run.progress.step > at)
    assert run.progress.step == (at // BATCHES + 1) * BATCHES
    lab.send_command(run_id, "stop")
    lab.wait_for_state(run_id, "stopped")


def test_one_batch_of_a_run_without_a_worker_is_one_batch(lab: Lab) -> None:
    """Paused without a worker and resumed for one batch, it pauses after that one."""
    run_id = lab.begin()
    lab.send_command(run_id, "pause")
    at = lab.wait_for_state(run_id, "paused").progress.step
    other = lab.queue(epochs=1)
    lab.wait_for_state(other, "finished")
    lab.send_command(run_id, "batch")
    lab.wait_until(run_id, lambda run: run.state == "paused" and run.progress.step > at)
    assert lab.store.run(run_id).progress.step == at + 1
    lab.send_command(run_id, "stop")
    lab.wait_for_state(run_id, "stopped")


def test_a_stopped_run_can_continue(lab: Lab, undisturbed: dict[str, Tensor]) -> None:
    """From where it was stopped, to the same end."""
    run_id = lab.queue()
    lab.wait_for_step(run_id, 1)
    lab.send_command(run_id, "stop")
    lab.wait_for_state(run_id, "stopped")
    lab.send_command(run_id, "resume")
    lab.wait_for_state(run_id, "finished")
    assert_undisturbed(lab, run_id, undisturbed)


def test_a_paused_run_makes_room(lab: Lab, undisturbed: dict[str, Tensor]) -> None:
    """Another one trains meanwhile; the first stays paused and continues when it is resumed."""
    first = lab.queue()
    lab.wait_for_step(first, 1)
    lab.send_command(first, "pause")
    lab.wait_for_state(first, "paused")
    second = lab.queue(epochs=1)
    lab.wait_for_state(second, "finished")
    assert lab.store.run(first).state == "paused"
    lab.send_command(first, "resume")
    lab.wait_for_state(first, "finished")
    assert_undisturbed(lab, first, undisturbed)


def test_settings_change_while_it_runs(lab: Lab) -> None:
    """The change is a flag on the curve."""
    run_id = lab.queue(ENDLESS)
    lab.wait_for_step(run_id, 1)
    lab.send_command(run_id, "change", {"learning_rate": 0.5})
    lab.wait_until(run_id, lambda run: bool(lab.store.curves(run.id).flags))
    (flag,) = lab.store.curves(run_id).flags
    assert flag.settings == {"learning_rate": 0.5}
    lab.send_command(run_id, "stop")
    lab.wait_for_state(run_id, "stopped")


def test_commands_of_another_process_are_noticed(lab: Lab) -> None:
    """A terminal on the same home folder writes to the store without waking the supervisor."""
    run_id = lab.queue(ENDLESS)
    lab.wait_for_step(run_id, 1)
    other = RunStore(lab.home)
    other.send_command(run_id, "stop")
    other.close()
    lab.wait_for_state(run_id, "stopped")


def test_a_fork_is_trained(lab: Lab) -> None:
    """It starts from the weights of its parent's epoch."""
    parent = lab.queue(epochs=1)
    lab.wait_for_state(parent, "finished")
    child = lab.store.fork(parent, 1, make_config(epochs=1, batch_size=128)).id
    lab.supervisor.wake()
    lab.wait_for_state(child, "finished")
    start = lab.store.checkpoints(child)[0]
    first, last = read_tensors(start.path, start.sha256)[0], lab.weights(parent)
    assert all(torch.equal(first[name], last[name]) for name in last)


def test_pausing_a_paused_run_does_no_harm(lab: Lab) -> None:
    """A second click on Pause while the run makes room is ignored, and the lab continues."""
    first = lab.queue(ENDLESS)
    lab.wait_for_step(first, 1)
    lab.send_command(first, "pause")
    lab.wait_for_state(first, "paused")
    second = lab.queue(epochs=1)
    for _ in range(20):
        with suppress(RunError):  # while no worker holds it
            lab.send_command(first, "pause")
        time.sleep(0.01)
    lab.wait_for_state(second, "finished")
    lab.send_command(first, "stop")
    lab.wait_for_state(first, "stopped")


# ---- death of the worker


@posix
def test_a_killed_worker_interrupts_its_run(lab: Lab, undisturbed: dict[str, Tensor]) -> None:
    """The run says so, continues from its last checkpoint when resumed, and ends as if undisturbed."""
    run_id = lab.queue()
    lab.wait_until(run_id, lambda run: len(lab.store.states(run.id)) > 1)
    (worker,) = workers()
    worker.kill()
    run = lab.wait_for_state(run_id, "interrupted")
    assert "was killed by signal 9" in str(run.message)
    assert "Resume continues from the last checkpoint" in str(run.message)
    lab.send_command(run_id, "resume")
    lab.wait_for_state(run_id, "finished")
    assert_undisturbed(lab, run_id, undisturbed)
    assert len(workers()) == 1


@posix
def test_killed_while_paused_in_mid_epoch(lab: Lab, undisturbed: dict[str, Tensor]) -> None:
    """The state of that batch was on disk; the run continues from it."""
    run_id = lab.begin()
    lab.send_command(run_id, "batch")
    step = lab.wait_for_state(run_id, "paused").progress.step
    workers()[0].kill()
    lab.wait_for_state(run_id, "interrupted")
    lab.send_command(run_id, "resume")
    lab.wait_for_state(run_id, "finished")
    started = [stored.event.step for stored in lab.store.events(run_id) if isinstance(stored.event, Started)]
    assert started == [0, step]
    assert_undisturbed(lab, run_id, undisturbed)


@posix
@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo rubbish; exec sleep 60", "sent something unreadable and was terminated"),
        (
            'echo \'{"event": "ready"}\'; exec sleep 60',
            "stopped responding and was terminated",
        ),
        ("echo out of luck >&2; exit 3", "ended with status 3. Its last words: out of luck"),
    ],
)
def test_a_worker_that_fails_interrupts_only_its_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    """However it fails, the lab is still there for the next one."""
    replace_python(tmp_path, script, monkeypatch)
    if reason.startswith("stopped responding"):
        monkeypatch.setattr("cnnlab.engine.supervisor._MAX_SILENCE", 0.5)
    with open_lab(tmp_path / "home") as lab:
        for run_id in (lab.queue(), lab.queue()):
            assert reason in str(lab.wait_for_state(run_id, "interrupted").message)


@posix
def test_a_hung_worker_is_killed(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """A suspended process sends no sign of life; its run says so, and a new worker continues it."""
    monkeypatch.setattr("cnnlab.engine.supervisor._MAX_SILENCE", 2 * SECONDS_PER_BEAT)
    run_id = lab.begin(ENDLESS)
    lab.wait_for_step(run_id, 1)
    workers()[0].suspend()
    assert "stopped responding" in str(lab.wait_for_state(run_id, "interrupted").message)
    lab.send_command(run_id, "resume")
    lab.wait_for_state(run_id, "running")
    lab.send_command(run_id, "stop")
    lab.wait_for_state(run_id, "stopped")


# ---- closing, killing and opening the lab


def test_closing_the_lab_keeps_the_run_for_the_next_start(
    undisturbed: dict[str, Tensor], tmp_path: Path
) -> None:
    """A training run is queued with its state saved, a paused one stays paused; no process is left."""
    others = set(workers())
    with open_lab(tmp_path / "home") as first:
        paused = first.begin()
        first.send_command(paused, "batch")
        first.wait_for_state(paused, "paused")
        run_id = first.queue()
        first.wait_for_step(run_id, 1)
        mine = set(workers()) - others
    assert len(mine) == 1
    assert survivors(list(mine), seconds=0) == []
    with open_lab(tmp_path / "home") as second:
        run = second.store.run(run_id)
        assert run.state in ("queued", "running")
        assert str(run.message) in ("The lab was closed; the run continues when the lab is open again.", "")
        second.wait_for_state(run_id, "finished")
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
    """The worker is gone within two seconds; the next server continues the run."""
    lab = Lab(tmp_path / "home")
    run_id = lab.queue()
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(lab.home)], cwd=ROOT)
    lab.wait_until(run_id, lambda run: len(lab.store.states(run.id)) > 1)
    family = workers(server.pid)
    assert len(family) == 1
    server.kill()
    server.wait()
    assert survivors(family) == []
    assert lab.store.run(run_id).state == "running"
    lab.supervisor.start()
    lab.wait_for_state(run_id, "finished")
    assert_undisturbed(lab, run_id, undisturbed)
    lab.supervisor.stop()
    lab.store.close()


@posix
def test_sigterm_to_the_server_keeps_the_run(tmp_path: Path) -> None:
    """The real server ends by itself, the run is queued with its state saved, no process is left."""
    lab = Lab(tmp_path / "home")
    run_id = lab.queue(ENDLESS)
    server = LabServer(lab.home, tmp_path / "server.log")
    lab.wait_for_step(run_id, 1)
    family = server.child_processes()
    server.process.terminate()
    server.process.wait(30)
    assert survivors(family) == []
    run = lab.store.run(run_id)
    assert (run.state, run.position) == ("queued", 1)
    assert "continues when the lab is open again" in str(run.message)
    assert lab.store.states(run_id)[0].step == run.progress.step > 0
    lab.store.close()


def test_a_terminal_that_died_leaves_no_running_run(store: RunStore) -> None:
    """A run recorded as running without a process is interrupted, and can be resumed."""
    run = store.queue(QUICK, "digits", make_config(epochs=1), trained_by="terminal")
    store.change_state(run.id, {"queued"}, "running", trained_by="terminal")
    with store.training_lock(run.id):
        assert mark_if_dead(store, store.run(run.id)).state == "running"
    dead = mark_if_dead(store, store.run(run.id))
    assert dead.state == "interrupted"
    assert "terminal ended unexpectedly" in str(dead.message)


def test_a_terminal_may_take_a_minute_to_start(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """It queues its run before it has loaded what it trains with; that it died shows later."""
    run = store.queue(QUICK, "digits", make_config(epochs=1), trained_by="terminal")
    assert mark_if_dead(store, run).state == "queued"
    monkeypatch.setattr("time.time", lambda: run.created_at + 61)
    assert mark_if_dead(store, run).state == "interrupted"


# ---- a full disk


def test_a_full_disk_pauses_the_run_and_loses_nothing(
    small_disk: Path, undisturbed: dict[str, Tensor]
) -> None:
    """With space again it continues by itself, to the same end."""
    with open_lab(small_disk / "home") as lab:
        run_id = lab.queue()
        lab.wait_for_step(run_id, 1)
        ballast = fill(small_disk)
        # The worker has paused, though the database may have no space to record that.
        lab.wait_until(run_id, lambda _: lab.supervisor._slots[0].paused)
        lab.wait_until(run_id, lambda run: run.state == "paused" or "full" in str(lab.supervisor.trouble))
        ballast.unlink()
        lab.wait_for_state(run_id, "finished")
        assert lab.supervisor.trouble == ""
        assert_undisturbed(lab, run_id, undisturbed)


# ---- clocks, and a second lab


def test_a_clock_that_jumps_changes_nothing(
    lab: Lab, undisturbed: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day back, a day forward, at every reading: order, results and durations do not change."""
    real, jumps = time.time, count()
    monkeypatch.setattr(time, "time", lambda: real() + (-1) ** next(jumps) * 86_400)
    begun = time.monotonic()
    first, second = lab.queue(), lab.queue(epochs=1)
    lab.wait_for_state(second, "finished")
    run = lab.store.run(first)
    assert run.state == "finished"
    assert 0 < run.progress.seconds < time.monotonic() - begun
    assert [made.id for made in lab.store.runs()[:2]] == [second, first]
    assert_undisturbed(lab, first, undisturbed)
    assert next(jumps) > 4


def test_a_second_lab_on_the_same_home_is_refused(tmp_path: Path) -> None:
    """Exit status 2 with a message; the first one keeps answering."""
    home, logs = tmp_path / "home", [tmp_path / "first.log", tmp_path / "second.log"]
    first = LabServer(home, logs[0])
    try:
        first.wait_until_up()
        second = LabServer(home, logs[1])
        assert second.process.wait(60) == 2
        log = logs[1].read_text()
        assert f"cnnlab: {home}: another lab is running on this home folder." in log
        assert "CNNLAB_HOME" in log
        assert "Traceback" not in log
        first.wait_until_up()
    finally:
        first.process.terminate()
        first.process.wait(30)
