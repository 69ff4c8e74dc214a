"""Saved designs, by name."""

from __future__ import annotations

import secrets
import sqlite3
import time

from cnnlab.design.design import Design
from cnnlab.ground import limits
from cnnlab.ground.errors import DesignError, LabError
from cnnlab.language import lazy
from cnnlab.runs.database import Database
from cnnlab.runs.records import SavedDesign
from cnnlab.runs.unreadable import Unreadable, readable, reading


class DesignTable:
    """The table `designs`."""

    def __init__(self, base: Database) -> None:
        self._base = base
        self.unreadable: list[Unreadable] = []  # as the last look at all of them found

    def all(self) -> list[SavedDesign]:
        """Saved designs that can be read, the last changed first; no two have the same name."""
        rows = self._base.rows("SELECT id, name, body, updated_at FROM designs ORDER BY rowid DESC")
        found, self.unreadable = readable("design", rows, _saved)
        return found

    def get(self, design_id: str) -> SavedDesign:
        """A saved design; raises DesignError if it has been deleted."""
        for saved in self.all():
            if saved.id == design_id:
                return saved
        raise DesignError(lazy("this saved design has been deleted"))

    def save(self, name: str, design: Design) -> None:
        """Save under a name; a design of that name is replaced, and keeps its id."""
        name = checked_name(name)
        with self._base.transaction() as db:
            known = [row["id"] for row in self._base.rows("SELECT id FROM designs WHERE name = ?", name)]
            kept = next((each for each in known if isinstance(each, str)), None)
            self._write(db, kept or secrets.token_hex(8), name, design)

    def rename(self, design_id: str, new: str) -> None:
        """Rename a saved design; raises DesignError if it is gone or the new name is taken."""
        new = checked_name(new)
        with self._base.transaction() as db:
            saved = self.get(design_id)
            if db.execute("SELECT 1 FROM designs WHERE name = ? AND id != ?", (new, design_id)).fetchone():
                raise DesignError(
                    lazy("there is already a design {name}", name=repr(new)),
                    repair=lazy("Choose another name"),
                )
            db.execute("DELETE FROM designs WHERE id = ?", (design_id,))
            self._write(db, design_id, new, saved.design)

    @staticmethod
    def _write(db: sqlite3.Connection, design_id: str, name: str, design: Design) -> None:
        """Write as the last changed: in a new row, because a clock may be set back."""
        body = design.model_copy(update={"name": name}).model_dump_json()
        sql = "INSERT OR REPLACE INTO designs (id, name, body, updated_at) VALUES (?, ?, ?, ?)"
        db.execute(sql, (design_id, name, body, time.time()))

    def delete(self, design_id: str | bytes) -> None:
        """Remove a saved design for good; its id may have been damaged."""
        self._base.delete("DELETE FROM designs WHERE CAST(id AS BLOB) = CAST(? AS BLOB)", design_id)


def _saved(row: sqlite3.Row) -> SavedDesign:
    with reading(row):
        design = Design.model_validate_json(row["body"])
    return SavedDesign(row["id"], row["name"], design, row["updated_at"])


def checked_name(name: str) -> str:
    """The name without surrounding blanks; raises LabError if nothing or too much is left."""
    name = name.strip()
    if not name or len(name) > limits.MAX_NAME or not name.isprintable():
        raise LabError(
            lazy("this name cannot be used"),
            where=lazy("name"),
            allowed=lazy("1 to {most} visible characters on one line", most=limits.MAX_NAME),
        )
    return name
