"""A run with damaged files: what it continues from, what it says, and what it leaves alone."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from cnnlab.design.design import Design
from cnnlab.engine.job import Job, Order
from cnnlab.engine.session import Session
from cnnlab.ground.errors import RunError
from cnnlab.ground.home import Folders
from cnnlab.layers import Flatten, Linear
from cnnlab.models.weights import read_tensors
from cnnlab.runs import journal
from cnnlab.runs.events import Event
from cnnlab.runs.records import Run, State
from cnnlab.runs.store import RunStore
from cnnlab.training.config import make_config
from tests.conftest import ROOT
from tests.engine.conftest import Conductor, on
from tests.lab import BATCHES, ENDLESS, QUICK, Lab, open_lab, workers

pytestmark = pytest.mark.slow

EPOCHS = 5
PLAIN = Design(name="plain").with_layers((Flatten(), Linear(out_features=10)))


def flip(path: Path) -> None:
    """One bit, as a bad disk does."""
    body = bytearray(path.read_bytes())
    body[-1] ^= 1
    path.write_bytes(body)


def cut(path: Path) -> None:
    """Half the file, as a copy that was interrupted."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


DAMAGES: dict[str, Callable[[Path], None]] = {"flipped": flip, "cut": cut, "removed": Path.unlink}


def queued(store: RunStore, design: Design = QUICK, **settings: Any) -> Run:
    """A run of five epochs; a plain network with plain SGD uses neither a memory nor random numbers."""
    return store.queue(design, "digits", make_config(**{"epochs": EPOCHS, "batch_size": 128} | settings))


def plain(store: RunStore, **settings: Any) -> Run:
    """A run that needs nothing but its weights to continue exactly."""
    usual = {"optimizer": "sgd", "momentum": 0.0, "learning_rate": 0.05, "precision": "float32"}
    return queued(store, PLAIN, **usual | settings)


def train(store: RunStore, run_id: str, until: int = 0) -> Conductor:
    """Train in this process as a lab does, to the end or until one batch after an epoch."""
    stops = [(on("state", step=until * BATCHES), Order("batch")), (on("paused"), Order("stop"))]
    return steered(store, run_id, *stops if until else ())


def steered(store: RunStore, run_id: str, *cues: Any) -> Conductor:
    """A session with these orders on these cues."""
    run = store.run(run_id)
    store.change_state(run_id, {run.state}, "running")
    conductor = Conductor(*cues)

    def emit(event: Event) -> None:
        conductor.emit(event)
        journal.write(store, run_id, event)

    Session(Job.of(store, store.run(run_id)), Folders(store.home, None), emit, conductor).execute()
    return conductor


def damage_states(store: RunStore, run_id: str, damage: Callable[[Path], None] = flip) -> None:
    """Damage every file that the run could continue from bit for bit."""
    states = store.states(run_id)
    assert states
    for state in states:
        damage(state.path)


def weights(store: RunStore, run_id: str) -> dict[int, dict[str, Tensor]]:
    """The kept weights of every epoch, checked against their hashes."""
    return {saved.epoch: read_tensors(saved.path, saved.sha256)[0] for saved in store.checkpoints(run_id)}


def assert_equal(one: dict[str, Tensor], other: dict[str, Tensor]) -> None:
    """Assert equality bit for bit."""
    assert one.keys() == other.keys()
    assert [name for name in one if not torch.equal(one[name], other[name])] == []


@pytest.mark.parametrize("damage", DAMAGES)
def test_with_all_states_damaged_it_continues_from_the_last_epoch(store: RunStore, damage: str) -> None:
    """Not from the first batch: weights and curves of the epochs before are as they were."""
    run = queued(store)
    train(store, run.id, until=3)
    before, losses = weights(store, run.id), list(store.curves(run.id).loss)
    damage_states(store, run.id, DAMAGES[damage])
    session = train(store, run.id)
    assert session.last("started")["step"] == 3 * BATCHES
    assert session.steps() == list(range(3 * BATCHES + 1, EPOCHS * BATCHES + 1))
    after = weights(store, run.id)
    assert sorted(after) == list(range(EPOCHS + 1))
    for epoch in range(4):
        assert_equal(after[epoch], before[epoch])
    curves = store.curves(run.id)
    assert list(curves.steps) == list(range(1, EPOCHS * BATCHES + 1))
    assert list(curves.loss[: 3 * BATCHES]) == losses[: 3 * BATCHES]
    assert store.run(run.id).state == "finished"


def test_it_says_what_was_lost_for_as_long_as_the_run_exists(store: RunStore) -> None:
    """The note outlives pause, end and restart; another start with sound files adds none."""
    run = queued(store)
    train(store, run.id, until=2)
    damage_states(store, run.id)
    train(store, run.id, until=4)
    train(store, run.id)
    (note,) = map(str, store.run(run.id).notes)
    assert store.run(run.id).message == ""
    assert "state-00000022.safetensors" in note
    assert "state-00000023.safetensors" in note
    assert "continues with the weights of epoch 2; the 1 batch after that is trained again." in note
    assert "memory of the optimizer and the state of the random generators are lost" in note


def test_weights_are_enough_where_nothing_else_is_remembered(store: RunStore) -> None:
    """Plain SGD without dropout: the run ends bit for bit as one that was never disturbed."""
    undisturbed, run = plain(store), plain(store)
    train(store, undisturbed.id)
    train(store, run.id, until=3)
    damage_states(store, run.id, Path.unlink)
    train(store, run.id)
    expected, found = weights(store, undisturbed.id), weights(store, run.id)
    assert sorted(found) == sorted(expected)
    for epoch in expected:
        assert_equal(found[epoch], expected[epoch])
    one, other = store.run(undisturbed.id).progress, store.run(run.id).progress
    assert (one.best_epoch, one.test_accuracy, one.val_loss) == (
        other.best_epoch,
        other.test_accuracy,
        other.val_loss,
    )


@pytest.mark.parametrize(
    ("settings", "until", "reason"),
    [
        ({"schedule": "plateau", "decay_epochs": 1, "learning_rate": 30.0}, 2, "all epochs"),
        ({"patience": 2, "learning_rate": 30.0, "epochs": 7}, 4, "early stopping"),
        ({"target_accuracy": 0.8}, 2, "target reached"),
    ],
)
def test_counters_and_rules_go_on_as_if_undisturbed(
    store: RunStore, settings: dict[str, Any], until: int, reason: str
) -> None:
    """They follow from the epochs on record."""
    undisturbed, run = plain(store, **settings), plain(store, **settings)
    train(store, undisturbed.id)
    train(store, run.id, until=until)
    damage_states(store, run.id)
    train(store, run.id)
    one, other = store.run(undisturbed.id).progress, store.run(run.id).progress
    assert (one.epoch, one.reason, one.val_loss) == (other.epoch, reason, other.val_loss)
    last = max(weights(store, run.id))
    assert_equal(weights(store, run.id)[last], weights(store, undisturbed.id)[last])


def test_an_epoch_whose_figures_are_lost_is_not_guessed(store: RunStore) -> None:
    """Its weights' record still has its accuracy; how long there was no improvement is not known any more."""
    run = plain(store, patience=3)
    train(store, run.id, until=3)
    accuracies = [point.val_accuracy for point in store.curves(run.id).epochs]
    damage_states(store, run.id)
    with sqlite3.connect(store.home / "lab.db") as db:
        body = '{"event":"epoch","epoch":2%'
        assert (
            db.execute("UPDATE events SET body = CAST(x'ff' AS TEXT) WHERE body LIKE ?", (body,)).rowcount
            == 1
        )
    db.close()
    session = train(store, run.id)
    started = session.last("started")
    assert started["best_epoch"] == accuracies.index(max(accuracies)) + 1
    assert started["best_accuracy"] == max(accuracies)
    assert "without improvement is not known; the count starts at 0" in str(store.run(run.id).notes[0])
    assert store.run(run.id).state == "finished"


def test_damaged_weights_are_passed_over_too(store: RunStore) -> None:
    """The last sound epoch counts; the later ones are named and trained again."""
    undisturbed, run = plain(store), plain(store)
    train(store, undisturbed.id)
    train(store, run.id, until=4)
    damage_states(store, run.id)
    for saved in store.checkpoints(run.id)[3:]:
        flip(saved.path)
    session = train(store, run.id)
    assert session.last("started")["step"] == 2 * BATCHES
    (note,) = map(str, store.run(run.id).notes)
    assert "weights of epochs 3, 4 are damaged or missing too" in note
    assert "with the weights of epoch 2; the 23 batches after that are trained again" in note
    assert_equal(weights(store, run.id)[EPOCHS], weights(store, undisturbed.id)[EPOCHS])


def test_a_best_epoch_that_is_lost_is_not_claimed(store: RunStore) -> None:
    """The best of those that are left counts as the best, at once and in the end."""
    run = queued(store, learning_rate=0.3)
    train(store, run.id, until=4)
    accuracies = [point.val_accuracy for point in store.curves(run.id).epochs]
    best = accuracies.index(max(accuracies)) + 1
    damage_states(store, run.id)
    flip(store.checkpoints(run.id)[best].path)
    last = 3 if best == 4 else 4
    left = {epoch: accuracies[epoch - 1] for epoch in range(1, last + 1) if epoch != best}
    second = max(left, key=lambda epoch: left[epoch])
    train(store, run.id, until=last + 1)
    progress = store.run(run.id).progress
    now = store.curves(run.id).epochs[last].val_accuracy
    expected = (second, left[second]) if now <= left[second] else (last + 1, now)
    assert (progress.best_epoch, progress.best_val_accuracy) == expected
    if best < 4:
        assert f"weights of epoch {best}, the best so far, are lost too" in str(store.run(run.id).notes[0])


def test_settings_that_were_changed_since_are_named(store: RunStore) -> None:
    """Those changed before that moment apply."""
    run = plain(store)
    train(store, run.id, until=1)
    change = Order("change", {"learning_rate": 0.025})
    later = Order("change", {"weight_decay": 0.1})
    steered(store, run.id, (on("started"), change), (on("checkpoint", epoch=2), Order("stop")))
    steered(
        store, run.id, (on("started"), Order("batch")), (on("paused"), later), (on("changed"), Order("stop"))
    )
    damage_states(store, run.id)
    session = train(store, run.id)
    assert session.last("started")["step"] == 2 * BATCHES
    assert "Changes made after that are lost and can be made again: weight decay 0.1" in str(
        store.run(run.id).notes[0]
    )
    assert [flag.settings for flag in store.curves(run.id).flags] == [{"learning_rate": 0.025}]


def test_an_older_state_is_still_taken_first(store: RunStore) -> None:
    """It continues bit for bit, and the note says how much is trained again."""
    undisturbed, run = queued(store), queued(store)
    train(store, undisturbed.id)
    train(store, run.id, until=2)
    newest = store.states(run.id)[0]
    flip(newest.path)
    session = train(store, run.id)
    assert session.last("started")["step"] == 2 * BATCHES
    (note,) = map(str, store.run(run.id).notes)
    assert newest.path.name in note
    assert "earlier checkpoint, after batch 22: 1 batch is trained again" in note
    assert_equal(weights(store, run.id)[EPOCHS], weights(store, undisturbed.id)[EPOCHS])


def test_a_state_saved_after_going_back_is_the_newest(store: RunStore) -> None:
    """Though damaged ones are of later steps: the next start continues from it, and has nothing to say."""
    run = queued(store)
    train(store, run.id, until=3)
    damage_states(store, run.id)
    for saved in store.checkpoints(run.id)[2:]:
        flip(saved.path)
    steered(store, run.id, (on("started"), Order("batch")), (on("paused"), Order("stop")))
    assert store.states(run.id)[0].step == BATCHES + 1
    session = train(store, run.id)
    assert session.last("started")["step"] == BATCHES + 1
    assert len(store.run(run.id).notes) == 1


# ---- nothing sound


def spoil(store: RunStore, run_id: str, damage: Callable[[Path], None] = flip) -> dict[Path, bytes]:
    """Damage all states and the weights of all epochs, not those before the first batch; the files before."""
    epochs = [saved.path for saved in store.checkpoints(run_id) if saved.epoch]
    before = {path: path.read_bytes() for path in (*epochs, *(state.path for state in store.states(run_id)))}
    for path in before:
        damage(path)
    return before


@pytest.mark.parametrize("damage", DAMAGES)
def test_with_nothing_sound_it_is_not_started_over(store: RunStore, damage: str) -> None:
    """It fails in words, and everything on record and on the disk stays as it is."""
    run = queued(store)
    train(store, run.id, until=2)
    spoil(store, run.id, DAMAGES[damage])
    files = {path: path.read_bytes() for path in store.folder(run.id).iterdir()}
    curves = store.curves(run.id)
    session = train(store, run.id)
    failed = store.run(run.id)
    assert session.kinds() == ["failed"]
    assert (failed.state, failed.progress.reason) == ("failed", "damaged")
    assert "weights of epochs 1, 2 are damaged or missing too" in str(failed.message)
    assert "Nothing was changed" in str(failed.message)
    assert str(store.folder(run.id)) in str(failed.message)
    assert {path: path.read_bytes() for path in store.folder(run.id).iterdir()} == files
    assert store.curves(run.id).loss == curves.loss


def test_in_the_first_epoch_it_is_not_started_over_either(store: RunStore) -> None:
    """There are batches to lose, though no weights yet."""
    run = queued(store)
    steered(store, run.id, (on("started"), Order("batch")), (on("paused"), Order("stop")))
    damage_states(store, run.id)
    assert train(store, run.id).kinds() == ["failed"]
    assert "No epoch was finished" in str(store.run(run.id).message)


def test_before_the_first_batch_there_is_nothing_to_lose(store: RunStore) -> None:
    """It begins, and has nothing to say."""
    run = queued(store)
    steered(store, run.id, (on("started"), Order("stop")))
    damage_states(store, run.id)
    train(store, run.id)
    assert (store.run(run.id).state, store.run(run.id).notes) == ("finished", ())


def test_files_put_back_are_continued_from(store: RunStore) -> None:
    """Bit for bit, as nothing had been touched."""
    undisturbed, run = queued(store), queued(store)
    train(store, undisturbed.id)
    train(store, run.id, until=2)
    before = spoil(store, run.id, Path.unlink)
    train(store, run.id)
    for path, body in before.items():
        path.write_bytes(body)
    train(store, run.id)
    assert store.run(run.id).notes == ()
    assert_equal(weights(store, run.id)[EPOCHS], weights(store, undisturbed.id)[EPOCHS])


def test_files_that_are_not_on_record_any_more_stay(store: RunStore) -> None:
    """A repaired database may have lost their rows; they are all that is left of the run."""
    run = queued(store)
    train(store, run.id, until=2)
    with sqlite3.connect(store.home / "lab.db") as db:
        db.execute("DELETE FROM states")
        db.execute("DELETE FROM weights")
    db.close()
    files = set(store.folder(run.id).iterdir())
    assert train(store, run.id).kinds() == ["failed"]
    assert set(store.folder(run.id).iterdir()) == files


def test_started_over_it_is_the_same_run_from_the_first_batch(store: RunStore) -> None:
    """Only on request; the old files are gone, and a note says so."""
    undisturbed, run = queued(store), queued(store)
    train(store, undisturbed.id)
    train(store, run.id, until=2)
    spoil(store, run.id)
    train(store, run.id)
    store.start_over(run.id)
    assert store.run(run.id).progress.best_epoch is None
    session = train(store, run.id)
    assert session.last("started")["step"] == 0
    assert_equal(weights(store, run.id)[EPOCHS], weights(store, undisturbed.id)[EPOCHS])
    assert list(store.curves(run.id).steps) == list(range(1, EPOCHS * BATCHES + 1))
    assert [str(note) for note in store.run(run.id).notes] == [
        "It was started over: the weights and curves of 2 epochs were deleted."
    ]
    kept = {saved.path for saved in store.checkpoints(run.id)} | {each.path for each in store.states(run.id)}
    assert set(store.folder(run.id).glob("*.safetensors")) == kept


@pytest.mark.parametrize("state", ["queued", "running", "finished"])
def test_what_is_not_over_and_what_is_done_cannot_be_started_over(store: RunStore, state: State) -> None:
    """Whatever trains it needs its files; what is finished has nothing to continue."""
    run = queued(store)
    store.change_state(run.id, {"queued"}, state)
    with pytest.raises(RunError, match="cannot be started over"):
        store.start_over(run.id)


# ---- forks


def parent_and_fork(store: RunStore) -> tuple[Run, Run]:
    """A run after its first epoch, and a run that begins with those weights."""
    parent = queued(store)
    train(store, parent.id, until=1)
    return parent, store.fork(parent.id, 1, parent.config)


def test_a_fork_continues_from_its_own_epochs(store: RunStore) -> None:
    """Not with its parent's weights once more."""
    parent, fork = parent_and_fork(store)
    train(store, fork.id, until=2)
    before = weights(store, fork.id)
    damage_states(store, fork.id)
    assert train(store, fork.id).last("started")["step"] == 2 * BATCHES
    for epoch in range(3):
        assert_equal(weights(store, fork.id)[epoch], before[epoch])


def test_a_fork_is_started_over_with_its_parents_weights(store: RunStore) -> None:
    """On request; its parent may be gone."""
    parent, fork = parent_and_fork(store)
    train(store, fork.id, until=2)
    before = weights(store, fork.id)
    store.delete_run(parent.id)
    spoil(store, fork.id)
    assert train(store, fork.id).kinds() == ["failed"]
    store.start_over(fork.id)
    train(store, fork.id, until=2)
    for epoch in range(3):
        assert_equal(weights(store, fork.id)[epoch], before[epoch])


def test_a_fork_with_damaged_weights_does_not_begin_with_others(store: RunStore) -> None:
    """It fails in words, as does forking a damaged epoch."""
    parent, fork = parent_and_fork(store)
    flip(store.checkpoints(fork.id)[0].path)
    assert train(store, fork.id).kinds()[-1] == "failed"
    assert "parent.safetensors" in str(store.run(fork.id).message)
    flip(store.checkpoints(parent.id)[1].path)
    with pytest.raises(RunError, match="damaged"):
        store.fork(parent.id, 1, parent.config)


# ---- a lab with a training process


def close(lab: Lab, run_id: str) -> None:
    """The next start of the server continues the run by itself."""
    lab.supervisor.stop()
    assert lab.store.run(run_id).state == "queued"


def kill(lab: Lab, run_id: str) -> None:
    """A person resumes it, with a click."""
    workers()[0].kill()
    lab.wait_for_state(run_id, "interrupted")
    lab.supervisor.stop()


def leave(lab: Lab, run_id: str) -> None:
    """As a power cut leaves it: on record it is still running."""
    close(lab, run_id)
    lab.store.change_state(run_id, {"queued"}, "running")


ENDS = {"closed": close, "killed": kill, "power cut": leave}


def interrupted(home: Path, end: Callable[[Lab, str], None]) -> str:
    """The id of a run that trained more than three epochs and was then interrupted."""
    with open_lab(home) as lab:
        run_id = lab.begin(ENDLESS)
        lab.wait_for_step(run_id, 3 * BATCHES + 1)
        end(lab, run_id)
    return run_id


def go_on(lab: Lab, run_id: str) -> None:
    """What the person in front of it does, where it does not continue by itself."""
    if lab.store.run(run_id).state == "interrupted":
        lab.send_command(run_id, "resume")


@pytest.mark.parametrize("end", ENDS)
def test_a_lab_continues_from_the_last_epoch(tmp_path: Path, end: str) -> None:
    """However it was interrupted: the weights that it had are untouched, and the note is on record."""
    run_id = interrupted(tmp_path, ENDS[end])
    store = RunStore(tmp_path)
    damage_states(store, run_id)
    before = weights(store, run_id)
    store.close()
    with open_lab(tmp_path) as lab:
        go_on(lab, run_id)
        lab.wait_until(run_id, lambda run: len(run.notes) == 1)
        lab.wait_for_step(run_id, (max(before) + 2) * BATCHES)
        lab.send_command(run_id, "stop")
        run = lab.wait_for_state(run_id, "stopped")
        after = weights(lab.store, run_id)
        for epoch in before.keys() & after.keys():
            assert_equal(after[epoch], before[epoch])
        assert lab.store.curves(run_id).epochs[0].epoch == 1
        assert f"with the weights of epoch {max(before)}" in str(run.notes[0])


@pytest.mark.parametrize("end", ENDS)
def test_a_lab_does_not_start_over_by_itself(tmp_path: Path, end: str) -> None:
    """With nothing sound the run fails in words, and the next one is trained."""
    run_id = interrupted(tmp_path, ENDS[end])
    store = RunStore(tmp_path)
    spoil(store, run_id)
    store.close()
    with open_lab(tmp_path) as lab:
        go_on(lab, run_id)
        failed = lab.wait_for_state(run_id, "failed")
        assert "start it over" in str(failed.message)
        lab.wait_for_state(lab.queue(epochs=1), "finished")


# ---- a terminal


def cnnlab(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """What the command line answers."""
    command = [sys.executable, "-m", "cnnlab", *words, "--home", str(home)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_terminal_says_what_was_lost(tmp_path: Path) -> None:
    """When it resumes the run, and whenever it lists it."""
    store = RunStore(tmp_path)
    run = queued(store)
    train(store, run.id, until=2)
    damage_states(store, run.id)
    store.close()
    resumed = cnnlab(tmp_path, "resume", run.id)
    assert resumed.returncode == 0
    assert "It continues with the weights of epoch 2" in resumed.stderr
    assert "epoch 3/5" in resumed.stdout
    assert "epoch 2/5" not in resumed.stdout
    assert "It continues with the weights of epoch 2" in cnnlab(tmp_path, "runs").stdout
    (note,) = json.loads(cnnlab(tmp_path, "runs", "--json").stdout)["notes"]
    assert "memory of the optimizer" in note


def test_a_terminal_starts_over_only_on_request(tmp_path: Path) -> None:
    """It names the option that does."""
    store = RunStore(tmp_path)
    run = queued(store)
    train(store, run.id, until=2)
    spoil(store, run.id)
    store.close()
    refused = cnnlab(tmp_path, "resume", run.id)
    assert refused.returncode == 2
    assert f"resume {run.id} --home {tmp_path} --start-over` starts it over" in refused.stderr
    again = cnnlab(tmp_path, "resume", run.id, "--start-over")
    assert again.returncode == 0
    assert "epoch 1/5" in again.stdout
    assert (
        "It was started over: the weights and curves of 2 epochs were deleted."
        in cnnlab(tmp_path, "runs").stdout
    )
