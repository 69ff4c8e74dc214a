"""The event log of each run, with the latest inspection of its network."""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
from collections.abc import Sequence

from cnnlab.ground.cache import LruCache
from cnnlab.language import Words, lazy
from cnnlab.runs.database import Database
from cnnlab.runs.events import (
    Checkpoint,
    Download,
    Event,
    Inspection,
    StateSaved,
    is_event,
    read_event,
    to_dict,
)
from cnnlab.runs.files import RunFiles
from cnnlab.runs.records import Curves, StoredEvent
from cnnlab.runs.run_table import RunTable
from cnnlab.runs.unreadable import Unreadable, raw_json, reason_of, require_text
from cnnlab.runs.unreadable_records import UnreadableRecords

_SELECT = "SELECT seq AS number, body FROM events WHERE run = ? AND seq > ?"
_log = logging.getLogger(__name__)


def _stored(row: sqlite3.Row) -> StoredEvent | None:
    """The event in a row; None for a kind that labs no longer write."""
    body = json.loads(row["body"])
    return StoredEvent(row["number"], read_event(body)) if is_event(body) else None


class EventLog:
    """The table `events`. An event's effects on the run's row and files are in the same transaction."""

    def __init__(self, base: Database, runs: RunTable, files: RunFiles, records: UnreadableRecords) -> None:
        self._base = base
        self._records = records
        self._runs = runs
        self._files = files
        self._turn = threading.Lock()
        self._logged: set[str] = set()  # runs whose inspections cannot be read
        self._curves: LruCache[str, Curves] = LruCache(64)  # of the runs watched most recently

    def record(self, run_id: str, events: Sequence[Event]) -> None:
        """Append events to a run's log, and update its progress, weights and states accordingly."""
        if not events:
            return
        progress, replaced = self._runs.get(run_id).progress, self._files.replaced(run_id, events)
        with self._base.transaction() as db:
            sql = "SELECT COALESCE(MAX(seq), 0) FROM events WHERE run = ?"
            seq = db.execute(sql, (run_id,)).fetchone()[0]
            for number, event in enumerate(events, seq + 1):
                progress = progress.after(event)
                if not isinstance(event, Download):
                    db.execute(
                        "INSERT INTO events (run, seq, body) VALUES (?, ?, ?)",
                        (run_id, number, json.dumps(to_dict(event), separators=(",", ":"))),
                    )
                self._files.record_file(db, run_id, event)
            db.execute("UPDATE runs SET progress = ? WHERE id = ?", (json.dumps(progress.to_json()), run_id))
        for path in replaced:
            self._files.remove(run_id, path)
        if any(isinstance(event, StateSaved) for event in events):
            self._files.delete_old_states(run_id)
        if any(isinstance(event, Checkpoint) for event in events):
            self._files.thin_weights(run_id, progress.best_epoch)

    def keep_inspection(self, run_id: str, event: Inspection) -> None:
        """Store an inspection of the network, replacing the previous one."""
        self._runs.update(run_id, inspection=json.dumps(to_dict(event), separators=(",", ":")))

    def inspection(self, run_id: str) -> Inspection | None:
        """The latest inspection of the network; None before the first."""
        return self._inspection(run_id)[0]

    def _inspection(self, run_id: str) -> tuple[Inspection | None, Words, str]:
        """The latest inspection, or why it cannot be read and what is on record of it."""
        rows = self._base.rows("SELECT inspection FROM runs WHERE id = ?", run_id)
        if not rows or not rows[0]["inspection"]:
            return None, "", ""
        try:
            require_text(rows[0])
            kept = read_event(json.loads(rows[0]["inspection"]))
        except Exception as error:  # the next one replaces it
            reason = reason_of(error)
            if run_id not in self._logged:
                self._logged.add(run_id)
                _log.warning("the inspection of run %s cannot be read: %s", run_id, reason)
            return None, reason, raw_json(dict(rows[0]))
        return (kept if isinstance(kept, Inspection) else None), "", ""

    def unreadable(self, run_id: str, name: str) -> list[Unreadable]:
        """The inspection as an entry for people, if it cannot be read."""
        _kept, reason, raw = self._inspection(run_id)
        title = lazy("{run}: the inspection of its network", run=name)
        entry = Unreadable("inspection", f"inspection-{run_id}", title, reason, raw, run_id)
        return [entry] if reason else []

    def events(self, run_id: str, after: int = 0) -> list[StoredEvent]:
        """The run's events after number `after`, without kinds that labs no longer write.

        An event that cannot be read is skipped: the curves have a gap there.
        """
        return self._read(run_id, self._base.rows(f"{_SELECT} ORDER BY seq", run_id, after))

    def _read(self, run_id: str, rows: list[sqlite3.Row]) -> list[StoredEvent]:
        return list(filter(None, self._records.readable(run_id, "event", rows, _stored)))

    def milestones(self, run_id: str) -> Curves:
        """The run's epochs and changes, without its batches: few, however long it has been."""
        sql = f'{_SELECT} AND body NOT LIKE \'{{"event":"batches"%\' ORDER BY seq'
        return Curves().extended(self._read(run_id, self._base.rows(sql, run_id, 0)))

    def curves(self, run_id: str) -> Curves:
        """The run's curves. Cached, so that each event is read once for all viewers."""
        with self._turn:  # not the database's lock: nothing else waits while events are read
            known = self._curves.get(run_id) or Curves()
            fresh = self.events(run_id, known.seq)
            if fresh:
                known = known.extended(fresh)
                self._curves.put(run_id, known)
            return known

    def forget(self, run_id: str) -> None:
        """Drop the curves of a run that is gone."""
        self._curves.drop(lambda known: known == run_id)
