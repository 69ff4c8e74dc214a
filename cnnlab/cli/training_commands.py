"""train and resume in this terminal; worker is the training process of the lab."""

from __future__ import annotations

import argparse
import shlex
import sys
from typing import TYPE_CHECKING

from cnnlab.cli.arguments import add_design, add_home, add_json, design_of, folders_of
from cnnlab.data import BUILT_IN, Catalogue
from cnnlab.design.design import adapt
from cnnlab.ground.errors import RunError
from cnnlab.language import _, lazy
from cnnlab.runs.locks import is_held
from cnnlab.runs.store import RunStore
from cnnlab.training.config import CHOICES, TrainConfig, make_config
from cnnlab.training.settings import remark, title

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from cnnlab.runs.records import Run


def train_command(options: argparse.Namespace) -> int:
    """Train a design; the run is kept in the home folder."""
    where = folders_of(options)
    catalogue = Catalogue(where)
    info = catalogue.describe(options.data)
    design, notes = adapt(design_of(options.design), info.input_shape, len(info.classes))
    for note in notes:
        print(note, file=sys.stderr)
    names = set(TrainConfig.model_fields) & set(vars(options))
    config = make_config(
        **{name: getattr(options, name) for name in names if getattr(options, name) is not None}
    )
    store, data = RunStore(where.home), catalogue.frozen(options.data)
    return _train(store, store.queue(design, data, config, trained_by="terminal"), options)


def resume_command(options: argparse.Namespace) -> int:
    """Continue a run from its last checkpoint, or start it over if that is asked for."""
    store = RunStore(folders_of(options).home)
    run = store.find(options.run)
    if run.state == "finished":
        raise RunError(lazy("it is finished, there is nothing to resume"), where=run.name)
    if store.is_being_trained(run.id) or _waits_in_the_lab(store, run):
        raise RunError(lazy("the lab is already running it"), where=run.name, repair=lazy("See it there"))
    if options.start_over:
        from cnnlab.engine.supervisor import mark_if_dead

        store.start_over(mark_if_dead(store, run).id)
        run = store.run(run.id)
    return _train(store, run, options)


def _waits_in_the_lab(store: RunStore, run: Run) -> bool:
    """Whether a lab has queued the run, or an open one has it wait for its next turn in a race."""
    in_race = run.state == "running" and run.race is not None and is_held(store.home / "server.lock")
    return run.trained_by == "lab" and (run.state == "queued" or in_race)


def _train(store: RunStore, run: Run, options: argparse.Namespace) -> int:
    """Train in this process, with the whole machine."""
    from cnnlab.training.speed.process import prepare_process

    prepare_process(alone=True)  # before torch is loaded
    from cnnlab.engine.terminal import train_in_terminal

    home = f" --home {shlex.quote(options.home)}" if options.home else ""
    command = f"python -m cnnlab resume {run.id}{home}"
    return train_in_terminal(store, run, folders_of(options), options.json, command)


def worker_command(_options: argparse.Namespace) -> int:
    """The lab's training process; orders on stdin, events on stdout."""
    from cnnlab.engine.worker import main as work

    work()
    return 0


def train_arguments(command: argparse.ArgumentParser) -> None:
    """The arguments of `train`."""
    add_design(command)
    command.add_argument(
        "--data", required=True, metavar=_("NAME"), help=", ".join(record.info.name for record in BUILT_IN)
    )
    for name, field in TrainConfig.model_fields.items():
        _add_setting(command, name, field)
    add_home(command)
    add_json(command)


def _add_setting(command: argparse.ArgumentParser, name: str, field: FieldInfo) -> None:
    """Add a training setting as an option; `--lr` is the usual short form of the learning rate."""
    option = {"learning_rate": "lr"}.get(name, name.replace("_", "-"))
    about = _("{title} ({remark})", title=title(name), remark=remark(name)) if remark(name) else title(name)
    about = about.replace("%", "%%")
    if name in CHOICES:
        choices = ", ".join(CHOICES[name])
        about = _("{title}: {choices}", title=about, choices=choices)
        command.add_argument(f"--{option}", dest=name, help=about)
    elif field.annotation is bool:
        action = argparse.BooleanOptionalAction
        command.add_argument(f"--{option}", dest=name, default=None, action=action, help=about)
    else:
        kind = int if field.annotation is int else float
        command.add_argument(
            f"--{option}", dest=name, type=kind, required=name == "epochs", metavar="X", help=about
        )


def resume_arguments(command: argparse.ArgumentParser) -> None:
    """The arguments of `resume`."""
    command.add_argument("run", help=_("a run's id, see `runs`"))
    about = _("begin with the first batch again, and delete the weights and curves that it has")
    command.add_argument("--start-over", action="store_true", help=about)
    add_home(command)
    add_json(command)
