"""What can be read of a damaged database, in a new one; the damaged file is kept beside it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from cnnlab.ground.errors import StorageError
from cnnlab.ground.files import sync_folder
from cnnlab.language import lazy
from cnnlab.runs.database import MIGRATIONS, NAME, Database

_TABLES = {  # in which order their rows lie
    "designs": "rowid",
    "runs": "rowid",
    "wishes": "rowid",
    "events": "run, seq",
    "weights": "rowid",
    "states": "rowid",
}
_BELONG = ("wishes", "events", "weights", "states")  # to a run


@dataclass(frozen=True, slots=True)
class Repaired:
    """Where the damaged file is now, and how many rows of each table are in the new one."""

    damaged: Path
    saved: dict[str, int]
    folders: list[str]  # of runs that are not on record any more; nothing in them was touched


def repair(home: Path) -> Repaired | None:
    """Put a new database in the place of a damaged one; None where all of it can be read.

    No lab may be running on the home folder. Raises StorageError where there is no database, and OSError
    where there is no room for a second one; the damaged one stays then where it is.
    """
    path = home / NAME
    if not path.is_file():
        raise StorageError(lazy("there is no database"), where=str(path))
    if _is_sound(home):
        return None
    with TemporaryDirectory(dir=home, prefix=".repair-") as folder:
        saved = _copy(path, Path(folder))
        aside = _unused(home)
        for end in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                shutil.move(f"{path}{end}", f"{aside}{end}")
        shutil.move(Path(folder) / NAME, path)
    sync_folder(home)
    with closing(Database(home)) as base:
        known = {row["id"] for row in base.rows("SELECT id FROM runs")}
    folders = sorted(entry.name for entry in (home / "runs").glob("*") if entry.name not in known)
    return Repaired(aside, saved, folders)


def _is_sound(home: Path) -> bool:
    try:
        with closing(Database(home)) as base:
            base.check()
    except StorageError:
        return False
    return True


def _copy(damaged: Path, folder: Path) -> dict[str, int]:
    """A database of the damaged one's format, with its rows, in a folder; how many there are."""
    new = sqlite3.connect(folder / NAME, isolation_level=None)
    old = sqlite3.connect(damaged)
    old.text_factory = lambda text: text.decode(errors="replace")
    with closing(new), closing(old):
        taken = _format(old)
        new.executescript("".join(MIGRATIONS[:taken]) + f"PRAGMA user_version = {taken};")
        new.execute("BEGIN")
        saved = {table: sum(_insert(new, table, row) for row in _rows(old, table)) for table in _TABLES}
        for table in _BELONG:
            lost = new.execute(f"DELETE FROM {table} WHERE run NOT IN (SELECT id FROM runs)").rowcount
            saved[table] -= lost
        new.execute("COMMIT")
    return saved


def _format(old: sqlite3.Connection) -> int:
    """How many steps the damaged file has taken; of one whose first page is gone, all."""
    with suppress(sqlite3.DatabaseError):
        taken = old.execute("PRAGMA user_version").fetchone()[0]
        if 0 < taken <= len(MIGRATIONS):
            return int(taken)
    return len(MIGRATIONS)


def _rows(old: sqlite3.Connection, table: str) -> Iterator[tuple[object, ...]]:
    """The rows before the first damage, and where there is one, those after the last."""
    seen: set[int] = set()
    for direction in ("ASC", "DESC"):
        order = ", ".join(f"{column} {direction}" for column in _TABLES[table].split(", "))
        try:
            for row in old.execute(f"SELECT * FROM {table} ORDER BY {order}"):
                if hash(row) in seen:
                    return
                seen.add(hash(row))
                yield row
        except sqlite3.DatabaseError:
            continue
        return


def _insert(new: sqlite3.Connection, table: str, row: tuple[object, ...]) -> bool:
    """Whether the row is one of this table's; of two with one key the first stays."""
    marks = ", ".join("?" * len(row))
    try:
        return new.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", row).rowcount == 1
    except sqlite3.DatabaseError:
        return False


def _unused(home: Path) -> Path:
    """A name for the damaged file that no earlier one has."""
    number = 1
    while (path := home / f"lab-damaged-{number}.db").exists():
        number += 1
    return path
