"""Saved designs, by name: the part of the run store that knows no runs."""

from __future__ import annotations

import time

from cnnlab import limits
from cnnlab.design import Design
from cnnlab.errors import DesignError, LabError
from cnnlab.runs.database import Database
from cnnlab.runs.records import SavedDesign


class DesignShelf:
    """Designs in a data base."""

    def __init__(self, base: Database) -> None:
        self._base = base

    def designs(self) -> list[SavedDesign]:
        """Saved designs, the last changed first."""
        rows = self._base.rows("SELECT * FROM designs ORDER BY rowid DESC")
        return [
            SavedDesign(row["name"], Design.model_validate_json(row["body"]), row["updated_at"])
            for row in rows
        ]

    def load_design(self, name: str) -> Design:
        """A saved design; raises DesignError where there is none of that name."""
        for saved in self.designs():
            if saved.name == name:
                return saved.design
        raise DesignError(f"there is no saved design {name!r}")

    def save_design(self, name: str, design: Design) -> None:
        """Save under a name; a design of that name is replaced."""
        name = checked_name(name)
        body = design.model_copy(update={"name": name}).model_dump_json()
        with self._base.transaction() as db:
            db.execute("INSERT OR REPLACE INTO designs VALUES (?, ?, ?)", (name, body, time.time()))

    def rename_design(self, old: str, new: str) -> None:
        """Rename a saved design; raises DesignError where the new name is taken."""
        design = self.load_design(old)
        new = checked_name(new)
        if new != old and any(saved.name == new for saved in self.designs()):
            raise DesignError(f"there is a design {new!r} already", repair="Choose another name")
        body = design.model_copy(update={"name": new}).model_dump_json()
        with self._base.transaction() as db:
            db.execute("DELETE FROM designs WHERE name = ?", (old,))
            db.execute("INSERT INTO designs VALUES (?, ?, ?)", (new, body, time.time()))

    def delete_design(self, name: str) -> None:
        """Remove a saved design for good."""
        with self._base.transaction() as db:
            db.execute("DELETE FROM designs WHERE name = ?", (name,))


def checked_name(name: str) -> str:
    """The name without surrounding blanks; raises LabError where nothing or too much is left."""
    name = name.strip()
    if not name or len(name) > limits.MAX_NAME or not name.isprintable():
        raise LabError(
            "this name cannot be used",
            where="name",
            allowed=f"1 to {limits.MAX_NAME} visible characters on one line",
        )
    return name
