"""The files of runs: weights, training states and a lock, in a folder per run; recorded with hashes."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from cnnlab.ground.files import whole_file
from cnnlab.runs.database import Database
from cnnlab.runs.events import Checkpoint, Event, SingleBatch, StateSaved, read_event, to_dict
from cnnlab.runs.locks import FileLock, is_held
from cnnlab.runs.records import SavedState, SavedWeights
from cnnlab.runs.unreadable_records import UnreadableRecords

_LOCK = "owner.lock"
_SINGLE_BATCH = "single-batch.json"
_WEIGHTS_KEPT = 60  # epochs, roughly, whose weights are kept; beyond that they are thinned out
_STATES_KEPT = 2  # the newest, and one to fall back on if its file turns out to be damaged
_log = logging.getLogger(__name__)


class RunFiles:
    """The tables `weights` and `states`, with the files they name."""

    def __init__(self, base: Database, home: Path, records: UnreadableRecords) -> None:
        self._base = base
        self._records = records
        self._home = home

    def folder(self, run_id: str) -> Path:
        """The folder with the run's files."""
        return self._home / "runs" / run_id

    def own_folder(self, run_id: str) -> Path | None:
        """The run's folder, to delete in it; None where that would delete what is somebody else's.

        It may be a link, and a damaged id may name another folder.
        """
        folder = self.folder(run_id)
        return None if folder.is_symlink() or not run_id.isalnum() else folder

    def remove(self, run_id: str, path: Path) -> None:
        """Delete a file of a run, and never one that lies elsewhere, whatever the record says."""
        if path.parent == self.own_folder(run_id):
            path.unlink(missing_ok=True)

    def training_lock(self, run_id: str) -> FileLock:
        """The lock held by the process that trains this run."""
        return FileLock(self.folder(run_id) / _LOCK)

    def is_being_trained(self, run_id: str) -> bool:
        """Whether a live process is training this run (or holds it, paused)."""
        return is_held(self.folder(run_id) / _LOCK)

    def replaced(self, run_id: str, events: Sequence[Event]) -> list[Path]:
        """The old weight files of epochs that a resumed run has trained again under new file names."""
        files = {event.epoch: event.file for event in events if isinstance(event, Checkpoint)}
        old = [saved for saved in self.checkpoints(run_id) if saved.epoch in files] if files else []
        return [saved.path for saved in old if saved.path.name != files[saved.epoch]]

    def record_file(self, db: sqlite3.Connection, run_id: str, event: Event) -> None:
        """Record the file that an event names, if any, in the transaction of `db`."""
        if isinstance(event, Checkpoint):
            names = ("epoch", "step", "file", "sha256", "val_accuracy")
            values = (run_id, *(getattr(event, name) for name in names))
            sql = f"INSERT OR REPLACE INTO weights (run, {', '.join(names)}) VALUES (?, ?, ?, ?, ?, ?)"
            db.execute(sql, values)
        elif isinstance(event, StateSaved):
            values = (run_id, event.step, event.file, event.sha256)
            db.execute("INSERT OR REPLACE INTO states (run, step, file, sha256) VALUES (?, ?, ?, ?)", values)

    def runs_with_weights(self) -> frozenset[str]:
        """The ids of all runs that have a weight file, in one query."""
        rows = self._base.rows("SELECT DISTINCT run FROM weights")
        return frozenset(row["run"] for row in rows if isinstance(row["run"], str))

    def checkpoints(self, run_id: str) -> list[SavedWeights]:
        """The run's weight files, one per epoch, the untrained network (epoch 0) first."""
        columns = "rowid AS number, epoch, step, file, sha256, val_accuracy"
        rows = self._base.rows(f"SELECT {columns} FROM weights WHERE run = ? ORDER BY epoch", run_id)
        folder = self.folder(run_id)

        def read(row: sqlite3.Row) -> SavedWeights:
            path = folder / row["file"]
            return SavedWeights(row["epoch"], row["step"], path, row["sha256"], row["val_accuracy"])

        return list(self._records.readable(run_id, "weights", rows, read))

    def states(self, run_id: str) -> list[SavedState]:
        """The files from which the run can continue, the newest first.

        After damage it may have gone back: then a newer one is of an earlier step.
        """
        sql = "SELECT rowid AS number, step, file, sha256 FROM states WHERE run = ? ORDER BY rowid DESC"
        folder = self.folder(run_id)

        def read(row: sqlite3.Row) -> SavedState:
            return SavedState(row["step"], folder / row["file"], row["sha256"])

        return list(self._records.readable(run_id, "state", self._base.rows(sql, run_id), read))

    def keep_single_batch(self, run_id: str, event: SingleBatch) -> None:
        """Write a single step to a file, in place of the one before; on a full disk it is lost."""
        try:
            with whole_file(self.folder(run_id) / _SINGLE_BATCH) as temporary:
                temporary.write_text(json.dumps(to_dict(event), separators=(",", ":")), encoding="utf-8")
        except OSError as error:
            _log.warning("a single batch of run %s is not kept: %s", run_id, error)

    def single_batch(self, run_id: str) -> SingleBatch | None:
        """The latest single step; None if there is none, or its file cannot be read."""
        try:
            text = (self.folder(run_id) / _SINGLE_BATCH).read_text(encoding="utf-8")
            kept = read_event(json.loads(text))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:  # the next one replaces it
            _log.warning("the single batch of run %s cannot be read: %s", run_id, error)
            return None
        return kept if isinstance(kept, SingleBatch) else None

    def delete_stray_files(self, run_id: str) -> None:
        """Delete what a killed process left in the run's folder: partial files, and unrecorded complete ones.

        Only the process that is about to train the run may call this. Nothing is deleted where a record
        cannot be read: the file that it names may be one of these.
        """
        recorded = {saved.path.name for saved in self.checkpoints(run_id)}
        recorded |= {state.path.name for state in self.states(run_id)}
        if self._records.met(run_id, "weights", "state"):
            return
        folder = self.folder(run_id)
        for path in (*folder.glob("*.safetensors"), *folder.glob(".*.part")):
            if path.name not in recorded:
                self.remove(run_id, path)

    def forget(self, db: sqlite3.Connection, run_id: str) -> None:
        """Take states and weights off the record, except those that a fork begins with.

        The files are deleted when the run starts.
        """
        db.execute("DELETE FROM states WHERE run = ?", (run_id,))
        db.execute("DELETE FROM weights WHERE run = ? AND epoch > 0", (run_id,))

    def delete_old_states(self, run_id: str) -> None:
        """Delete all training states except the newest."""
        old = self.states(run_id)[_STATES_KEPT:]
        with self._base.transaction() as db:
            for state in old:
                db.execute("DELETE FROM states WHERE run = ? AND file = ?", (run_id, state.path.name))
        for state in old:
            self.remove(run_id, state.path)

    def thin_weights(self, run_id: str, best: int | None) -> None:
        """If there are many epochs, keep every 2nd, 4th, ..., and always the untrained, best and last one."""
        saved = self.checkpoints(run_id)
        stride = 1
        while saved[-1].epoch // stride > _WEIGHTS_KEPT:
            stride *= 2
        keep = {0, saved[-1].epoch, best}
        old = [weights for weights in saved if weights.epoch % stride and weights.epoch not in keep]
        if old:
            with self._base.transaction() as db:
                for weights in old:
                    db.execute("DELETE FROM weights WHERE run = ? AND epoch = ?", (run_id, weights.epoch))
        for weights in old:
            self.remove(run_id, weights.path)
