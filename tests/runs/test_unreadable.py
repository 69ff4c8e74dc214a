"""One entry that cannot be read stops nothing, and a damaged file gives back what can be read of it."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cnnlab.design.design import Design
from cnnlab.engine.local import LocalEngine
from cnnlab.engine.supervisor import Supervisor
from cnnlab.ground.errors import LabError, StorageError
from cnnlab.ground.home import Folders
from cnnlab.runs.database import MIGRATIONS
from cnnlab.runs.repair import repair
from cnnlab.runs.store import RunStore
from cnnlab.runs.unreadable import UnreadableError
from cnnlab.training.config import make_config
from tests.lab import QUICK, open_lab

ONE_EPOCH = make_config(epochs=1)


def alter(home: Path, sql: str, *values: Any) -> None:
    """What another program, or another lab, does to the file."""
    with sqlite3.connect(home / "lab.db") as db:
        assert db.execute(sql, values).rowcount
    db.close()


def without_type(text: str, **fields: Any) -> str:
    return json.dumps(json.loads(text) | fields)


BREAKS: dict[str, tuple[str, Callable[[str], str]]] = {
    "a layer of a newer lab": ("design", lambda text: text.replace('"Conv2d"', '"Conv7d"')),
    "a setting of a newer lab": ("config", lambda text: without_type(text, warp=9)),
    "a progress of a newer lab": ("progress", lambda text: without_type(text, warp=9)),
    "a progress that is not one": ("progress", lambda text: "[1, 2]"),
    "letters in a progress's number": ("progress", lambda text: without_type(text, epochs="many")),
    "half a design": ("design", lambda text: text[:40]),
    "no config": ("config", lambda text: ""),
    "a state of a newer lab": ("state", lambda text: "dreaming"),
    "data that nobody understands": ("described", lambda text: "{"),
}


@pytest.fixture(params=BREAKS)
def broken(request: pytest.FixtureRequest, store: RunStore) -> str:
    """The id of a run that waits first in the queue and cannot be read; another one waits behind it."""
    column, change = BREAKS[request.param]
    run = store.queue(QUICK, "digits", ONE_EPOCH, name="from the future")
    store.queue(QUICK, "digits", ONE_EPOCH, name="fine")
    with sqlite3.connect(store.home / "lab.db") as db:
        text = db.execute(f"SELECT {column} FROM runs WHERE id = ?", (run.id,)).fetchone()[0]
    db.close()
    alter(store.home, f"UPDATE runs SET {column} = ? WHERE id = ?", change(text), run.id)
    return run.id


def test_a_run_that_cannot_be_read_is_passed_over_and_named(store: RunStore, broken: str) -> None:
    """The other one is listed, and next in the queue; another can be made, also under the same name."""
    assert [run.name for run in store.runs()] == ["fine"]
    assert [(entry.kind, entry.id, entry.name) for entry in store.unreadable()] == [
        ("run", broken, "from the future")
    ]
    upcoming = store.next_queued()
    assert upcoming is not None
    assert upcoming.name == "fine"
    with pytest.raises(UnreadableError, match="from the future"):
        store.run(broken)
    assert store.queue(QUICK, "digits", ONE_EPOCH, name="from the future").name != "from the future"


def test_it_is_exported_whole_and_deleted_with_its_files(store: RunStore, broken: str) -> None:
    """Nothing else can be done with it; whoever has the newer lab gets all of it back."""
    store.runs()
    entry = store.unreadable()[0]
    with sqlite3.connect(store.home / "lab.db") as db:
        row = db.execute("SELECT name, design, config FROM runs WHERE id = ?", (broken,)).fetchone()
    db.close()
    raw = json.loads(entry.raw)
    assert (raw["name"], raw["design"], raw["config"]) == row
    store.folder(broken).mkdir(parents=True)
    store.delete_unreadable(entry)
    store.runs()
    assert not store.unreadable()
    assert not store.folder(broken).exists()


@pytest.mark.slow
def test_what_waits_behind_it_is_trained(tmp_path: Path) -> None:
    """The supervisor goes on, also when it finds one that was left running."""
    home = tmp_path / "home"
    store = RunStore(home)
    first = store.queue(QUICK, "digits", ONE_EPOCH)
    left = store.queue(QUICK, "digits", ONE_EPOCH)
    alter(home, "UPDATE runs SET config = '{}x' WHERE id = ?", first.id)
    alter(home, "UPDATE runs SET state = 'running', design = '' WHERE id = ?", left.id)
    fine = store.queue(QUICK, "digits", ONE_EPOCH)
    store.close()
    with open_lab(home) as lab:
        lab.wait_for_state(fine.id, "finished")


def test_a_saved_design_that_cannot_be_read_is_passed_over(store: RunStore, small_design: Design) -> None:
    """The others can be open_lab; it can be deleted."""
    for name in ("good", "bad"):
        store.designs.save(name, small_design)
    alter(store.home, "UPDATE designs SET body = '{\"layers\": [{}]}' WHERE name = 'bad'")
    assert [saved.name for saved in store.designs.all()] == ["good"]
    (entry,) = store.unreadable()
    assert (entry.kind, entry.name) == ("design", "bad")
    store.delete_unreadable(entry)
    assert len(store.designs.all()) == 1
    assert not store.unreadable()


def test_an_event_that_cannot_be_read_leaves_a_gap(store: RunStore, small_design: Design) -> None:
    """The curves are shown without it."""
    run = store.queue(small_design, "digits", ONE_EPOCH)
    for seq, body in enumerate(("{", "[]", '{"event": "batches"}', "null"), 1):
        alter(store.home, "INSERT INTO events (run, seq, body) VALUES (?, ?, ?)", run.id, seq, body)
    alter(store.home, "UPDATE runs SET inspection = '{\"event\": 3}' WHERE id = ?", run.id)
    assert store.curves(run.id).steps == []
    assert store.inspection(run.id) is None


@pytest.mark.slow
def test_a_supervisor_outlives_a_bug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says so where people look, logs it once, and works on as soon as it can."""
    store = RunStore(tmp_path)
    supervisor = Supervisor(store, LocalEngine(Folders(tmp_path, None)))
    mended = threading.Event()

    def fails(*_: object) -> None:
        if not mended.is_set():
            raise ZeroDivisionError("a bug")

    monkeypatch.setattr(supervisor, "_check_terminals", fails)
    supervisor.start()
    while not supervisor.trouble:
        time.sleep(0.01)
    assert "log" in str(supervisor.trouble)
    mended.set()
    while supervisor.trouble:  # until the next tick has gone well
        time.sleep(0.01)
    supervisor.stop()
    store.close()


# ---- a damaged file


@contextmanager
def filled(home: Path, runs: int) -> Iterator[RunStore]:
    """A store whose file has many pages; closed, so that they are all in it."""
    store = RunStore(home)
    for number in range(runs):
        store.queue(QUICK, "digits", ONE_EPOCH, name=f"run {number}")
    store.designs.save("mine", QUICK)
    yield store
    store.close()


def zero(home: Path, page: int) -> None:
    """As a disk loses it: SQLite counts pages from 1."""
    with (home / "lab.db").open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(bytes(4096))


def leaf_of_runs(home: Path) -> int:
    """A page in the middle of the table `runs`."""
    with sqlite3.connect(home / "lab.db") as db:
        try:
            rows = db.execute(
                "SELECT pageno FROM dbstat WHERE name = 'runs' AND pagetype = 'leaf' ORDER BY pageno"
            ).fetchall()
        except sqlite3.OperationalError:
            pytest.skip("this SQLite has no dbstat")
    db.close()
    return int(rows[len(rows) // 2][0])


def test_a_damaged_file_is_found_and_repaired(tmp_path: Path) -> None:
    """All but what was on the lost page, in a database like any other; the damaged one is kept."""
    with filled(tmp_path, 60):
        pass
    zero(tmp_path, leaf_of_runs(tmp_path))
    store = RunStore(tmp_path)
    with pytest.raises(StorageError, match="damaged.*cnnlab repair"):
        store.check()
    store.close()
    done = repair(tmp_path)
    assert done is not None
    assert 40 < done.saved["runs"] < 60
    store = RunStore(tmp_path)
    store.check()
    names = {run.name for run in store.runs()}
    assert {"run 0", "run 59"} <= names
    assert len(names) == done.saved["runs"]
    assert [saved.name for saved in store.designs.all()] == ["mine"]
    store.close()
    assert done.damaged.is_file()
    assert repair(tmp_path) is None


def test_of_a_file_without_its_first_page_nothing_is_promised(tmp_path: Path) -> None:
    """The lab starts again, and the folders of its runs are named and left alone."""
    with filled(tmp_path, 3) as store:
        kept = store.folder(store.runs()[0].id) / "last.safetensors"
        kept.parent.mkdir(parents=True)
        kept.write_bytes(b"weights")
    zero(tmp_path, 1)
    with pytest.raises(LabError, match="damaged"):
        RunStore(tmp_path)
    done = repair(tmp_path)
    assert done is not None
    assert done.folders == [kept.parent.name]
    assert kept.read_bytes() == b"weights"
    RunStore(tmp_path).close()


def test_an_older_file_is_repaired_as_what_it_is(tmp_path: Path) -> None:
    """And takes the steps that it lacks when the lab opens it."""
    db = sqlite3.connect(tmp_path / "lab.db")
    db.executescript(f"{MIGRATIONS[0]}PRAGMA user_version = 1;")
    columns = "id, name, design, data, config, state, owner, created_at, place"
    values = (QUICK.model_dump_json(), "digits", ONE_EPOCH.model_dump_json(), "finished", "terminal", 0.0, 1)
    for number in range(80):
        row = (f"{number:016x}", f"run {number}", *values)
        db.execute(f"INSERT INTO runs ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    db.commit()
    db.close()
    zero(tmp_path, leaf_of_runs(tmp_path))
    done = repair(tmp_path)
    assert done is not None
    store = RunStore(tmp_path)
    assert len(store.runs()) == done.saved["runs"] > 50
    assert store.runs()[0].trained_by == "terminal"
    store.close()
