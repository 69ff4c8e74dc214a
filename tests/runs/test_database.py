"""The database file: migrations to newer formats, with a backup copy, and never back."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from cnnlab.ground.errors import LabError
from cnnlab.runs import database
from cnnlab.runs.database import Database
from tests.conftest import ROOT

DESIGN = "INSERT INTO designs (name, body, updated_at) VALUES (?, '{}', 0)"
NOTES = "CREATE TABLE notes (text TEXT NOT NULL); INSERT INTO notes SELECT name FROM designs;"
HASTY = "CREATE TABLE hasty (text TEXT NOT NULL); INSERT INTO nowhere VALUES (1);"


@pytest.fixture
def old_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home folder of a lab that knew only the first format: a saved design."""
    monkeypatch.setattr(database, "MIGRATIONS", database.MIGRATIONS[:1])
    base = Database(tmp_path)
    with base.transaction() as db:
        db.execute(DESIGN, ("mine",))
    base.close()
    return tmp_path


def query(path: Path, question: str) -> list[tuple[object, ...]]:
    """SQLite's own answer about a file."""
    db = sqlite3.connect(path)
    try:
        return db.execute(question).fetchall()
    finally:
        db.close()


def use_migrations(monkeypatch: pytest.MonkeyPatch, *steps: str) -> None:
    """Act as a newer lab."""
    monkeypatch.setattr(database, "MIGRATIONS", (*database.MIGRATIONS[:1], *steps))


def test_an_older_file_gets_the_missing_migrations(old_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its contents are still there; an unchanged copy lies next to it, an ordinary database file."""
    use_migrations(monkeypatch, NOTES, "ALTER TABLE notes ADD COLUMN color TEXT NOT NULL DEFAULT 'blue';")
    base = Database(old_home)
    assert [tuple(row) for row in base.rows("SELECT text, color FROM notes")] == [("mine", "blue")]
    assert [row["name"] for row in base.rows("SELECT name FROM designs")] == ["mine"]
    base.close()
    assert query(old_home / "lab.db", "PRAGMA user_version") == [(3,)]
    copy = old_home / "lab-format-1.db"
    assert query(copy, "PRAGMA user_version") == [(1,)]
    assert query(copy, "PRAGMA integrity_check") == [("ok",)]
    assert query(copy, "SELECT name FROM designs") == [("mine",)]
    assert not list(old_home.glob("*.part"))


def test_a_new_file_needs_no_copy(tmp_path: Path) -> None:
    """It gets all migrations at once, and opening it again changes nothing."""
    for _ in range(2):
        Database(tmp_path).close()
    assert query(tmp_path / "lab.db", "PRAGMA user_version") == [(len(database.MIGRATIONS),)]
    assert not list(tmp_path.glob("lab-format-*"))


def test_a_failing_migration_leaves_the_file_as_it_was(
    old_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All migrations or none: the older lab can still open it."""
    use_migrations(monkeypatch, NOTES, HASTY)
    with pytest.raises(LabError, match="cannot be opened.*nowhere"):
        Database(old_home)
    assert query(old_home / "lab.db", "PRAGMA user_version") == [(1,)]
    use_migrations(monkeypatch)
    base = Database(old_home)
    assert [row["name"] for row in base.rows("SELECT name FROM designs")] == ["mine"]
    assert base.rows("SELECT name FROM sqlite_master WHERE name IN ('notes', 'hasty')") == []
    base.close()


def test_without_room_for_the_copy_nothing_is_changed(
    old_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy comes first."""
    use_migrations(monkeypatch, NOTES)
    (old_home / "lab-format-1.db").mkdir()  # in the way
    with pytest.raises(LabError, match="cannot be opened"):
        Database(old_home)
    assert query(old_home / "lab.db", "PRAGMA user_version") == [(1,)]


def test_rebuilding_a_table_keeps_what_refers_to_it(old_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dropping the old table does not delete the rows that belong to its runs."""
    base = Database(old_home)
    with base.transaction() as db:
        db.execute(
            "INSERT INTO runs (id, name, design, data, config, state, owner, created_at, place) "
            "VALUES ('r', 'r', '{}', 'digits', '{}', 'queued', 'lab', 0, 1)"
        )
        db.execute("INSERT INTO events (run, seq, body) VALUES ('r', 1, '{}')")
    base.close()
    rebuild = (
        "CREATE TABLE newer AS SELECT * FROM runs; DROP TABLE runs; ALTER TABLE newer RENAME TO runs;"
        "CREATE UNIQUE INDEX run_ids ON runs (id);"
    )
    use_migrations(monkeypatch, rebuild)
    base = Database(old_home)
    assert [row["run"] for row in base.rows("SELECT run FROM events")] == ["r"]
    base.close()


KILLED = """
import os, sys
from pathlib import Path
from cnnlab.runs import database
real = os.replace
def killed(*paths):
    os._exit(9) if sys.argv[2] == "before" else real(*paths)
    os._exit(9)
os.replace = killed
database.MIGRATIONS = (*database.MIGRATIONS[:1], "CREATE TABLE notes (text TEXT);")
database.Database(Path(sys.argv[1]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_kill_during_the_copy_does_no_harm(
    old_home: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Before or after the copy gets its name: the next start migrates, and the copy is complete."""
    killed = subprocess.run([sys.executable, "-c", KILLED, str(old_home), moment], cwd=ROOT, check=False)
    assert killed.returncode == 9
    use_migrations(monkeypatch, NOTES)
    base = Database(old_home)
    assert [row["text"] for row in base.rows("SELECT text FROM notes")] == ["mine"]
    base.close()
    assert query(old_home / "lab-format-1.db", "SELECT name FROM designs") == [("mine",)]


@pytest.mark.parametrize("taken", [1, 2])
def test_runs_of_an_older_format_keep_who_trained_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: int
) -> None:
    """The process used to be called the owner; no person owns any of them yet."""
    with monkeypatch.context() as older:
        older.setattr(database, "MIGRATIONS", database.MIGRATIONS[:taken])
        Database(tmp_path).close()
    db = sqlite3.connect(tmp_path / "lab.db")
    with db:
        for run, trainer in (("a", "lab"), ("b", "terminal")):
            db.execute(
                "INSERT INTO runs (id, name, design, data, config, state, owner, created_at, place) "
                "VALUES (?, ?, '{}', 'digits', '{}', 'queued', ?, 0, 1)",
                (run, run, trainer),
            )
    db.close()
    base = Database(tmp_path)
    rows = base.rows("SELECT id, trained_by, owner FROM runs ORDER BY id")
    assert [tuple(row) for row in rows] == [("a", "lab", ""), ("b", "terminal", "")]
    base.close()
    assert query(tmp_path / f"lab-format-{taken}.db", "SELECT owner FROM runs") == [("lab",), ("terminal",)]
