"""The SQLite file in the home folder, and the only place that opens it.

There may be many readers. Writers take turns through a file lock around each transaction, so at most one
connection at a time writes or checkpoints the log: SQLite before 3.51.3 can lose a page when two do.

To change the format, append one string of SQL to MIGRATIONS (CREATE TABLE ..., ALTER TABLE ... ADD COLUMN
...; end each statement with a semicolon, no BEGIN or COMMIT). Never edit an existing migration: people's
files have already gone through it. A new file goes through all of them. An older file is first copied to
its folder (lab-format-1.db) and then goes through those it lacks, in one transaction. A newer file is
refused. A new column needs a default, and INSERT statements name their columns.
"""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from cnnlab.ground.errors import DiskFullError, LabError, StorageError
from cnnlab.ground.files import is_full, whole_file
from cnnlab.language import lazy, lazy_plural
from cnnlab.runs.locks import FileLock

_FIRST = """
CREATE TABLE designs (name TEXT PRIMARY KEY, body TEXT NOT NULL, updated_at REAL NOT NULL);
CREATE TABLE runs (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, design TEXT NOT NULL, data TEXT NOT NULL, config TEXT NOT NULL,
    state TEXT NOT NULL, message TEXT NOT NULL DEFAULT '', owner TEXT NOT NULL,
    created_at REAL NOT NULL, place INTEGER NOT NULL, started_at REAL, ended_at REAL,
    progress TEXT NOT NULL DEFAULT '{}', inspection TEXT, parent TEXT, parent_epoch INTEGER, race TEXT
);
CREATE TABLE wishes (
    id INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    wish TEXT NOT NULL, settings TEXT NOT NULL
);
CREATE TABLE events (
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, seq INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (run, seq)
) WITHOUT ROWID;
CREATE TABLE weights (
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, epoch INTEGER NOT NULL, step INTEGER NOT NULL,
    file TEXT NOT NULL, sha256 TEXT NOT NULL, val_accuracy REAL, PRIMARY KEY (run, epoch)
);
CREATE TABLE states (
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, step INTEGER NOT NULL,
    file TEXT NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (run, file)
);
"""
# An id, so that a design chosen in a menu stays chosen when it is renamed.
_DESIGN_IDS = """
ALTER TABLE designs ADD COLUMN id TEXT NOT NULL DEFAULT '';
UPDATE designs SET id = lower(hex(randomblob(8)));
"""
# A run is trained by a process, the lab's or a terminal's; its owner is a person.
_TRAINED_BY = """
ALTER TABLE runs RENAME COLUMN owner TO trained_by;
ALTER TABLE runs ADD COLUMN owner TEXT NOT NULL DEFAULT '';
"""
# What a run learned from (DataDescription): empty until its first start, and in runs of an older lab.
_DATA_DESCRIPTIONS = """
ALTER TABLE runs ADD COLUMN described TEXT NOT NULL DEFAULT '';
"""
# What people have to know of a run for as long as it exists: a JSON list of texts.
_NOTES = """
ALTER TABLE runs ADD COLUMN notes TEXT NOT NULL DEFAULT '[]';
"""
# Deleted runs whose records are still there: on a full disk there is no room to delete them all.
_LEFTOVERS = """
CREATE TABLE leftovers (run TEXT PRIMARY KEY);
"""
NAME = "lab.db"
_RESERVE_BYTES = 256 * 1024  # the log takes some pages of 4 KB for a deletion, and its index 32 KB
_NOT_TEXT = "Could not decode to UTF-8"  # in the error of Python's sqlite3, not of SQLite
MIGRATIONS: tuple[str, ...] = (
    _FIRST,
    _DESIGN_IDS,
    _TRAINED_BY,
    _DATA_DESCRIPTIONS,
    _NOTES,
    _LEFTOVERS,
)  # from each format to the next; a file's format is the number of migrations it went through


class Database:
    """One connection for all threads of this process; hold `turn` to make several reads atomic."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.turn = threading.RLock()
        self._write_lock = FileLock(home / "write.lock")
        self._reserve = home / "reserve"
        try:
            home.mkdir(parents=True, exist_ok=True)
            _require_no_loss(home)
            self._db = sqlite3.connect(home / NAME, check_same_thread=False, isolation_level=None)
            self._open()
        except (sqlite3.Error, OSError) as error:
            if type(error) is sqlite3.DatabaseError:
                raise damaged(home, error) from None
            raise LabError(
                lazy("the lab's database cannot be opened ({error})", error=str(error)),
                where=str(home),
                repair=lazy("Give the lab another home folder with CNNLAB_HOME or --home"),
            ) from None

    def check(self) -> None:
        """Raises StorageError where a page of the file is damaged; reads all of it once."""
        found = self.rows("PRAGMA quick_check(1)")[0][0]
        if found != "ok":
            raise damaged(self._home, found)

    def _open(self) -> None:
        try:
            with self.turn, self._write_lock:
                self._db.row_factory = sqlite3.Row
                self._db.execute("PRAGMA journal_mode = WAL")
                self._db.execute("PRAGMA synchronous = FULL")
                self._db.execute("PRAGMA busy_timeout = 10000")
                self._migrate()
                # Only now: a migration that rebuilds a table must not delete the rows that refer to it.
                self._db.execute("PRAGMA foreign_keys = ON")
                self._keep_reserve()
        except BaseException:
            self._db.close()
            raise

    def _migrate(self) -> None:
        """Run the migrations that the file lacks: either all, or none and the error is raised."""
        taken = self._db.execute("PRAGMA user_version").fetchone()[0]
        if taken > len(MIGRATIONS):
            raise LabError(
                lazy(
                    "a newer lab wrote its data (format {taken}, this one knows {known})",
                    taken=taken,
                    known=len(MIGRATIONS),
                ),
                where=str(self._home),
                repair=lazy("Update the lab, or choose another home folder with CNNLAB_HOME or --home"),
            )
        if 0 < taken < len(MIGRATIONS):
            self._back_up(self._home / f"lab-format-{taken}.db")
        if taken < len(MIGRATIONS):
            script = "".join(MIGRATIONS[taken:])
            self._db.executescript(f"BEGIN IMMEDIATE;{script}PRAGMA user_version = {len(MIGRATIONS)};COMMIT;")

    def _back_up(self, path: Path) -> None:
        """Copy the file as it is; the copy is either complete or does not exist."""
        with whole_file(path) as temporary:
            copy = sqlite3.connect(temporary)
            try:
                self._db.backup(copy)
            finally:
                copy.close()

    def close(self) -> None:
        """Close the file. The last connection to close merges the log into it, hence the lock."""
        with self.turn, self._write_lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all or nothing, on disk when it returns, one writer on this machine at a time.

        Within another one of the same thread it is a part of that.
        """
        with self.turn:
            if self._db.in_transaction:
                yield self._db
            else:
                with self._whole_transaction() as db:
                    yield db

    @contextmanager
    def _whole_transaction(self) -> Iterator[sqlite3.Connection]:
        with self._readable_errors(), self._write_lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # a full disk has rolled back already
                    self._db.execute("ROLLBACK")
                raise

    def delete(self, sql: str, *values: Any) -> None:
        """Delete rows. On a full disk the reserve gives way for it: else nobody could make room."""
        try:
            self._run(sql, *values)
        except DiskFullError:
            self._reserve.unlink(missing_ok=True)
            self.cut_log()
            self._run(sql, *values)
        self._keep_reserve()

    def cut_log(self) -> None:
        """Move the pages in the log into the file, and give its space back to the disk.

        Only if the file has room to grow by them: half of it would take the last space and give nothing back.
        """
        path = self._home / NAME
        with self._readable_errors(), self.turn, self._write_lock, suppress(sqlite3.OperationalError):
            size = self._number("page_count") * self._number("page_size")
            if size - path.stat().st_size <= shutil.disk_usage(self._home).free:
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _number(self, pragma: str) -> int:
        return int(self._db.execute(f"PRAGMA {pragma}").fetchone()[0])

    @contextmanager
    def without_cascade(self) -> Iterator[sqlite3.Connection]:
        """A transaction in which rows are deleted without those that refer to them."""
        with self.turn:
            self._db.execute("PRAGMA foreign_keys = OFF")
            try:
                with self.transaction() as db:
                    yield db
            finally:
                self._db.execute("PRAGMA foreign_keys = ON")

    def _run(self, sql: str, *values: Any) -> None:
        with self.transaction() as db:
            db.execute(sql, values)

    def _keep_reserve(self) -> None:
        """Room for one deletion, taken while there is some."""
        if not self._reserve.exists():
            with suppress(OSError), whole_file(self._reserve) as temporary:
                temporary.write_bytes(bytes(_RESERVE_BYTES))

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """The rows that a query returns; a text that is not UTF-8 comes as its bytes, and stops no other."""
        with self._readable_errors(), self.turn:
            try:
                return self._db.execute(sql, values).fetchall()
            except sqlite3.OperationalError as error:
                if _NOT_TEXT not in str(error):
                    raise
            self._db.text_factory = _decoded
            try:
                return self._db.execute(sql, values).fetchall()
            finally:
                self._db.text_factory = str

    @contextmanager
    def _readable_errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.OperationalError, OSError) as error:
            kind = DiskFullError if _is_full(error) else StorageError
            raise kind(
                lazy("the lab's database cannot be used ({error})", error=str(error)),
                where=str(self._home),
                repair=lazy("Free some space there if the disk is full"),
            ) from error
        except sqlite3.DatabaseError as error:
            if type(error) is not sqlite3.DatabaseError:
                raise  # a bug of the lab's, not of the file
            raise damaged(self._home, error) from error


def _require_no_loss(home: Path) -> None:
    """Raises StorageError where runs' folders lie there and their database is gone: a new one is not it."""
    path = home / NAME
    if path.exists() and path.stat().st_size:
        return
    left = [folder for folder in (home / "runs").glob("*") if any(folder.glob("*.safetensors"))]
    if left:
        raise StorageError(
            lazy_plural(
                "the database is missing, but the folder of {count} run is here",
                "the database is missing, but the folders of {count} runs are here",
                len(left),
            ),
            where=str(path),
            repair=lazy("Put a copy of it back, or move the folder `runs` away to begin anew"),
        )


def damaged(home: Path, error: object) -> StorageError:
    """The error for a file that is not a database, or has damaged pages."""
    return StorageError(
        lazy("the lab's database is damaged ({error})", error=" ".join(str(error).split())),
        where=str(home / NAME),
        repair=lazy("`python -m cnnlab repair` saves what can be read, and keeps the damaged file"),
    )


def _decoded(text: bytes) -> str | bytes:
    """For rows with damaged text only: it costs a call for every text."""
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text


def _is_full(error: sqlite3.OperationalError | OSError) -> bool:
    if isinstance(error, OSError):
        return is_full(error)
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
