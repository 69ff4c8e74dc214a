"""Data bases as older labs left them, made from one of today."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

_UNDO = (  # what takes a file back by one format, the newest last
    "ALTER TABLE designs DROP COLUMN id;",
    "ALTER TABLE runs DROP COLUMN owner; ALTER TABLE runs RENAME COLUMN trained_by TO owner;",
    "ALTER TABLE runs DROP COLUMN described;",
)


def take_back(home: Path, to: int) -> None:
    """Give the closed data base in this home folder an older format (from 1 on)."""
    with closing(sqlite3.connect(home / "lab.db")) as db:
        taken = db.execute("PRAGMA user_version").fetchone()[0]
        for step in reversed(_UNDO[to - 1 : taken - 1]):
            db.executescript(step)
        db.execute(f"PRAGMA user_version = {to}")
        db.commit()
