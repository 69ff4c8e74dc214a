"""runs and export: what was trained."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Literal

from cnnlab.cli.arguments import add_home, add_json, folders_of, print_json
from cnnlab.data import Catalogue
from cnnlab.ground.errors import LabError, WeightsError
from cnnlab.language import _, lazy, sentences
from cnnlab.runs.endings import TITLES, ending, reason_text
from cnnlab.runs.locks import FileLock
from cnnlab.runs.records import STATES, Run
from cnnlab.runs.repair import repair
from cnnlab.runs.store import RunStore
from cnnlab.runs.words import for_programs, padded


def runs_command(options: argparse.Namespace) -> int:
    """List all runs, the newest first."""
    from cnnlab.engine.supervisor import mark_if_dead

    store = RunStore(folders_of(options).home)
    for run in [mark_if_dead(store, run) for run in store.runs()]:
        progress = run.progress
        if options.json:
            print_json(
                {
                    "run": run.id,
                    "name": run.name,
                    "data": run.data,
                    "fingerprint": run.described.fingerprint if run.described else "",
                    "state": run.state,
                    "ending": ending(run),
                    "message": for_programs(run.message),
                    "notes": [for_programs(note) for note in run.notes],
                    "epoch": progress.epoch,
                    "epochs": progress.epochs or run.config.epochs,
                    "best_val_accuracy": progress.best_val_accuracy,
                    "test_accuracy": progress.test_accuracy,
                    "created_at": run.created_at,
                    "config": run.config.model_dump(mode="json"),
                }
            )
        else:
            print(_line(run))
    for entry in store.unreadable():
        words = _("{name} cannot be read ({reason})", name=entry.name, reason=entry.reason)
        print(f"cnnlab: {words}", file=sys.stderr)
    return 0


def _line(run: Run) -> str:
    """A run's line for people: id, ending or state, progress, accuracy, name, reason."""
    best = run.progress.best_val_accuracy
    epochs = f"{run.progress.epoch}/{run.progress.epochs or run.config.epochs}"
    figures = _("best val {accuracy}", accuracy=f"{best:.2%}") if best is not None else ""
    kind = ending(run)
    state = str(TITLES[kind]).lower() if kind else STATES[run.state]
    why = reason = reason_text(run)
    if run.message:
        why = _("{reason}. {message}", reason=reason, message=run.message) if reason else str(run.message)
    why = sentences(filter(None, (why, *run.notes))) if run.notes else why
    return f"{run.id}  {padded(state, 14)} {epochs:>7}  {padded(figures, 16)} {run.name}  {why}".rstrip()


def export_command(options: argparse.Namespace) -> int:
    """Write a run's design and weights into a folder."""
    from cnnlab.reader.export import write_export

    where = folders_of(options)
    store = RunStore(where.home)
    run = store.find(options.run)
    try:
        written = write_export(store, Catalogue(where), run, _epoch(options.epoch), Path(options.folder))
    except OSError as error:
        problem = lazy("the folder cannot be written ({error})", error=str(error))
        raise LabError(problem, where=options.folder) from None
    print(*written, sep="\n")
    return 0


def _epoch(text: str) -> int | Literal["best", "last"]:
    """The value of --epoch."""
    if text == "best":
        return "best"
    if text == "last":
        return "last"
    if not text.isdecimal():
        problem = lazy("got {value}", value=repr(text[:40]))
        raise WeightsError(problem, where="--epoch", allowed=lazy("best, last, or a number"))
    return int(text)


def repair_command(options: argparse.Namespace) -> int:
    """Save what can be read of a damaged database."""
    home = folders_of(options).home
    lock = FileLock(home / "server.lock")
    if not home.is_dir() or not lock.acquire(wait=False):
        problem = lazy("a lab is running on it") if home.is_dir() else lazy("there is no such folder")
        raise LabError(problem, where=str(home))
    try:
        done = repair(home)
    except OSError as error:
        problem = lazy("the new database cannot be written ({error})", error=str(error))
        raise LabError(problem, where=str(home)) from None
    finally:
        lock.release()
    if done is None:
        print(_("The database is not damaged."))
        return 0
    print(
        _(
            "Saved runs: {runs}. Saved designs: {designs}.",
            runs=done.saved["runs"],
            designs=done.saved["designs"],
        )
    )
    if done.folders:
        print(_("Not on record any more, but still in runs/: {names}", names=", ".join(done.folders)))
    backups = ", ".join(sorted(path.name for path in home.glob("lab-format-*.db")))
    if backups:
        print(_("Copies of before a change of the format: {names}", names=backups))
    print(_("The damaged file is kept: {path}", path=done.damaged))
    return 0


def repair_arguments(command: argparse.ArgumentParser) -> None:
    """The arguments of `repair`."""
    add_home(command)


def runs_arguments(command: argparse.ArgumentParser) -> None:
    """The arguments of `runs`."""
    add_home(command)
    add_json(command)


def export_arguments(command: argparse.ArgumentParser) -> None:
    """The arguments of `export`."""
    command.add_argument("run", help=_("a run's id, see `runs`"))
    command.add_argument("folder", help=_("gets design.json and model.safetensors"))
    epochs = _("best in validation (the default), last, or a number")
    command.add_argument("--epoch", default="best", help=epochs)
    add_home(command)
