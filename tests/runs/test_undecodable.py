"""A text that is not UTF-8, in a file that SQLite calls sound, stops nothing but what it is part of."""

from __future__ import annotations

import json
import logging
import sqlite3
from typing import Any

import pytest

from cnnlab.design.design import Design
from cnnlab.runs.database import MIGRATIONS
from cnnlab.runs.records import Run
from cnnlab.runs.store import RunStore
from cnnlab.training.config import make_config
from tests.events import event, events, inspection
from tests.lab import QUICK
from tests.runs.conftest import KeepWeights, batches, epoch, started

ONE_EPOCH = make_config(epochs=1)
BAD = b"\xff\xfe{"  # no beginning of a letter in UTF-8


def spoil(store: RunStore, table: str, column: str, condition: str = "1", *values: Any) -> None:
    """Put bytes that are no text into a column; SQLite itself has no objection."""
    with sqlite3.connect(store.home / "lab.db") as db:
        db.execute("PRAGMA foreign_keys = OFF")
        sql = f"UPDATE {table} SET {column} = CAST(? AS TEXT) WHERE {condition}"
        assert db.execute(sql, (BAD, *values)).rowcount
        assert db.execute("PRAGMA quick_check").fetchall() == [("ok",)]
    db.close()


def text_columns(table: str) -> list[str]:
    """Those that the current format declares."""
    db = sqlite3.connect(":memory:")
    db.executescript("".join(MIGRATIONS))
    rows = db.execute(f"PRAGMA table_info({table})").fetchall()
    db.close()
    return [name for _number, name, kind, *_rest in rows if kind == "TEXT"]


# The list does not show these, or shows the run without them.
_APART = {"inspection", "owner"}


@pytest.mark.parametrize("column", [name for name in text_columns("runs") if name not in _APART])
def test_every_text_of_a_run(store: RunStore, column: str, caplog: pytest.LogCaptureFixture) -> None:
    """It is passed over, named in the log, exported whole and deleted; the others are there."""
    bad = store.queue(QUICK, "digits", ONE_EPOCH, name="bad")
    fine = store.queue(QUICK, "digits", ONE_EPOCH, name="fine")
    spoil(store, "runs", column, "id = ?", bad.id)
    with caplog.at_level(logging.WARNING):
        assert [run.name for run in store.runs()] == ["fine"]
    assert "not UTF-8" in caplog.text
    upcoming = store.next_queued()
    assert upcoming is not None
    assert upcoming.id == fine.id
    assert store.find("fine").id == fine.id
    (entry,) = store.unreadable()
    assert column in str(entry.reason)
    assert json.loads(entry.raw)[column] == {"hex": BAD.hex()}
    assert text_columns("runs") == [name for name in json.loads(entry.raw) if name in text_columns("runs")]
    assert store.queue(QUICK, "digits", ONE_EPOCH, name="another").name == "another"
    store.rename_run(fine.id, "renamed")
    store.delete_unreadable(entry)
    assert [run.name for run in store.runs()] == ["another", "renamed"]
    assert not store.unreadable()


@pytest.mark.parametrize("column", text_columns("designs"))
def test_every_text_of_a_design(store: RunStore, small_design: Design, column: str) -> None:
    """The others can be opened, saved and renamed; it can be exported and deleted."""
    for name in ("bad", "fine"):
        store.designs.save(name, small_design)
    spoil(store, "designs", column, "name = 'bad'")
    (fine,) = store.designs.all()
    (entry,) = store.unreadable()
    assert (entry.kind, fine.name) == ("design", "fine")
    assert json.loads(entry.raw)[column] == {"hex": BAD.hex()}
    store.designs.save("fine", small_design)
    store.designs.rename(fine.id, "finer")
    store.delete_unreadable(entry)
    assert [saved.name for saved in store.designs.all()] == ["finer"]
    assert not store.unreadable()


def test_a_design_of_the_same_name_as_one_without_an_id(store: RunStore, small_design: Design) -> None:
    """It takes its place, as saving under a name does."""
    store.designs.save("mine", small_design)
    spoil(store, "designs", "id")
    store.designs.save("mine", small_design)
    assert [saved.name for saved in store.designs.all()] == ["mine"]


def named(store: RunStore, run: Run) -> list[tuple[str, str]]:
    """Kind and name of what cannot be read of a run."""
    return [(entry.kind, str(entry.name)) for entry in store.unreadable_records(run.id)]


def test_an_event_leaves_a_gap_and_is_named(store: RunStore, run: Run) -> None:
    """The curves are shown without it; it can be exported and deleted."""
    store.record(run.id, events(started(), batches(1, 2.0), batches(2, 1.5), epoch(1)))
    spoil(store, "events", "body", "seq = 2")
    assert list(store.curves(run.id).steps) == [2]
    assert [point.epoch for point in store.milestones(run.id).epochs] == [1]
    store.record(run.id, events(batches(3, 1.0)))
    assert list(store.curves(run.id).steps) == [2, 3]
    assert named(store, run) == [("event", f"{run.name}: 1 record of its curves")]
    (entry,) = store.unreadable_records(run.id)
    assert json.loads(entry.raw) == [{"run": run.id, "seq": 2, "body": {"hex": BAD.hex()}}]
    store.delete_unreadable(entry)
    assert named(store, run) == []
    assert len(store.events(run.id)) == 4


@pytest.mark.parametrize("column", ["wish", "settings"])
def test_a_command_is_passed_over(store: RunStore, run: Run, column: str) -> None:
    """The run is listed, and the next command is carried out."""
    store.change_state(run.id, {"queued"}, "running")
    store.send_command(run.id, "change", {"learning_rate": 0.01})
    spoil(store, "wishes", column)
    store.send_command(run.id, "pause")
    assert store.run(run.id).command == "pause"
    assert named(store, run) == [("command", f"{run.name}: 1 command")]
    assert [given.command for given in store.take_commands(run.id)] == ["pause"]
    (entry,) = store.unreadable_records(run.id)
    assert json.loads(entry.raw)[0][column] == {"hex": BAD.hex()}
    store.delete_unreadable(entry)
    assert named(store, run) == []


@pytest.mark.parametrize("column", ["file", "sha256"])
def test_the_weights_of_the_other_epochs_are_there(
    store: RunStore, run: Run, keep_weights: KeepWeights, column: str
) -> None:
    """The file that nobody knows any more is not deleted as a stray one."""
    keep_weights(run, 0, 1, 2)
    spoil(store, "weights", column, "epoch = 1")
    files = set(store.folder(run.id).iterdir())
    assert [saved.epoch for saved in store.checkpoints(run.id)] == [0, 2]
    assert store.runs_with_weights() == {run.id}
    store.delete_stray_files(run.id)
    assert set(store.folder(run.id).iterdir()) == files
    assert named(store, run) == [("weights", f"{run.name}: 1 kept epoch")]
    store.delete_unreadable(store.unreadable_records(run.id)[0])
    assert named(store, run) == []
    assert len(store.checkpoints(run.id)) == 2


@pytest.mark.parametrize("column", ["file", "sha256"])
def test_the_other_state_is_there(store: RunStore, run: Run, column: str) -> None:
    """The run continues from it."""
    for step in (10, 20):
        store.record(run.id, [event({"event": "state", "step": step, "file": f"{step}", "sha256": "0"})])
    spoil(store, "states", column, "step = 20")
    assert [state.step for state in store.states(run.id)] == [10]
    assert named(store, run) == [("state", f"{run.name}: 1 checkpoint")]
    store.delete_unreadable(store.unreadable_records(run.id)[0])
    assert named(store, run) == []


@pytest.mark.parametrize("table", ["wishes", "events", "weights", "states"])
def test_a_record_that_does_not_say_whose_it_is(
    store: RunStore, run: Run, keep_weights: KeepWeights, table: str
) -> None:
    """It belongs to nobody, and stops nobody."""
    keep_weights(run, 0, 1)
    store.record(
        run.id, [*events(started()), event({"event": "state", "step": 1, "file": "a", "sha256": "0"})]
    )
    store.change_state(run.id, {"queued"}, "running")
    store.send_command(run.id, "pause")
    spoil(store, table, "run")
    assert store.runs_with_weights() == (set() if table == "weights" else {run.id})
    assert [each.id for each in store.runs()] == [run.id]
    store.take_commands(run.id)
    store.curves(run.id)
    store.record(run.id, events(epoch(1)))


def test_an_inspection_is_replaced_by_the_next(store: RunStore, run: Run) -> None:
    """Until then there is none to show; it can be exported."""
    store.keep_inspection(run.id, inspection())
    spoil(store, "runs", "inspection")
    assert [each.id for each in store.runs()] == [run.id]
    assert store.inspection(run.id) is None
    assert named(store, run) == [("inspection", f"{run.name}: the inspection of its network")]
    store.keep_inspection(run.id, inspection())
    assert store.inspection(run.id) is not None
    assert named(store, run) == []


@pytest.mark.parametrize("name", ["..", ".", "", "../.."])
def test_a_damaged_id_deletes_no_other_files(store: RunStore, run: Run, name: str) -> None:
    """It is not the name of a run's folder."""
    kept = store.folder(run.id) / "weights"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"")
    store.queue(QUICK, "digits", ONE_EPOCH)
    with sqlite3.connect(store.home / "lab.db") as db:
        db.execute("UPDATE runs SET id = ?, config = '' WHERE id != ?", (name, run.id))
    db.close()
    store.runs()
    (entry,) = store.unreadable()
    store.delete_unreadable(entry)
    assert kept.exists()
    assert (store.home / "lab.db").exists()
    assert not store.unreadable()
