"""The run store: runs and designs, in one database file and a folder for each run.

`RunStore` is the interface; behind it there is a class for each table. The process that trains a run holds
a lock on a file in the run's folder; if the lock is free, that process has died.
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cnnlab.data.dataset import DataDescription
from cnnlab.design.design import Design, require_trainable
from cnnlab.ground.errors import RunError
from cnnlab.ground.files import whole_file
from cnnlab.language import Words, lazy, lazy_plural
from cnnlab.runs.commands import CommandTable
from cnnlab.runs.database import Database
from cnnlab.runs.designs import DesignTable, checked_name
from cnnlab.runs.event_log import EventLog
from cnnlab.runs.events import Checkpoint, Event, Inspection, SingleBatch
from cnnlab.runs.files import RunFiles
from cnnlab.runs.locks import FileLock
from cnnlab.runs.names import first_name, fork_name
from cnnlab.runs.records import (
    RESUMABLE,
    STATES,
    Command,
    Curves,
    GivenCommand,
    Run,
    SavedState,
    SavedWeights,
    State,
    StoredEvent,
    Trainer,
)
from cnnlab.runs.run_table import RunTable
from cnnlab.runs.unreadable import Unreadable
from cnnlab.runs.unreadable_records import UnreadableRecords
from cnnlab.training.config import TrainConfig

FORK_FILE = "parent.safetensors"  # in a forked run's folder: its initial weights


class RunStore:
    """Everything that outlives a process: runs with their events and files, and saved `designs`."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._base = Database(home)
        self.designs = DesignTable(self._base)
        self._records = UnreadableRecords(self._base)
        self._files = RunFiles(self._base, home, self._records)
        self._runs = RunTable(self._base)
        self._commands = CommandTable(self._base, self._runs, self._files, self._records)
        self._log = EventLog(self._base, self._runs, self._files, self._records)
        self._runs.delete_leftovers()

    def close(self) -> None:
        """Close the database; the store cannot be used any more."""
        self._base.close()

    def check(self) -> None:
        """Raises StorageError where the database's file is damaged."""
        self._base.check()

    # ---- creating and deleting runs

    def queue(
        self,
        design: Design,
        data: str,
        config: TrainConfig,
        *,
        name: str | None = None,
        trained_by: Trainer = "lab",
        race: str | None = None,
        paused: bool = False,
    ) -> Run:
        """Add a run at the end of the queue, or as paused before its first batch.

        If the name is taken, a suffix makes it unique. Raises DesignError if the design cannot be trained.
        """
        require_trainable(design)
        name = checked_name(name or first_name(design, data, config))
        run_id = secrets.token_hex(8)
        state: State = "paused" if paused else "queued"
        with self._base.transaction() as db:
            self._runs.insert(db, run_id, name, design, data, config, trained_by, race=race, state=state)
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
        """Queue a run that starts from another run's weights at an epoch, with another configuration.

        `data`: another data set, if given. The optimizer starts from scratch. Raises RunError if that epoch
        was not kept or its file is damaged.
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
        return self.start_from_weights(parent.design, body, data or parent.data, config, name=name, **family)

    def start_from_weights(
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
        """Queue a run that starts from the weights in a file; `parent` says whose they are.

        `described`: the data it will learn from, if known.
        """
        child = secrets.token_hex(8)
        name = checked_name(name)
        # The child keeps its own copy: its parent may be deleted.
        try:
            with whole_file(self.folder(child) / FORK_FILE) as temporary:
                temporary.write_bytes(weights)
        except OSError as error:
            shutil.rmtree(self.folder(child), ignore_errors=True)
            problem = lazy("the weights cannot be copied ({error})", error=str(error))
            raise RunError(problem, where=name) from None
        sha256 = hashlib.sha256(weights).hexdigest()
        start = Checkpoint(epoch=0, step=0, val_accuracy=None, file=FORK_FILE, sha256=sha256)
        family: dict[str, Any] = {"parent": parent, "parent_epoch": parent_epoch}
        if described is not None:
            family["described"] = replace(described, fingerprint="", changed_to="").as_text()
        with self._base.transaction() as db:
            self._runs.insert(db, child, name, design, data, config, "lab", **family)
            self._files.record_file(db, child, start)
        return self.run(child)

    def start_over(self, run_id: str) -> None:
        """Forget all that a run has learned, so that it begins again with its first batch; its notes stay.

        Raises RunError if it is finished, waiting or training.
        """
        run = self.run(run_id)
        if run.state not in RESUMABLE or self.is_being_trained(run_id):
            problem = lazy("a run that is {state} cannot be started over", state=STATES[run.state])
            raise RunError(problem, where=run.name)
        epochs = len(self._log.milestones(run_id).epochs)
        with self._base.transaction() as db:
            self._files.forget(db, run_id)
            self._runs.reset(db, run_id)
        note = lazy_plural(
            "It was started over: the weights and curves of {count} epoch were deleted.",
            "It was started over: the weights and curves of {count} epochs were deleted.",
            epochs,
        )
        self._runs.add_note(run_id, note)

    def delete_run(self, run_id: str) -> None:
        """Permanently delete a run and its files; raises RunError while it is training."""
        self.require_deletable(run_id)
        self._remove(run_id)

    def require_deletable(self, run_id: str) -> None:
        """Raises RunError if there is no such run, or while it is training."""
        run = self.run(run_id)
        # A worker that has only just started does not hold the run's lock yet.
        if run.state == "running" or (run.state == "paused" and self.is_being_trained(run_id)):
            raise RunError(
                lazy("it is still training"), where=run.name, repair=lazy("Stop it first, then delete it")
            )

    def _remove(self, run_id: str) -> None:
        self._runs.delete(run_id)
        self._log.forget(run_id)
        folder = self._files.own_folder(run_id)
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        elif self.folder(run_id).is_symlink():
            self.folder(run_id).unlink()

    # ---- runs

    def run(self, run_id: str) -> Run:
        """One run; raises RunError if it does not exist."""
        return self._runs.get(run_id)

    def runs(self) -> list[Run]:
        """All runs that can be read, the newest first."""
        return self._runs.all()

    def unreadable(self) -> list[Unreadable]:
        """Runs and saved designs that cannot be read, as the last look at all of them found."""
        return [*self._runs.unreadable, *self.designs.unreadable]

    def unreadable_records(self, run_id: str) -> list[Unreadable]:
        """What cannot be read of a run that can: one entry for each kind of its records."""
        name = self.run(run_id).name
        self.curves(run_id)
        self.checkpoints(run_id)
        self.states(run_id)
        self._commands.look(run_id)
        return [*self._records.entries(run_id, name), *self._log.unreadable(run_id, name)]

    def delete_unreadable(self, entry: Unreadable) -> None:
        """Remove an entry that cannot be read, and a run's files with it; the next look misses it."""
        if entry.kind == "design":
            self.designs.delete(entry.key)
            self.designs.all()
        elif entry.kind == "inspection":
            self._runs.update(entry.run, inspection=None)
        elif entry.kind != "run":
            self._records.delete(entry)
        elif isinstance(entry.key, bytes):  # nobody knows the name of its folder
            self._runs.delete(entry.key)
            self._runs.all()
        elif not self.is_being_trained(entry.key):
            self._remove(entry.key)
            self._runs.all()

    def find(self, id_or_name: str) -> Run:
        """A run by its id, by an unambiguous beginning of its id, or by its name.

        Raises RunError if there is none, or if several old runs share the name.
        """
        return self._runs.find(id_or_name)

    def next_queued(self, race: str | None = None) -> Run | None:
        """The next run in the lab's queue, or the next one of this race."""
        return self._runs.next_queued(race)

    def rename_run(self, run_id: str, name: str) -> None:
        """Rename a run; raises LabError if the name is empty, too long or taken."""
        self._runs.rename(run_id, name)

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
        return self._runs.change_state(run_id, expected, state, message, trained_by)

    # ---- commands

    def send_command(
        self, run_id: str, command: Command, settings: dict[str, float | int] | None = None
    ) -> None:
        """Record a person's command to a run; raises RunError if the run's state does not allow it.

        'change' comes with the settings (config.STEERABLE) that apply from the next batch on.
        """
        self._commands.send_command(run_id, command, settings)

    def has_commands(self, run_id: str) -> bool:
        """Whether there are pending commands."""
        return self._commands.any(run_id)

    def take_commands(self, run_id: str) -> list[GivenCommand]:
        """Return the pending commands, oldest first, and remove them from the table."""
        return self._commands.take(run_id)

    # ---- events

    def record(self, run_id: str, events: Sequence[Event]) -> None:
        """Append events to a run's log, and update its progress, weights and states accordingly."""
        self._log.record(run_id, events)

    def add_note(self, run_id: str, note: Words) -> None:
        """Add a text that stays with the run."""
        self._runs.add_note(run_id, note)

    def keep_description(self, run_id: str, found: DataDescription, *, resumed: bool) -> None:
        """Store a description of a run's data at its start, and note on resuming whether it has changed."""
        before = self.run(run_id).described
        kept = before.continued(found) if before and resumed else found
        self._runs.update(run_id, described=kept.as_text())

    def events(self, run_id: str, after: int = 0) -> list[StoredEvent]:
        """The run's events after number `after`, without kinds that labs no longer write."""
        return self._log.events(run_id, after)

    def curves(self, run_id: str) -> Curves:
        """The run's curves. Cached, so that each event is read once for all viewers."""
        return self._log.curves(run_id)

    def milestones(self, run_id: str) -> Curves:
        """The run's epochs and changes, without its batches: few, however long it has been."""
        return self._log.milestones(run_id)

    def keep_inspection(self, run_id: str, event: Inspection) -> None:
        """Store an inspection of the network, replacing the previous one."""
        self._log.keep_inspection(run_id, event)

    def inspection(self, run_id: str) -> Inspection | None:
        """The latest inspection of the network; None before the first."""
        return self._log.inspection(run_id)

    def keep_single_batch(self, run_id: str, event: SingleBatch) -> None:
        """Store what the latest single step did to its batch; on a full disk, nothing."""
        self._files.keep_single_batch(self.run(run_id).id, event)

    def single_batch(self, run_id: str) -> SingleBatch | None:
        """What the latest single step did to its batch; None if there is none, or it cannot be read."""
        return self._files.single_batch(run_id)

    # ---- files

    def folder(self, run_id: str) -> Path:
        """The folder with the run's files."""
        return self._files.folder(run_id)

    def training_lock(self, run_id: str) -> FileLock:
        """The lock held by the process that trains this run."""
        return self._files.training_lock(run_id)

    def is_being_trained(self, run_id: str) -> bool:
        """Whether a live process is training this run (or holds it, paused)."""
        return self._files.is_being_trained(run_id)

    def runs_with_weights(self) -> frozenset[str]:
        """The ids of all runs that have a weight file, in one query."""
        return self._files.runs_with_weights()

    def checkpoints(self, run_id: str) -> list[SavedWeights]:
        """The run's weight files, one per epoch, the untrained network (epoch 0) first."""
        return self._files.checkpoints(run_id)

    def states(self, run_id: str) -> list[SavedState]:
        """The files from which the run can continue, the newest first."""
        return self._files.states(run_id)

    def delete_stray_files(self, run_id: str) -> None:
        """Delete what a killed process left in the run's folder: partial files, and unrecorded complete ones.

        Only the process that is about to train the run may call this.
        """
        self._files.delete_stray_files(run_id)
