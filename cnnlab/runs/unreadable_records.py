"""Records of a run that cannot be read: its events, commands, weights, states, and its latest inspection.

They are passed over where they are met, and kept. One kind of a run's records is one entry for people.
"""

from __future__ import annotations

import logging
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import TypeVar

from cnnlab.language import Message, Words, lazy_plural
from cnnlab.runs.database import Database
from cnnlab.runs.unreadable import Kind, Unreadable, raw_json, reason_of, require_text

_log = logging.getLogger(__name__)
T = TypeVar("T")
_MAX_EXPORTED = 1_000  # rows
_TABLES: dict[Kind, tuple[str, str]] = {  # where they are, and the number of a row there
    "event": ("events", "seq"),
    "command": ("wishes", "id"),
    "weights": ("weights", "rowid"),
    "state": ("states", "rowid"),
}


class UnreadableRecords:
    """What the tables of a run's records have met and could not read."""

    def __init__(self, base: Database) -> None:
        self._base = base
        self._met: dict[tuple[str, Kind], dict[int, Words]] = defaultdict(dict)  # number in its table, reason

    def readable(
        self, run_id: str, kind: Kind, rows: list[sqlite3.Row], read: Callable[[sqlite3.Row], T]
    ) -> Iterator[T]:
        """What can be read of these rows of a run; each has its `number`. The rest is logged, each once."""
        met = self._met[run_id, kind]
        for row in rows:
            try:
                require_text(row)
                found = read(row)
            except Exception as error:  # a row may hold anything
                if met.get(row["number"]) != reason_of(error):
                    met[row["number"]] = reason_of(error)
                    _log.warning(
                        "%s %s of run %s cannot be read and is passed over: %s",
                        kind,
                        row["number"],
                        run_id,
                        reason_of(error),
                    )
            else:
                met.pop(row["number"], None)
                yield found

    def met(self, run_id: str, *kinds: Kind) -> bool:
        """Whether there is one of these kinds among the run's records."""
        return any(self._met.get((run_id, kind)) for kind in kinds)

    def entries(self, run_id: str, name: str) -> list[Unreadable]:
        """What the last looks at this run's records have met, as far as it is still there."""
        found = [self._entry(run_id, name, kind) for kind in _TABLES if self._met.get((run_id, kind))]
        return [entry for entry in found if entry is not None]

    def _entry(self, run_id: str, name: str, kind: Kind) -> Unreadable | None:
        table, number = _TABLES[kind]
        met = self._met[run_id, kind]
        numbers = sorted(met)[:_MAX_EXPORTED]
        marks = ", ".join("?" * len(numbers))
        sql = f"SELECT * FROM {table} WHERE run = ? AND {number} IN ({marks})"
        rows = self._base.rows(sql, run_id, *numbers)
        if not rows:
            return None
        raw = raw_json([dict(row) for row in rows])
        return Unreadable(
            kind, f"{kind}-{run_id}", _title(kind, name, len(met)), met[numbers[0]], raw, run_id
        )

    def delete(self, entry: Unreadable) -> None:
        """Delete the records of an entry."""
        table, number = _TABLES[entry.kind]
        for each in self._met.pop((entry.run, entry.kind), {}):
            self._base.delete(f"DELETE FROM {table} WHERE run = ? AND {number} = ?", entry.run, each)


def _title(kind: Kind, name: str, count: int) -> Message:
    titles = {
        "event": lazy_plural(
            "{run}: {count} record of its curves", "{run}: {count} records of its curves", count, run=name
        ),
        "command": lazy_plural("{run}: {count} command", "{run}: {count} commands", count, run=name),
        "weights": lazy_plural("{run}: {count} kept epoch", "{run}: {count} kept epochs", count, run=name),
        "state": lazy_plural("{run}: {count} checkpoint", "{run}: {count} checkpoints", count, run=name),
    }
    return titles[kind]
