"""Databases as older labs left them, made from a current one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

_UNDO = (  # each undoes one migration, the newest last
    "ALTER TABLE designs DROP COLUMN id;",
    "ALTER TABLE runs DROP COLUMN owner; ALTER TABLE runs RENAME COLUMN trained_by TO owner;",
    "ALTER TABLE runs DROP COLUMN described;",
    "ALTER TABLE runs DROP COLUMN notes;",
    "DROP TABLE leftovers;",
)


def downgrade(home: Path, to: int) -> None:
    """Convert the closed database in this home folder to an older format (from 1 on)."""
    with closing(sqlite3.connect(home / "lab.db")) as db:
        taken = db.execute("PRAGMA user_version").fetchone()[0]
        for step in reversed(_UNDO[to - 1 : taken - 1]):
            db.executescript(step)
        db.execute(f"PRAGMA user_version = {to}")
        db.commit()
