"""The run store: queue, states, commands, names, forks."""

from __future__ import annotations

import errno
import json
import sqlite3
import threading
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any, get_args

import pytest
import torch
from safetensors.torch import save

from cnnlab.design.design import Design
from cnnlab.ground.errors import DesignError, DiskFullError, LabError, RunError
from cnnlab.language import lazy, lazy_plural, speaking, stored
from cnnlab.models.build import build
from cnnlab.models.weights import read_tensors
from cnnlab.runs.database import MIGRATIONS
from cnnlab.runs.endings import ending
from cnnlab.runs.records import RESUMABLE, Command, GivenCommand, Run, State
from cnnlab.runs.store import FORK_FILE, RunStore
from cnnlab.training.config import make_config
from cnnlab.training.devices import device_name
from tests.conftest import fill
from tests.events import events, inspection, single_batch
from tests.runs.conftest import KeepWeights, batches, epoch, started

STATES: tuple[State, ...] = get_args(State)
COMMANDS: tuple[Command, ...] = get_args(Command)
ONE_EPOCH = make_config(epochs=1)


def in_state(store: RunStore, run: Run, state: State) -> None:
    """Put a run into a state, whatever its current one."""
    assert store.change_state(run.id, set(STATES), state)


# ---- the queue


def test_runs_are_queued_in_order(store: RunStore, small_design: Design) -> None:
    """The first is next, and each has its position."""
    ids = [store.queue(small_design, "digits", ONE_EPOCH).id for _ in range(3)]
    assert [store.run(run_id).position for run_id in ids] == [1, 2, 3]
    assert [run.id for run in store.runs()] == ids[::-1]
    following = store.next_queued()
    assert following is not None
    assert following.id == ids[0]


def test_a_run_is_found_by_id_or_name(store: RunStore, small_design: Design) -> None:
    """Its id, the beginning of it, or its name."""
    old, new = (store.queue(small_design, "digits", ONE_EPOCH, name=name) for name in ("mine", "ours"))
    assert store.find(old.id) == store.run(old.id)
    assert store.find(old.id[:10]) == store.run(old.id)
    assert store.find("ours") == store.run(new.id)
    with pytest.raises(RunError, match="no run 'yours'"):
        store.find("yours")


def test_a_run_that_starts_leaves_the_queue(store: RunStore, small_design: Design) -> None:
    """The others move up."""
    first, second = (store.queue(small_design, "digits", ONE_EPOCH) for _ in range(2))
    in_state(store, first, "running")
    assert (store.run(first.id).position, store.run(second.id).position) == (0, 1)


def test_a_resumed_run_queues_at_the_end(store: RunStore, small_design: Design) -> None:
    """Runs that were already waiting go first."""
    first, second = (store.queue(small_design, "digits", ONE_EPOCH) for _ in range(2))
    in_state(store, first, "paused")
    store.send_command(first.id, "resume")
    assert (store.run(first.id).position, store.run(second.id).position) == (2, 1)


def test_a_terminals_run_is_not_the_labs(store: RunStore, small_design: Design) -> None:
    """The lab does not train a run that a terminal is about to train."""
    run = store.queue(small_design, "digits", ONE_EPOCH, trained_by="terminal")
    assert run.position == 0
    assert store.next_queued() is None


def test_an_empty_queue_has_no_next(store: RunStore) -> None:
    """None is returned."""
    assert store.next_queued() is None
    assert store.runs() == []


def test_everything_is_still_there_after_reopening(store: RunStore, small_design: Design) -> None:
    """Design, data, configuration and name, through another connection."""
    config = make_config(epochs=7, optimizer="sgd", learning_rate=1e-5, flip=True)
    run = store.queue(small_design, "digits", config, name="Größe ≥ 1", race="r1")
    other = RunStore(store.home)
    assert other.run(run.id) == run
    assert (run.design, run.data, run.config, run.name) == (small_design, "digits", config, "Größe ≥ 1")
    other.close()


def test_a_design_that_cannot_be_trained_is_not_queued(store: RunStore) -> None:
    """It is refused, with the reason."""
    with pytest.raises(DesignError):
        store.queue(Design(name="empty"), "digits", ONE_EPOCH)
    assert store.runs() == []


def test_an_unknown_run_is_an_error(store: RunStore) -> None:
    """The message says how to list all runs."""
    with pytest.raises(RunError, match="no run 'nope'.*cnnlab runs"):
        store.run("nope")


# ---- states


def test_a_state_is_compared_and_set(store: RunStore, run: Run) -> None:
    """It only changes from an expected state; the second caller gets False."""
    assert store.change_state(run.id, {"queued"}, "running")
    assert not store.change_state(run.id, {"queued"}, "running")
    assert not store.change_state(run.id, {"paused", "queued"}, "failed", "no")
    assert (store.run(run.id).state, store.run(run.id).message) == ("running", "")


def test_a_state_comes_with_a_message_and_times(store: RunStore, run: Run) -> None:
    """Start and end are recorded once; a pause does not end a run."""
    in_state(store, run, "running")
    begun = store.run(run.id).started_at
    in_state(store, run, "paused")
    in_state(store, run, "running")
    assert store.run(run.id).started_at == begun
    assert store.run(run.id).ended_at is None
    assert store.change_state(run.id, {"running"}, "failed", "the reason")
    ended = store.run(run.id)
    assert begun is not None
    assert ended.ended_at is not None
    assert run.created_at <= begun <= ended.ended_at <= time.time()
    assert ended.message == "the reason"


@pytest.mark.parametrize("state", STATES)
def test_queued_running_and_paused_runs_are_active(store: RunStore, run: Run, state: State) -> None:
    """All others have ended."""
    in_state(store, run, state)
    assert store.run(run.id).active == (state in ("queued", "running", "paused"))


# ---- commands


def allowed(state: State, command: Command) -> bool:
    """Whether a run that no process is training accepts the command."""
    if state == "running":
        return True
    if command == "stop":
        return state in ("queued", "paused", "interrupted")
    if command == "change":
        return state != "finished"
    return state == "queued" if command == "pause" else state in RESUMABLE


@pytest.mark.parametrize(("state", "command"), list(product(STATES, COMMANDS)))
def test_a_command_is_accepted_or_refused_with_a_reason(
    store: RunStore, run: Run, state: State, command: Command
) -> None:
    """Every command in every state: none is silently ignored."""
    in_state(store, run, state)
    settings = {"learning_rate": 0.1} if command == "change" else None
    if allowed(state, command):
        store.send_command(run.id, command, settings)
    else:
        with pytest.raises(RunError, match=f"{state} cannot take the command '{command}'"):
            store.send_command(run.id, command, settings)


def test_a_queued_run_can_be_paused(store: RunStore, run: Run) -> None:
    """It then waits for its first batch until somebody resumes it."""
    store.send_command(run.id, "pause")
    assert store.run(run.id).state == "paused"
    assert store.next_queued() is None


def test_the_next_run_of_a_race_is_found_behind_others(store: RunStore, run: Run) -> None:
    """The queue's next one may belong to somebody else."""
    racer = store.queue(run.design, run.data, run.config, race="a race")
    found = [store.next_queued(race) for race in (None, "a race", "another")]
    assert [each and each.id for each in found] == [run.id, racer.id, None]


@pytest.mark.parametrize("state", sorted(RESUMABLE))
def test_resume_queues_what_has_stopped(store: RunStore, run: Run, state: State) -> None:
    """Paused without a worker, stopped, failed or interrupted: it is queued again."""
    in_state(store, run, state)
    store.send_command(run.id, "resume")
    assert (store.run(run.id).state, store.take_commands(run.id)) == ("queued", [])


@pytest.mark.parametrize("command", ["batch", "epoch"])
def test_one_more_batch_or_epoch_of_a_paused_run_is_queued_with_it(
    store: RunStore, run: Run, command: Command
) -> None:
    """The process that trains it gets the command."""
    in_state(store, run, "paused")
    store.send_command(run.id, command)
    assert store.run(run.id).state == "queued"
    assert store.take_commands(run.id) == [GivenCommand(command)]


def test_stop_ends_a_queued_run(store: RunStore, run: Run) -> None:
    """At once, because no process is training it."""
    store.send_command(run.id, "stop")
    assert ending(store.run(run.id)) == "canceled"


def test_commands_are_taken_once_and_in_order(store: RunStore, run: Run) -> None:
    """With their settings; until then the run shows the latest."""
    in_state(store, run, "running")
    store.send_command(run.id, "pause")
    store.send_command(run.id, "change", {"learning_rate": 0.5, "batch_size": 7})
    store.send_command(run.id, "resume")
    assert store.run(run.id).command == "resume"
    assert store.take_commands(run.id) == [
        GivenCommand("pause"),
        GivenCommand("change", {"learning_rate": 0.5, "batch_size": 7}),
        GivenCommand("resume"),
    ]
    assert store.take_commands(run.id) == []
    assert store.run(run.id).command is None


def test_a_bad_change_is_refused_at_once(store: RunStore, run: Run) -> None:
    """Before it reaches the process that trains."""
    in_state(store, run, "running")
    with pytest.raises(LabError, match="learning rate"):
        store.send_command(run.id, "change", {"learning_rate": -1.0})
    assert store.take_commands(run.id) == []


def test_a_run_that_has_ended_has_no_commands(store: RunStore, run: Run) -> None:
    """A click on Pause that came too late does not pause the run when it is resumed."""
    in_state(store, run, "running")
    store.send_command(run.id, "pause")
    in_state(store, run, "interrupted")
    store.send_command(run.id, "resume")
    assert store.take_commands(run.id) == []


def test_a_paused_run_held_by_a_worker_gets_commands(store: RunStore, run: Run) -> None:
    """The worker resumes it, not the queue."""
    in_state(store, run, "paused")
    with store.training_lock(run.id):
        assert store.is_being_trained(run.id)
        store.send_command(run.id, "resume")
        assert store.run(run.id).state == "paused"
    assert not store.is_being_trained(run.id)
    assert store.take_commands(run.id) == [GivenCommand("resume")]


# ---- names


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "two\nlines", "bell\a", "\x1b[31mred"])
def test_a_name_that_cannot_be_shown_is_refused(
    store: RunStore, run: Run, small_design: Design, name: str
) -> None:
    """For both runs and designs; the old name stays."""
    with pytest.raises(LabError, match="1 to 80 visible characters"):
        store.rename_run(run.id, name)
    with pytest.raises(LabError, match="name"):
        store.designs.save(name, small_design)
    assert store.run(run.id).name == run.name
    assert store.designs.all() == []


@pytest.mark.parametrize("name", ["x" * 80, "Ünïcödé 7️⃣", "'; DROP TABLE runs; --", "<b>**bold**</b>"])
def test_any_visible_name_is_stored_as_it_is(store: RunStore, run: Run, name: str) -> None:
    """It is text, whatever it looks like."""
    store.rename_run(run.id, name)
    assert store.run(run.id).name == name


def test_a_long_design_name_still_makes_a_run_name(store: RunStore, small_design: Design) -> None:
    """It is cut, not refused."""
    run = store.queue(small_design.model_copy(update={"name": "d" * 80}), "digits", ONE_EPOCH)
    assert run.name == f"{'d' * 69}… · 1 epoch"


# ---- deleting


def test_deleting_removes_everything(store: RunStore, run: Run, keep_weights: KeepWeights) -> None:
    """Row, events and files; other runs stay."""
    other = store.queue(run.design, "digits", ONE_EPOCH)
    keep_weights(run, 0)
    store.curves(run.id)
    store.delete_run(run.id)
    assert [left.id for left in store.runs()] == [other.id]
    assert store.events(run.id) == []
    assert not store.folder(run.id).exists()


def test_a_training_run_is_not_deleted(store: RunStore, run: Run) -> None:
    """Not even in the moment before its worker holds its lock, nor while a worker holds it paused."""
    in_state(store, run, "running")
    with pytest.raises(RunError, match="Stop it first"):
        store.delete_run(run.id)
    in_state(store, run, "paused")
    with store.training_lock(run.id), pytest.raises(RunError, match="still training"):
        store.delete_run(run.id)
    store.delete_run(run.id)
    assert store.runs() == []


class Meanwhile:
    """Another thread that does something to a store while a command is being given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seen: object, name: str) -> None:
        self._look = getattr(seen, name)
        monkeypatch.setattr(seen, name, self._look_and_begin)

    def does(self, action: Callable[[], object]) -> None:
        """What the thread does, once the state of the run has been looked at."""
        self.result: list[object] = []
        self._thread = threading.Thread(target=lambda: self.result.append(action()))

    def _look_and_begin(self, run_id: str) -> Any:
        found = self._look(run_id)
        self._thread.start()
        self._thread.join(0.1)  # it would be done, if it did not wait for the command
        return found

    def has_done(self) -> object:
        """What came of it."""
        self._thread.join()
        return self.result[0]


@pytest.mark.parametrize(
    ("seen", "command", "becomes", "left"),
    [("queued", "stop", "stopped", []), ("paused", "batch", "queued", [GivenCommand("batch")])],
)
def test_a_run_does_not_change_while_it_is_given_a_command(
    store: RunStore,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    seen: State,
    command: Command,
    becomes: State,
    left: list[GivenCommand],
) -> None:
    """A change of its state comes after the whole command."""
    in_state(store, run, seen)
    meanwhile = Meanwhile(monkeypatch, store._runs, "get")
    meanwhile.does(lambda: store.change_state(run.id, {seen}, "running"))
    store.send_command(run.id, command)
    monkeypatch.undo()
    assert meanwhile.has_done() is False
    assert store.run(run.id).state == becomes
    assert store.take_commands(run.id) == left


def test_a_command_to_a_run_that_leaves_its_worker_is_not_lost(
    store: RunStore, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The supervisor gives again what the worker was too late to receive, also what is on its way."""
    in_state(store, run, "paused")
    meanwhile = Meanwhile(monkeypatch, store._files, "is_being_trained")
    meanwhile.does(lambda: store.take_commands(run.id))
    with store.training_lock(run.id):
        store.send_command(run.id, "resume")
    assert meanwhile.has_done() == [GivenCommand("resume")]


# ---- forks


def test_a_fork_has_the_weights_of_its_epoch(store: RunStore, run: Run, keep_weights: KeepWeights) -> None:
    """It has its own copy, another configuration, and the name of its parent."""
    keep_weights(run, 0, 1, 2)
    child = store.fork(run.id, 1, make_config(epochs=9), name="the child")
    assert (child.parent, child.parent_epoch, child.state) == (run.id, 1, "queued")
    assert (child.config.epochs, child.design, child.data) == (9, run.design, "digits")
    store.delete_run(run.id)
    (start,) = store.checkpoints(child.id)
    assert (start.epoch, start.path) == (0, store.folder(child.id) / FORK_FILE)
    tensors, _ = read_tensors(start.path, start.sha256)
    expected = build(run.design, seed=1).state_dict()
    assert all(torch.equal(tensors[name], expected[name]) for name in expected)


def test_a_fork_may_continue_on_other_data(store: RunStore, run: Run, keep_weights: KeepWeights) -> None:
    """What was learned from one set is transferred to another."""
    keep_weights(run, 1)
    assert store.fork(run.id, 1, ONE_EPOCH, data="mnist").data == "mnist"


def test_a_run_may_start_from_a_files_weights(store: RunStore, small_design: Design) -> None:
    """For example the bundled model's: they become its own epoch 0."""
    body = save(build(small_design, seed=3).state_dict())
    child = store.start_from_weights(small_design, body, "digits", ONE_EPOCH, name="mine", parent="bundled")
    (start,) = store.checkpoints(child.id)
    assert start.path.read_bytes() == body
    assert (child.state, child.parent, child.data) == ("queued", "bundled", "digits")


def test_a_fork_that_cannot_be_written_leaves_nothing(
    store: RunStore, run: Run, keep_weights: KeepWeights, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full disk there is neither a partial file nor a run."""
    keep_weights(run, 0)

    def full(path: Path, body: bytes) -> int:
        path.write_text("a hundred bytes of it")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(RunError, match="cannot be copied.*No space left"):
        store.fork(run.id, 0, ONE_EPOCH)
    assert [left.id for left in store.runs()] == [run.id]
    assert [folder.name for folder in (store.home / "runs").iterdir()] == [run.id]


def test_an_epoch_that_was_not_kept_cannot_be_forked(
    store: RunStore, run: Run, keep_weights: KeepWeights
) -> None:
    """The message names those that were."""
    keep_weights(run, 0, 2)
    with pytest.raises(RunError, match="epoch 1 was not kept.*0, 2"):
        store.fork(run.id, 1, ONE_EPOCH)


@pytest.mark.parametrize("damage", ["flipped", "missing"])
def test_damaged_weights_cannot_be_forked(
    store: RunStore, run: Run, keep_weights: KeepWeights, damage: str
) -> None:
    """No run starts from weights that differ from those written; nothing is left behind."""
    keep_weights(run, 0)
    path = store.checkpoints(run.id)[0].path
    if damage == "flipped":
        body = bytearray(path.read_bytes())
        body[-1] ^= 1
        path.write_bytes(body)
    else:
        path.unlink()
    with pytest.raises(RunError, match="epoch 0"):
        store.fork(run.id, 0, ONE_EPOCH)
    assert [left.id for left in store.runs()] == [run.id]
    assert [folder.name for folder in (store.home / "runs").iterdir()] == [run.id]


# ---- recorded weights and states


def test_what_a_killed_process_left_is_deleted(store: RunStore, run: Run, keep_weights: KeepWeights) -> None:
    """Partial files and files that were not recorded; recorded files stay, and so does the rest."""
    keep_weights(run, 0, 1)
    folder = store.folder(run.id)
    for name in (".epoch-0002.safetensors.77.part", "state-00000009.safetensors", "owner.lock"):
        (folder / name).touch()
    store.delete_stray_files(run.id)
    left = sorted(path.name for path in folder.iterdir())
    assert left == ["epoch-0000.safetensors", "epoch-0001.safetensors", "owner.lock"]


def test_many_epochs_are_thinned(store: RunStore, run: Run) -> None:
    """Never more than 63 files: always the untrained, the best and the last, the others evenly spaced."""
    folder = store.folder(run.id)
    folder.mkdir(parents=True)
    for number in range(301):
        (folder / f"{number}").touch()
        body = {"event": "checkpoint", "epoch": number, "step": number, "val_accuracy": 0.5}
        ended = [epoch(number, best=number == 7)] if number else []
        store.record(run.id, events(*ended, body | {"file": f"{number}", "sha256": ""}))
        kept = [saved.epoch for saved in store.checkpoints(run.id)]
        assert len(kept) <= 63
        assert {0, number} <= set(kept)
        assert number < 7 or 7 in kept
    assert sorted(int(path.name) for path in folder.iterdir()) == kept
    steps = {
        later - earlier for earlier, later in zip(kept, kept[1:], strict=False) if 7 not in (earlier, later)
    }
    assert max(steps) <= 8


def test_only_the_two_newest_states_are_kept(store: RunStore, run: Run) -> None:
    """One to continue from, one to fall back on."""
    folder = store.folder(run.id)
    folder.mkdir(parents=True)
    for step in (3, 6, 9):
        (folder / f"s{step}").touch()
        store.record(run.id, events({"event": "state", "step": step, "file": f"s{step}", "sha256": ""}))
    assert [state.step for state in store.states(run.id)] == [9, 6]
    assert sorted(path.name for path in folder.iterdir()) == ["s6", "s9"]


def test_the_latest_inspection_is_stored(store: RunStore, run: Run) -> None:
    """It replaces the previous one and does not grow the log."""
    assert store.inspection(run.id) is None
    store.keep_inspection(run.id, inspection(step=1))
    store.keep_inspection(run.id, inspection(step=2))
    assert store.inspection(run.id) == inspection(step=2)
    assert store.events(run.id) == []


def test_the_latest_single_batch_is_stored(store: RunStore, run: Run) -> None:
    """It replaces the previous one, does not grow the log, and goes with its run."""
    assert store.single_batch(run.id) is None
    store.keep_single_batch(run.id, single_batch(1))
    store.keep_single_batch(run.id, single_batch(2))
    assert store.single_batch(run.id) == single_batch(2)
    assert store.events(run.id) == []
    store.delete_run(run.id)
    assert not store.folder(run.id).exists()
    with pytest.raises(RunError):
        store.keep_single_batch(run.id, single_batch(3))
    assert not store.folder(run.id).exists()


@pytest.mark.parametrize("text", ["", "{", "{}", '{"event": "resumed"}', '{"event": "single-batch"}'])
def test_a_damaged_single_batch_is_none(store: RunStore, run: Run, text: str) -> None:
    """The next one replaces it."""
    store.keep_single_batch(run.id, single_batch(1))
    (file,) = store.folder(run.id).iterdir()
    file.write_text(text, encoding="utf-8")
    assert store.single_batch(run.id) is None
    store.keep_single_batch(run.id, single_batch(2))
    assert store.single_batch(run.id) == single_batch(2)


# ---- progress


def test_progress_follows_the_events(store: RunStore, run: Run) -> None:
    """Epoch, batch, best so far, and the time left: 1.5 of 3 epochs of 640 pictures at 128 a second."""
    store.record(run.id, events(started(), batches(1, *[1.0] * 10), epoch(1, 0.75)))
    store.record(run.id, events(batches(11, *[0.5] * 5)))
    progress = store.run(run.id).progress
    assert (progress.epoch, progress.batch, progress.step) == (2, 5, 15)
    assert (progress.best_val_accuracy, progress.best_epoch) == (0.75, 1)
    assert progress.seconds_left == pytest.approx(1.5 * 640 / 128)


def test_a_worse_epoch_does_not_replace_the_best(store: RunStore, run: Run) -> None:
    """Both the current and the best accuracy are known."""
    store.record(run.id, events(started(), epoch(1, 0.75), epoch(2, 0.5, best=False)))
    progress = store.run(run.id).progress
    assert (progress.val_accuracy, progress.best_val_accuracy, progress.best_epoch) == (0.5, 0.75, 1)


def test_a_download_is_progress_but_not_logged(store: RunStore, run: Run) -> None:
    """It is shown while it lasts, and dropped when training starts."""
    store.record(run.id, events({"event": "download", "done": 10, "total": 30}))
    assert store.run(run.id).progress.download == (10, 30)
    assert store.events(run.id) == []
    store.record(run.id, events(started()))
    assert store.run(run.id).progress.download is None


# ---- designs


def test_designs_are_saved_renamed_and_deleted(store: RunStore, small_design: Design) -> None:
    """The last changed comes first; saving under the same name replaces."""
    store.designs.save("a", small_design)
    store.designs.save("b", small_design)
    store.designs.save("a", small_design.with_layers(()))
    assert [saved.name for saved in store.designs.all()] == ["a", "b"]
    a, b = store.designs.all()
    assert a.design.layers == ()
    store.designs.rename(a.id, "c")
    assert store.designs.get(a.id).design.name == store.designs.get(a.id).name == "c"
    store.designs.delete(b.id)
    assert [saved.name for saved in store.designs.all()] == ["c"]


def test_a_saved_design_keeps_its_id(store: RunStore, small_design: Design) -> None:
    """It stays chosen in a menu under another name and with other layers."""
    store.designs.save("a", small_design)
    (first,) = store.designs.all()
    store.designs.rename(first.id, "b")
    store.designs.save("b", small_design.with_layers(()))
    store.designs.save("a", small_design)
    assert store.designs.get(first.id).name == "b"
    assert store.designs.get(first.id).design.layers == ()
    assert len({saved.id for saved in store.designs.all()}) == 2


def test_setting_the_clock_back_does_not_change_the_order(
    store: RunStore, small_design: Design, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Years back and forward: what was last saved, queued and moved stays in order."""
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    for years, name in enumerate("abcd"):
        store.designs.save(name, small_design)
        store.queue(small_design, "digits", make_config(epochs=1), name=name)
        now += (-1) ** years * 2 * years * 31_536_000.0
    assert [saved.name for saved in store.designs.all()] == list("dcba")
    assert [queued.name for queued in store.runs()] == list("dcba")
    assert [queued.position for queued in store.runs()] == [4, 3, 2, 1]


def test_a_taken_name_is_refused(store: RunStore, small_design: Design) -> None:
    """Renaming never destroys another design."""
    store.designs.save("a", small_design)
    store.designs.save("b", small_design.with_layers(()))
    b, a = store.designs.all()
    with pytest.raises(DesignError, match="already a design 'b'"):
        store.designs.rename(a.id, "b")
    assert store.designs.get(b.id).design.layers == ()


def test_a_deleted_design_is_an_error(store: RunStore) -> None:
    """Another tab may have deleted the design chosen in this one."""
    with pytest.raises(DesignError, match="has been deleted"):
        store.designs.get("nope")


# ---- the file


def test_a_newer_format_is_refused(store: RunStore) -> None:
    """An older lab does not touch what it does not understand."""
    with sqlite3.connect(store.home / "lab.db") as db:
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    db.close()
    with pytest.raises(LabError, match="newer lab.*Update the lab"):
        RunStore(store.home)


def test_a_file_that_is_not_a_database_is_refused(tmp_path: Path) -> None:
    """With a message, and it is left as it is."""
    (tmp_path / "lab.db").write_bytes(b"my thesis, do not delete " * 1000)
    with pytest.raises(LabError, match="damaged.*cnnlab repair"):
        RunStore(tmp_path)
    assert (tmp_path / "lab.db").read_bytes().startswith(b"my thesis")


def test_a_home_folder_that_cannot_be_created_is_an_error(tmp_path: Path) -> None:
    """For example inside a file."""
    (tmp_path / "file").touch()
    with pytest.raises(LabError, match="cannot be opened"):
        RunStore(tmp_path / "file" / "home")


# ---- languages


def test_a_message_is_shown_in_the_viewers_language(store: RunStore, run: Run) -> None:
    """It is stored with its values, including those that are messages themselves."""
    size = lazy_plural("{count} batch", "{count} batches", 2)
    problem = RunError(
        lazy("a batch of {size} does not fit", size=size), where="here", repair=lazy("Try less")
    )
    store.change_state(run.id, {"queued"}, "failed", problem.as_message())
    assert str(store.run(run.id).message) == "here: a batch of 2 batches does not fit. Try less."
    with speaking("pseudo"):
        assert str(store.run(run.id).message) == str(problem)
        assert "[{" not in str(problem)
        assert "[2 batches" in str(problem)


@pytest.mark.parametrize("text", ["The disk is full.", "", "{", '{"text": 1}', "[1]", "7", '{"a": {}}'])
def test_a_message_of_an_older_lab_is_shown_as_it_is(store: RunStore, run: Run, text: str) -> None:
    """It was English text then, whatever it looks like."""
    store.change_state(run.id, {"queued"}, "failed", text)
    assert store.run(run.id).message == text


def test_a_device_is_shown_in_the_viewers_language(store: RunStore, run: Run) -> None:
    """It stays translatable in the event and in the run's row."""
    device = device_name(torch.device("cpu"))
    body = {"event": "started", "step": 0, "epoch": 1, "batch": 0, "epochs": 1, "batches": 9, "batch_size": 8}
    body |= {"train_images": 64, "device": stored(device), "precision": "float32"}
    store.record(run.id, events(body))
    assert store.run(run.id).progress.device == device


def test_an_older_labs_speedups_get_todays_codes(store: RunStore, run: Run) -> None:
    """In a row written by an older lab they are phrases."""
    progress = {"device": "CPU, 2 threads", "ways": ["fused optimiser", "bfloat16", "magic"]}
    with store._base.transaction() as db:
        db.execute("UPDATE runs SET progress = ? WHERE id = ?", (json.dumps(progress), run.id))
    found = store.run(run.id).progress
    assert (found.device, found.ways) == ("CPU, 2 threads", ("fused-optimizer", "bfloat16", "magic"))


def test_runs_with_weights_are_found_in_one_query(store: RunStore, run: Run, small_design: Design) -> None:
    """The result is the same as from checking each run's files."""
    bare = store.queue(small_design, "digits", make_config(epochs=3), name="bare")
    file = {"event": "checkpoint", "epoch": 1, "step": 10, "file": "1.safetensors", "sha256": "0" * 64}
    store.record(run.id, events(started(), file | {"val_accuracy": 0.5}))
    assert (
        store.runs_with_weights()
        == {each.id for each in (run, bare) if store.checkpoints(each.id)}
        == {run.id}
    )


def save_until_full(store: RunStore, design: Design) -> None:
    """The log has room for a few changes still."""
    for _ in range(1_000):
        store.designs.save("other", design)


@pytest.mark.slow
def test_on_a_full_disk_room_can_be_made(small_disk: Path, small_design: Design) -> None:
    """A run and a design are deleted though nothing can be written; what else would write says so."""
    store = RunStore(small_disk / "home")
    run = store.queue(small_design, "digits", ONE_EPOCH)
    kept = store.folder(run.id) / "last.safetensors"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(bytes(100_000))
    store.designs.save("mine", small_design)
    fill(small_disk)
    with pytest.raises(DiskFullError, match="Free some space"):
        save_until_full(store, small_design)
    store.designs.delete(store.designs.all()[-1].id)
    store.delete_run(run.id)
    assert not store.runs()
    assert not kept.exists()
    assert "mine" not in [saved.name for saved in store.designs.all()]
    store.close()
