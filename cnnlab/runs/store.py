"""The run store: what is kept of runs and designs, in one data base file and a folder for each run.

A run that trains also holds a lock on a file of its own; whoever finds it free knows that the owner died.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
import sqlite3
import time
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from cnnlab.data.dataset import DataDescription
from cnnlab.design.design import Design, alike, require_trainable
from cnnlab.ground.cache import LruCache
from cnnlab.ground.errors import RunError
from cnnlab.ground.files import whole_file
from cnnlab.language import Message, Words, lazy
from cnnlab.runs.database import Database
from cnnlab.runs.designs import checked_name
from cnnlab.runs.locks import FileLock, is_held
from cnnlab.runs.names import first_name, fork_name, unused
from cnnlab.runs.records import (
    ACTIVE,
    RESUMABLE,
    STATES,
    Command,
    Curves,
    GivenCommand,
    Progress,
    Run,
    State,
    StoredEvent,
)
from cnnlab.runs.shelf import WeightShelf
from cnnlab.training.config import TrainConfig, changed

_RUN_COLUMNS = (
    "id, name, design, data, config, state, message, owner, created_at, started_at, ended_at, progress, "
    "parent, parent_epoch, race, described, "
    "(SELECT wish FROM wishes WHERE run = runs.id ORDER BY wishes.id DESC LIMIT 1) AS command"
)
_LAST_PLACE = "(SELECT COALESCE(MAX(place), 0) + 1 FROM runs)"
FORK_FILE = "parent.safetensors"  # in a forked run's folder: the weights that it begins with


@lru_cache(maxsize=1024)
def _design(text: str) -> Design:
    """Read once: every viewer of every page asks for the same runs every second."""
    return Design.model_validate_json(text)


@lru_cache(maxsize=1024)
def _config(text: str) -> TrainConfig:
    return TrainConfig.model_validate_json(text)


@lru_cache(maxsize=1024)
def _description(text: str) -> DataDescription | None:
    return DataDescription.from_json(json.loads(text)) if text else None


def _stored(found: DataDescription) -> str:
    return json.dumps(found.to_json(), ensure_ascii=False)


def _message(text: str) -> Words:
    """What a run's row says of why it is in its state; an older lab kept English text there."""
    try:
        return Message.from_json(json.loads(text))
    except (ValueError, TypeError, KeyError):
        return text


class RunStore(WeightShelf):
    """Everything that outlives a process: runs with their events and weights, and saved designs."""

    def __init__(self, home: Path) -> None:
        super().__init__(Database(home), home)
        self._curves: LruCache[str, Curves] = LruCache(64)  # of the runs that somebody watched last

    def close(self) -> None:
        """Close the file; nothing can be asked of the store any more."""
        self._base.close()

    # ---- runs

    def queue(
        self,
        design: Design,
        data: str,
        config: TrainConfig,
        *,
        name: str | None = None,
        owner: str = "lab",
        race: str | None = None,
        paused: bool = False,
    ) -> Run:
        """Put a run at the end of the queue, or on record as paused before its first batch.

        No other run has its name: one that is taken gets an addition. Raises DesignError for a design that
        cannot be trained.
        """
        require_trainable(design)
        name = checked_name(name or first_name(design, data, config))
        run_id = secrets.token_hex(8)
        state: State = "paused" if paused else "queued"
        self._insert_run(run_id, name, design, data, config, owner, race=race, state=state)
        return self.run(run_id)

    def fork(
        self,
        run_id: str,
        epoch: int,
        config: TrainConfig,
        *,
        name: str | None = None,
        data: str | None = None,
    ) -> Run:
        """Queue a run that begins with another one's weights at an epoch, under another configuration, and
        on other data where these are named.

        Its optimizer starts afresh. Raises RunError where that epoch was not kept, or its file is damaged.
        """
        parent = self.run(run_id)
        kept = {saved.epoch: saved for saved in self.checkpoints(run_id)}
        if epoch not in kept:
            numbers = ", ".join(map(str, kept)) or lazy("none")
            problem = lazy("epoch {epoch} was not kept", epoch=epoch)
            raise RunError(problem, where=parent.name, allowed=numbers)
        try:
            body = kept[epoch].path.read_bytes()
        except OSError as error:
            problem = lazy("epoch {epoch} cannot be read ({error})", epoch=epoch, error=str(error))
            raise RunError(problem, where=parent.name) from None
        if hashlib.sha256(body).hexdigest() != kept[epoch].sha256:
            raise RunError(lazy("the weights of epoch {epoch} are damaged", epoch=epoch), where=parent.name)
        name = name or fork_name(parent.name, epoch, parent.config, config)
        described = parent.described if data in (None, parent.data) else None
        family: dict[str, Any] = {"parent": run_id, "parent_epoch": epoch, "described": described}
        return self.go_on(parent.design, body, data or parent.data, config, name=name, **family)

    def go_on(
        self,
        design: Design,
        weights: bytes,
        data: str,
        config: TrainConfig,
        *,
        name: str,
        parent: str,
        parent_epoch: int = 0,
        described: DataDescription | None = None,
    ) -> Run:
        """Queue a run that begins with the weights of a file; `parent` says whose they are.

        `described`: the data that it will learn from, where known.
        """
        child = secrets.token_hex(8)
        name = checked_name(name)
        # The child keeps a copy of its own: its parent may be deleted.
        try:
            with whole_file(self.folder(child) / FORK_FILE) as temporary:
                temporary.write_bytes(weights)
        except OSError as error:
            shutil.rmtree(self.folder(child), ignore_errors=True)
            problem = lazy("the weights cannot be copied ({error})", error=str(error))
            raise RunError(problem, where=name) from None
        start = {"event": "checkpoint", "epoch": 0, "step": 0, "val_accuracy": None}
        start |= {"file": FORK_FILE, "sha256": hashlib.sha256(weights).hexdigest()}
        family: dict[str, Any] = {"parent": parent, "parent_epoch": parent_epoch}
        if described is not None:
            family["described"] = _stored(replace(described, fingerprint="", changed_to=""))
        self._insert_run(child, name, design, data, config, "lab", start, **family)
        return self.run(child)

    def _insert_run(
        self,
        run_id: str,
        name: str,
        design: Design,
        data: str,
        config: TrainConfig,
        owner: str,
        start: dict[str, Any] | None = None,
        state: State = "queued",
        **family: str | int | None,
    ) -> None:
        """Put a run on record, and with it the weights that it begins with where it is a fork."""
        now = time.time()
        columns = {
            "id": run_id,
            "design": design.model_dump_json(),
            "data": data,
            "config": config.model_dump_json(),
            "state": state,
            "owner": owner,
            "created_at": now,
            **family,
        }
        marks = ", ".join("?" * (len(columns) + 1))
        sql = f"INSERT INTO runs ({', '.join(columns)}, name, place) VALUES ({marks}, {_LAST_PLACE})"
        with self._base.transaction() as db:
            taken = dict(db.execute("SELECT name, design FROM runs").fetchall())
            resized = design if name in taken and not alike(_design(taken[name]), design) else None
            db.execute(sql, (*columns.values(), unused(name, taken, resized)))
            if start is not None:
                self._record_file(db, run_id, start)

    def run(self, run_id: str) -> Run:
        """One run; raises RunError where there is none."""
        rows = self._base.rows(f"SELECT {_RUN_COLUMNS} FROM runs WHERE id = ?", run_id)
        if not rows:
            raise RunError(
                lazy("there is no run {run}", run=repr(run_id[:40])),
                repair=lazy("`python -m cnnlab runs` lists them all"),
            )
        return self._run(rows[0], self._queue_order())

    def find(self, wanted: str) -> Run:
        """A run by its id, by the unambiguous beginning of it, or by its name.

        Raises RunError where there is none, and where older runs share the name: nobody knows which is meant.
        """
        runs = self.runs()
        fitting = [run for run in runs if run.id.startswith(wanted)]
        if len(fitting) == 1:
            return fitting[0]
        named = [run for run in runs if run.name == wanted]
        if len(named) > 1:
            ids = ", ".join(run.id for run in named)
            raise RunError(
                lazy("{number} runs have this name", number=len(named)),
                where=wanted,
                allowed=lazy("one of their ids, {ids}", ids=ids),
            )
        return named[0] if named else self.run(wanted)

    def runs(self) -> list[Run]:
        """All runs, the newest first."""
        order = self._queue_order()
        rows = self._base.rows(f"SELECT {_RUN_COLUMNS} FROM runs ORDER BY rowid DESC")
        return [self._run(row, order) for row in rows]

    def next_queued(self) -> Run | None:
        """The lab's run whose turn it is."""
        order = self._queue_order()
        return self.run(order[0]) if order else None

    def _queue_order(self) -> list[str]:
        sql = "SELECT id FROM runs WHERE state = 'queued' AND owner = 'lab' ORDER BY place"
        return [row["id"] for row in self._base.rows(sql)]

    def _run(self, row: sqlite3.Row, order: list[str]) -> Run:
        fields = dict(row)
        fields["progress"] = Progress.from_json(json.loads(fields["progress"]))
        fields["message"] = _message(fields["message"])
        fields["design"] = _design(fields["design"])
        fields["config"] = _config(fields["config"])
        fields["described"] = _description(fields["described"])
        return Run(**fields, position=order.index(row["id"]) + 1 if row["id"] in order else 0)

    def rename_run(self, run_id: str, name: str) -> None:
        """Give a run another name; raises LabError for one that is empty, overlong or taken."""
        name = checked_name(name)
        with self._base.transaction() as db:
            sql = "SELECT 1 FROM runs WHERE name = ? AND id != ?"
            if db.execute(sql, (name, run_id)).fetchone():
                raise RunError(
                    lazy("there is a run {name} already", name=repr(name)), repair=lazy("Choose another name")
                )
            db.execute("UPDATE runs SET name = ? WHERE id = ?", (name, run_id))

    def delete_run(self, run_id: str) -> None:
        """Remove a run and its files for good; raises RunError while it is training."""
        run = self.run(run_id)
        # A worker that has only just begun does not hold the run's lock yet.
        if run.state == "running" or (run.state == "paused" and self.owner_lives(run_id)):
            raise RunError(
                lazy("it is still training"), where=run.name, repair=lazy("Stop it first, then delete it")
            )
        with self._base.transaction() as db:
            db.execute("DELETE FROM runs WHERE id = ?", (run_id,))
        self._curves.drop(lambda known: known == run_id)
        shutil.rmtree(self.folder(run_id), ignore_errors=True)

    def change_state(
        self, run_id: str, expected: set[State], state: State, message: Words = "", owner: str = "lab"
    ) -> bool:
        """Move a run to a state if it is in one of the expected ones (compare and set); whether it was.

        The message says why, to a person; the owner is who trains it, 'lab' or 'terminal'.
        """
        now = time.time()
        ended = None if state in ACTIVE else now
        text = message if isinstance(message, str) else json.dumps(message.as_json(), ensure_ascii=False)
        changes = {"state": state, "message": text, "owner": owner, "ended_at": ended}
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

    # ---- commands: what a person wants of a run; whoever trains it reads them

    def ask(self, run_id: str, command: Command, settings: dict[str, float | int] | None = None) -> None:
        """Record what a person wants of a run; raises RunError where its state does not allow it.

        'change' brings the settings (config.STEERABLE) that hold from the next batch on.
        """
        run = self.run(run_id)
        if run.state == "running" or (run.state == "paused" and self.owner_lives(run_id)):
            self._add_command(run_id, command, settings)
        elif command == "stop" and run.state in ("queued", "paused", "interrupted"):
            if not self.change_state(run_id, {run.state}, "stopped"):
                self.ask(run_id, command)  # it has moved meanwhile: the command holds where it now is
        elif command == "change" and run.state in ("queued", *RESUMABLE):
            self._add_command(run_id, command, settings)
        elif command in ("resume", "batch", "epoch") and run.state in RESUMABLE:
            self._to_the_end(run_id)
            if not self.change_state(run_id, {run.state}, "queued"):
                self.ask(run_id, command)
            elif command != "resume":
                self._add_command(run_id, command)
        else:
            problem = lazy(
                "a run that is {state} cannot take the command {command}",
                state=STATES[run.state],
                command=repr(command),
            )
            raise RunError(problem, where=run.name)

    def _add_command(
        self, run_id: str, command: Command, settings: dict[str, float | int] | None = None
    ) -> None:
        if settings:
            changed(self.run(run_id).config, **settings)  # a bad value is refused here, before it travels
        with self._base.transaction() as db:
            db.execute(
                "INSERT INTO wishes (run, wish, settings) VALUES (?, ?, ?)",
                (run_id, command, json.dumps(settings or {})),
            )

    def _to_the_end(self, run_id: str) -> None:
        """Behind all that wait. Folders are counted, not timed: a clock may be set back."""
        with self._base.transaction() as db:
            db.execute(f"UPDATE runs SET place = {_LAST_PLACE} WHERE id = ?", (run_id,))

    def _update(self, run_id: str, **columns: str | float | None) -> None:
        changes = ", ".join(f"{column} = ?" for column in columns)
        with self._base.transaction() as db:
            db.execute(f"UPDATE runs SET {changes} WHERE id = ?", (*columns.values(), run_id))

    def take_commands(self, run_id: str) -> list[GivenCommand]:
        """The commands that are open, in the order in which they came; they are thereby taken."""
        sql = "SELECT id, wish, settings FROM wishes WHERE run = ? ORDER BY id"
        rows = self._base.rows(sql, run_id)
        if rows:
            with self._base.transaction() as db:
                db.execute("DELETE FROM wishes WHERE run = ? AND id <= ?", (run_id, rows[-1]["id"]))
        return [GivenCommand(row["wish"], json.loads(row["settings"])) for row in rows]

    # ---- who trains a run

    def owner_lock(self, run_id: str) -> FileLock:
        """The lock that whoever trains this run holds."""
        return FileLock(self.folder(run_id) / "owner.lock")

    def owner_lives(self, run_id: str) -> bool:
        """Whether a living process trains (or holds, paused) this run."""
        return is_held(self.folder(run_id) / "owner.lock")

    # ---- events

    def record(self, run_id: str, events: list[dict[str, Any]]) -> None:
        """Append events to a run's log, with the progress, weights and states that follow from them."""
        if not events:
            return
        progress, replaced = self.run(run_id).progress, self._replaced(run_id, events)
        with self._base.transaction() as db:
            sql = "SELECT COALESCE(MAX(seq), 0) FROM events WHERE run = ?"
            seq = db.execute(sql, (run_id,)).fetchone()[0]
            for place, body in enumerate(events, seq + 1):
                progress = progress.after(body)
                if body["event"] != "download":
                    db.execute(
                        "INSERT INTO events (run, seq, body) VALUES (?, ?, ?)",
                        (run_id, place, json.dumps(body, separators=(",", ":"))),
                    )
                self._record_file(db, run_id, body)
            db.execute("UPDATE runs SET progress = ? WHERE id = ?", (json.dumps(progress.to_json()), run_id))
        for path in replaced:
            path.unlink(missing_ok=True)
        kinds = {body["event"] for body in events}
        if "state" in kinds:
            self._drop_old_states(run_id)
        if "checkpoint" in kinds:
            self._thin_weights(run_id, progress.best_epoch)

    def keep_description(self, run_id: str, found: DataDescription, *, resumed: bool) -> None:
        """Keep what a run learns from, as it was at its start, and whether that has changed since."""
        before = self.run(run_id).described
        self._update(run_id, described=_stored(before.continued(found) if before and resumed else found))

    def keep_inspection(self, run_id: str, body: dict[str, Any]) -> None:
        """Keep the latest look at how the network is; an earlier one is replaced."""
        self._update(run_id, inspection=json.dumps(body, separators=(",", ":")))

    def inspection(self, run_id: str) -> dict[str, Any] | None:
        """The latest look at how the network is (events.Inspection), None before the first."""
        rows = self._base.rows("SELECT inspection FROM runs WHERE id = ?", run_id)
        return json.loads(rows[0]["inspection"]) if rows and rows[0]["inspection"] else None

    def events(self, run_id: str, after: int = 0) -> list[StoredEvent]:
        """The run's log from the event behind `after` on."""
        sql = "SELECT seq, body FROM events WHERE run = ? AND seq > ? ORDER BY seq"
        return [
            StoredEvent(row["seq"], json.loads(row["body"])) for row in self._base.rows(sql, run_id, after)
        ]

    def curves(self, run_id: str) -> Curves:
        """The run's curves. Kept between calls, so that each event is read once for all viewers."""
        with self._base.turn:
            known = self._curves.get(run_id) or Curves()
            fresh = self.events(run_id, known.seq)
            if fresh:
                known = known.extended(fresh)
                self._curves.put(run_id, known)
            return known
