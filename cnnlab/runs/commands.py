"""The commands that people give to runs, and that the process training a run carries out."""

from __future__ import annotations

import json
import sqlite3

from cnnlab.ground.errors import RunError
from cnnlab.language import lazy
from cnnlab.runs.database import Database
from cnnlab.runs.files import RunFiles
from cnnlab.runs.records import COMMANDS, RESUMABLE, STATES, Command, GivenCommand, Run
from cnnlab.runs.run_table import RunTable
from cnnlab.runs.unreadable_records import UnreadableRecords
from cnnlab.training.config import changed


class CommandTable:
    """The table `wishes`."""

    def __init__(self, base: Database, runs: RunTable, files: RunFiles, records: UnreadableRecords) -> None:
        self._base = base
        self._records = records
        self._runs = runs
        self._files = files

    def send_command(
        self, run_id: str, command: Command, settings: dict[str, float | int] | None = None
    ) -> None:
        """Record a person's command to a run; raises RunError if the run's state does not allow it.

        'change' comes with the settings (config.STEERABLE) that apply from the next batch on.
        """
        with self._base.transaction():
            # In one piece: a run that leaves its process now gets the command there, or in the queue; and
            # one that is queued for one batch is not seen there without it.
            self._give(self._runs.get(run_id), command, settings)

    def _give(self, run: Run, command: Command, settings: dict[str, float | int] | None) -> None:
        if run.state == "running" or (run.state == "paused" and self._files.is_being_trained(run.id)):
            self._add(run, command, settings)
        elif command == "stop" and run.state in ("queued", "paused", "interrupted"):
            self._runs.change_state(run.id, {run.state}, "stopped")
        elif command == "pause" and run.state == "queued" and run.trained_by == "lab":
            self._runs.change_state(run.id, {"queued"}, "paused")
        elif command == "change" and run.state in ("queued", *RESUMABLE):
            self._add(run, command, settings)
        elif command in ("resume", "batch", "epoch") and run.state in RESUMABLE:
            self._runs.move_to_queue_end(run.id)
            self._runs.change_state(run.id, {run.state}, "queued")
            if command != "resume":
                self._add(run, command)
        else:
            problem = lazy(
                "a run that is {state} cannot take the command {command}",
                state=STATES[run.state],
                command=repr(command),
            )
            raise RunError(problem, where=run.name)

    def _add(self, run: Run, command: Command, settings: dict[str, float | int] | None = None) -> None:
        if settings:
            # A bad value is refused here, before it reaches the trainer.
            changed(run.config, **settings)
        with self._base.transaction() as db:
            db.execute(
                "INSERT INTO wishes (run, wish, settings) VALUES (?, ?, ?)",
                (run.id, command, json.dumps(settings or {})),
            )

    def take(self, run_id: str) -> list[GivenCommand]:
        """Return the pending commands, oldest first, and remove them from the table."""
        pending = self._pending(run_id)
        if pending:
            with self._base.transaction() as db:
                for number, _command in pending:
                    db.execute("DELETE FROM wishes WHERE run = ? AND id = ?", (run_id, number))
        return [command for _number, command in pending]

    def any(self, run_id: str) -> bool:
        """Whether there are pending commands that can be read."""
        return bool(self._pending(run_id))

    def look(self, run_id: str) -> None:
        """Find the commands that cannot be read."""
        self._pending(run_id)

    def _pending(self, run_id: str) -> list[tuple[int, GivenCommand]]:
        sql = "SELECT id AS number, wish, settings FROM wishes WHERE run = ? ORDER BY id"
        return list(self._records.readable(run_id, "command", self._base.rows(sql, run_id), _given))


def _given(row: sqlite3.Row) -> tuple[int, GivenCommand]:
    """Raises ValueError where nobody can say what was asked."""
    if row["wish"] not in COMMANDS:
        raise ValueError(f"{row['wish']!r} is not a command")
    return row["number"], GivenCommand(row["wish"], json.loads(row["settings"]))
