"""The table of runs, one row each: identity, state, progress, and trainer."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache

from cnnlab.data.dataset import DataDescription
from cnnlab.design.design import Design, same_network
from cnnlab.ground.errors import DiskFullError, RunError
from cnnlab.language import Message, Words, from_stored, lazy, stored
from cnnlab.runs.database import Database
from cnnlab.runs.designs import checked_name
from cnnlab.runs.names import unique_name
from cnnlab.runs.records import ACTIVE, COMMANDS, STATES, Progress, Run, State, Trainer
from cnnlab.runs.unreadable import Unreadable, UnreadableError, raw_json, readable, reading
from cnnlab.training.config import TrainConfig

_RUN_COLUMNS = (
    "id, name, design, data, config, state, message, trained_by, created_at, started_at, ended_at, "
    "progress, parent, parent_epoch, race, described, notes, "
    f"(SELECT wish FROM wishes WHERE run = runs.id AND wish IN ({', '.join(map(repr, COMMANDS))}) "
    "ORDER BY wishes.id DESC LIMIT 1) AS command"
)
_OF_A_RUN = {"wishes": "rowid", "events": "seq", "weights": "rowid", "states": "rowid"}
_STEP = 100  # rows that are deleted at once
_LAST_PLACE = "(SELECT COALESCE(MAX(place), 0) + 1 FROM runs)"


@lru_cache(maxsize=1024)
def _design(text: str) -> Design:
    """The parsed design, cached: every viewer of every page requests the same runs every second."""
    return Design.model_validate_json(text)


@lru_cache(maxsize=1024)
def _config(text: str) -> TrainConfig:
    return TrainConfig.model_validate_json(text)


@lru_cache(maxsize=1024)
def _progress(text: str) -> Progress:
    return Progress.from_json(json.loads(text))


@lru_cache(maxsize=1024)
def _description(text: str) -> DataDescription | None:
    return DataDescription.from_json(json.loads(text)) if text else None


def _message(text: str) -> Words:
    """The message in a run's row that explains its state; older labs stored English text."""
    try:
        return Message.from_json(json.loads(text))
    except (ValueError, TypeError, KeyError):
        return text


@lru_cache(maxsize=1024)
def _notes(text: str) -> tuple[Words, ...]:
    return tuple(from_stored(each) for each in json.loads(text))


def _is_same_network(text: str, design: Design) -> bool:
    """Whether a stored design is the same network as this one; one that cannot be read is another."""
    with suppress(ValueError):
        return same_network(_design(text), design)
    return False


def _same(run_id: str | bytes) -> str:
    """The SQL condition for a run's row; its id may have been damaged."""
    return "id = ?" if isinstance(run_id, str) else "CAST(id AS BLOB) = ?"


class RunTable:
    """The table `runs`. Changes that follow from an event are written by `EventLog`."""

    def __init__(self, base: Database) -> None:
        self._base = base
        self.unreadable: list[Unreadable] = []  # as the last look at all of them found

    def insert(
        self,
        db: sqlite3.Connection,
        run_id: str,
        name: str,
        design: Design,
        data: str,
        config: TrainConfig,
        trained_by: Trainer,
        state: State = "queued",
        **family: str | int | None,
    ) -> None:
        """Insert a run in the transaction of `db`; its name is made unique."""
        now = time.time()
        columns = {
            "id": run_id,
            "design": design.model_dump_json(),
            "data": data,
            "config": config.model_dump_json(),
            "state": state,
            "trained_by": trained_by,
            "created_at": now,
            **family,
        }
        marks = ", ".join("?" * (len(columns) + 1))
        sql = f"INSERT INTO runs ({', '.join(columns)}, name, place) VALUES ({marks}, {_LAST_PLACE})"
        taken = {row["name"]: row["design"] for row in self._base.rows("SELECT name, design FROM runs")}
        resized = design if name in taken and not _is_same_network(taken[name], design) else None
        db.execute(sql, (*columns.values(), unique_name(name, taken, resized)))

    def get(self, run_id: str) -> Run:
        """One run; raises RunError if it does not exist, UnreadableError if it cannot be read."""
        rows = self._base.rows(f"SELECT {_RUN_COLUMNS} FROM runs WHERE id = ?", run_id)
        if not rows:
            raise RunError(
                lazy("there is no run {run}", run=repr(run_id[:40])),
                repair=lazy("`python -m cnnlab runs` lists them all"),
            )
        return self._run(rows[0], self._queue_order())

    def find(self, id_or_name: str) -> Run:
        """A run by its id, by an unambiguous beginning of its id, or by its name.

        Raises RunError if there is none, or if several old runs share the name.
        """
        runs = self.all()
        matches = [run for run in runs if run.id.startswith(id_or_name)]
        if len(matches) == 1:
            return matches[0]
        named = [run for run in runs if run.name == id_or_name]
        if len(named) > 1:
            ids = ", ".join(run.id for run in named)
            raise RunError(
                lazy("{number} runs have this name", number=len(named)),
                where=id_or_name,
                allowed=lazy("one of their ids, {ids}", ids=ids),
            )
        return named[0] if named else self.get(id_or_name)

    def all(self) -> list[Run]:
        """All runs that can be read, the newest first."""
        order = self._queue_order()
        rows = self._base.rows(f"SELECT {_RUN_COLUMNS} FROM runs ORDER BY rowid DESC")
        found, failed = readable("run", rows, lambda row: self._run(row, order))
        self.unreadable = [self._whole(entry) for entry in failed]
        return found

    def _whole(self, entry: Unreadable) -> Unreadable:
        """The entry with all columns of its row, also those that nobody reads."""
        rows = self._base.rows(f"SELECT * FROM runs WHERE {_same(entry.key)}", entry.key)
        return replace(entry, raw=raw_json(dict(rows[0]))) if rows else entry

    def next_queued(self, race: str | None = None) -> Run | None:
        """The next run in the lab's queue that can be read; if a race is given, the next one of that."""
        for run_id in self._queue_order():
            with suppress(UnreadableError):
                run = self.get(run_id)
                if race is None or run.race == race:
                    return run
        return None

    def _queue_order(self) -> list[str]:
        sql = "SELECT id FROM runs WHERE state = 'queued' AND trained_by = 'lab' ORDER BY place"
        return [row["id"] for row in self._base.rows(sql) if isinstance(row["id"], str)]

    def _run(self, row: sqlite3.Row, order: list[str]) -> Run:
        """Raises UnreadableError for what another lab, or no lab, has written."""
        fields = dict(row)
        with reading(row):
            fields["progress"] = _progress(fields["progress"])
            fields["message"] = _message(fields["message"])
            fields["design"] = _design(fields["design"])
            fields["config"] = _config(fields["config"])
            fields["described"] = _description(fields["described"])
            fields["notes"] = _notes(fields["notes"])
            if fields["state"] not in STATES:
                raise RunError(lazy("there is no state {state}", state=repr(fields["state"])))
        return Run(**fields, position=order.index(row["id"]) + 1 if row["id"] in order else 0)

    def rename(self, run_id: str, name: str) -> None:
        """Rename a run; raises LabError if the name is empty, too long or taken."""
        name = checked_name(name)
        with self._base.transaction() as db:
            sql = "SELECT 1 FROM runs WHERE name = ? AND id != ?"
            if db.execute(sql, (name, run_id)).fetchone():
                raise RunError(
                    lazy("there is already a run {name}", name=repr(name)), repair=lazy("Choose another name")
                )
            db.execute("UPDATE runs SET name = ? WHERE id = ?", (name, run_id))

    def change_state(
        self,
        run_id: str,
        expected: set[State],
        state: State,
        message: Words = "",
        trained_by: Trainer = "lab",
    ) -> bool:
        """Move a run to a state if it is in one of the expected states; returns whether it was.

        The message tells people why.
        """
        now = time.time()
        ended = None if state in ACTIVE else now
        text = message if isinstance(message, str) else json.dumps(message.as_json(), ensure_ascii=False)
        changes = {"state": state, "message": text, "trained_by": trained_by, "ended_at": ended}
        columns = ", ".join(f"{column} = ?" for column in changes)
        if state == "running":
            columns += ", started_at = COALESCE(started_at, ?)"
            changes["started_at"] = now
        marks = ", ".join("?" * len(expected))
        sql = f"UPDATE runs SET {columns} WHERE id = ? AND state IN ({marks})"
        with self._base.transaction() as db:
            moved = db.execute(sql, (*changes.values(), run_id, *expected)).rowcount == 1
            if moved and state not in ACTIVE:
                db.execute("DELETE FROM wishes WHERE run = ?", (run_id,))
        return moved

    def delete(self, run_id: str | bytes) -> None:
        """Delete a run's row and all that belongs to it; its id may have been damaged.

        On a full disk only the row, which takes a few pages of the log: the rest goes when there is room.
        """
        same = _same(run_id)
        try:
            self._base.delete(f"DELETE FROM runs WHERE {same}", run_id)
        except DiskFullError:
            with self._base.without_cascade() as db:
                db.execute(f"INSERT OR IGNORE INTO leftovers SELECT id FROM runs WHERE {same}", (run_id,))
                db.execute(f"DELETE FROM runs WHERE {same}", (run_id,))
        self.delete_leftovers()

    def delete_leftovers(self) -> None:
        """Delete the records of runs that are gone, a few at a time, as far as there is room."""
        gone = self._base.rows("SELECT run FROM leftovers")
        if gone:
            self._base.cut_log()
        with suppress(DiskFullError):
            for row in gone:
                for table, number in _OF_A_RUN.items():
                    self._delete_in_steps(table, number, row["run"])
                self._base.delete("DELETE FROM leftovers WHERE run = ?", row["run"])

    def _delete_in_steps(self, table: str, number: str, run_id: str) -> None:
        left = f"SELECT {number} FROM {table} WHERE run = ? LIMIT {_STEP}"
        while rows := self._base.rows(left, run_id):
            with self._base.transaction() as db:
                sql = f"DELETE FROM {table} WHERE run = ? AND {number} = ?"
                db.executemany(sql, [(run_id, row[0]) for row in rows])

    def move_to_queue_end(self, run_id: str) -> None:
        """Move a run behind all queued ones. Positions are counted, not timed: a clock may be set back."""
        with self._base.transaction() as db:
            db.execute(f"UPDATE runs SET place = {_LAST_PLACE} WHERE id = ?", (run_id,))

    @staticmethod
    def reset(db: sqlite3.Connection, run_id: str) -> None:
        """Forget what followed from the run's events, in the transaction of `db`."""
        changes = "progress = '{}', inspection = NULL, described = '', message = ''"
        db.execute(f"UPDATE runs SET {changes} WHERE id = ?", (run_id,))

    def add_note(self, run_id: str, note: Words) -> None:
        """Add a text that stays with the run; one that it ends with already is not repeated."""
        with self._base.transaction() as db:
            kept = [stored(each) for each in self.get(run_id).notes]
            if kept[-1:] != [stored(note)]:
                text = json.dumps([*kept, stored(note)], ensure_ascii=False)
                db.execute("UPDATE runs SET notes = ? WHERE id = ?", (text, run_id))

    def update(self, run_id: str, **columns: str | float | None) -> None:
        """Set columns of a run's row."""
        changes = ", ".join(f"{column} = ?" for column in columns)
        with self._base.transaction() as db:
            db.execute(f"UPDATE runs SET {changes} WHERE id = ?", (*columns.values(), run_id))
