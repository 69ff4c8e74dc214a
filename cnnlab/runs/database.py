"""The SQLite file in the home folder, and the only place that opens it.

Readers may be many. Writers take turns through a file lock around each transaction, so that at any time at
most one connection writes or checkpoints the log: SQLite before 3.51.3 can lose a page when two do.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from cnnlab.errors import LabError, StorageError
from cnnlab.runs.locks import FileLock

SCHEMA_VERSION = 1
_SCHEMA = """
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


class Database:
    """One connection for all threads of this process; `turn` makes several reads one."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.turn = threading.RLock()
        self._write_lock = FileLock(home / "write.lock")
        try:
            home.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(home / "lab.db", check_same_thread=False, isolation_level=None)
            self._db.row_factory = sqlite3.Row
            self._open()
        except (sqlite3.Error, OSError) as error:
            raise LabError(
                f"the lab's data base cannot be opened ({error})",
                where=str(home),
                repair="Give the lab another home folder with CNNLAB_HOME or --home",
            ) from None

    def _open(self) -> None:
        with self.turn, self._write_lock:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA foreign_keys = ON")
            self._db.execute("PRAGMA busy_timeout = 10000")
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version > SCHEMA_VERSION:
                raise LabError(
                    f"a newer lab wrote its data (format {version}, this one knows {SCHEMA_VERSION})",
                    where=str(self._home),
                    repair="Update the lab, or choose another home folder with CNNLAB_HOME or --home",
                )
            if version == 0:
                self._db.executescript(f"BEGIN;{_SCHEMA}PRAGMA user_version = {SCHEMA_VERSION};COMMIT;")

    def close(self) -> None:
        """Close the file; the last one to do so also folds the log into it, hence the lock."""
        with self.turn, self._write_lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, on disk when it returns, one writer on this machine at a time."""
        with self._in_words(), self.turn, self._write_lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # a full disk has rolled back already
                    self._db.execute("ROLLBACK")
                raise

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """The answer to a question."""
        with self._in_words(), self.turn:
            return self._db.execute(sql, values).fetchall()

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.OperationalError, OSError) as error:
            raise StorageError(
                f"the lab's data base cannot be used ({error})",
                where=str(self._home),
                repair="Free some room there if the disk is full",
            ) from error
