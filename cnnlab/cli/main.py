"""The lab from a terminal. Every command calls the rooms that the pages call.

Errors are one line on stderr and exit status 2. With --json each line of stdout is one object.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from cnnlab import __version__
from cnnlab.data import DATASETS, dataset_info
from cnnlab.design.design import Design, adapt, require_trainable, summarize
from cnnlab.design.presets import PRESETS, preset
from cnnlab.ground import limits
from cnnlab.ground.errors import DataError, DesignError, LabError, RunError, WeightsError
from cnnlab.ground.home import Places, places
from cnnlab.layers import shape_text
from cnnlab.runs.endings import TITLES, ending, reason_words
from cnnlab.runs.store import RunStore
from cnnlab.training.config import CHOICES, TrainConfig, make_config

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from cnnlab.reader.loaded_model import LoadedModel
    from cnnlab.runs.records import Run

_INTERRUPTED = 130  # the exit status that shells know


def main(arguments: list[str] | None = None) -> None:
    """Run one command; exits with status 2 and one line on stderr for what a person can mend."""
    wish = _parser().parse_args(arguments)
    try:
        status = wish.command(wish)
        sys.stdout.flush()  # here, where a reader that has gone can still be told from an error
        sys.exit(status)
    except LabError as error:
        print(f"cnnlab: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("cnnlab: interrupted", file=sys.stderr)
        sys.exit(_INTERRUPTED)
    except BrokenPipeError:
        # The reader has seen enough (`... | head`); what is left in the buffer has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _say(body: dict[str, Any]) -> None:
    print(json.dumps(body, ensure_ascii=False, allow_nan=False), flush=True)


def _where(wish: argparse.Namespace) -> Places:
    default = places(os.environ)
    return Places(Path(wish.home).expanduser().resolve(), default.data_folder) if wish.home else default


def _design(source: str) -> Design:
    """A preset's name, a design file, or a file with code or a notebook."""
    if source in PRESETS:
        return preset(source).design
    path = Path(source)
    if path.suffix.lower() != ".json" and not path.exists():
        names = f"a design file (.json), code (.py, .ipynb), or one of {', '.join(PRESETS)}"
        raise DesignError(f"there is no preset or file {source!r}", where="design", allowed=names)
    from cnnlab.convert.files import design_in

    design, remarks = design_in(path)
    for remark in remarks:
        print(remark, file=sys.stderr)
    return design


# ---- commands


def presets_command(wish: argparse.Namespace) -> int:
    """List the designs to start from."""
    for name, entry in PRESETS.items():
        summary = summarize(entry.design)
        body = {
            "preset": name,
            "about": entry.about,
            "source": entry.source,
            "input_shape": entry.design.input_shape,
            "parameters": summary.parameters,
            "macs": summary.macs,
        }
        if wish.json:
            _say(body)
        else:
            print(f"{name:16} {summary.parameters:>9,} parameters {summary.macs:>10,} macs  {entry.about}")
    return 0


def summary_command(wish: argparse.Namespace) -> int:
    """Show every layer's output shape, parameters and multiply-adds."""
    design = _design(wish.design)
    summary = require_trainable(design)
    if wish.json:
        for row in summary.rows:
            _say(
                {
                    "row": row.index,
                    "kind": row.layer.kind,
                    "output_shape": row.output_shape,
                    "parameters": row.parameters,
                    "macs": row.macs,
                }
            )
        _say({"totals": {"parameters": summary.parameters, "macs": summary.macs}})
        return 0
    print(f"{design.name}: input {shape_text(design.input_shape)}, {design.classes} classes")
    print(f"{'row':>3}  {'layer':32} {'output':>12} {'parameters':>12} {'macs':>12}  arithmetic")
    for row in summary.rows:
        shape = shape_text(row.output_shape or ())
        print(
            f"{row.index:>3}  {row.layer.label():32} {shape:>12} {row.parameters:>12,} {row.macs:>12,}  "
            f"{row.arithmetic}".rstrip()
        )
    print(f"{'':3}  {'total':32} {'':12} {summary.parameters:>12,} {summary.macs:>12,}")
    return 0


def train_command(wish: argparse.Namespace) -> int:
    """Train a design; the run is kept in the home folder."""
    info = dataset_info(wish.data)
    design, notes = adapt(_design(wish.design), info.input_shape, len(info.classes))
    for note in notes:
        print(note, file=sys.stderr)
    names = set(TrainConfig.model_fields) & set(vars(wish))
    config = make_config(**{name: getattr(wish, name) for name in names if getattr(wish, name) is not None})
    store = RunStore(_where(wish).home)
    return _train(store, store.queue(design, wish.data, config, owner="terminal"), wish)


def resume_command(wish: argparse.Namespace) -> int:
    """Go on with a run from its last checkpoint."""
    store = RunStore(_where(wish).home)
    run = store.find(wish.run)
    if run.state == "finished":
        raise RunError("it is finished, there is nothing to resume", where=run.name)
    if store.owner_lives(run.id) or (run.state == "queued" and run.owner == "lab"):
        raise RunError("the lab has it in hand already", where=run.name, repair="Look at it there")
    return _train(store, run, wish)


def _train(store: RunStore, run: Run, wish: argparse.Namespace) -> int:
    """Train in this process, with the whole machine."""
    from cnnlab.training.speed.process import prepare_process

    prepare_process(alone=True)  # before torch is loaded
    from cnnlab.engine.terminal import train_in_terminal

    home = f" --home {shlex.quote(wish.home)}" if wish.home else ""
    again = f"python -m cnnlab resume {run.id}{home}"
    return train_in_terminal(store, run, _where(wish), wish.json, again)


def predict_command(wish: argparse.Namespace) -> int:
    """Classify pictures as if they had been drawn on the pad."""
    files = _picture_files([Path(name) for name in wish.pictures])
    from cnnlab.reader.answers import judge_picture, judgement_words

    loaded = _model(wish)
    worst = 0
    for file in files:
        try:
            body = {"file": str(file), **judge_picture(loaded, _picture(file), str(file))}
        except DataError as error:
            print(f"cnnlab: {error}", file=sys.stderr)
            worst = 2
            continue
        if wish.json:
            _say(body)
        else:
            print(f"{file}: {judgement_words(body)}")
    return worst


def _picture(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(limits.MAX_PICTURE_BYTES + 1)
    except OSError as error:
        raise DataError(f"the picture cannot be read ({error.strerror})", where=str(file)) from None


def _model(wish: argparse.Namespace) -> LoadedModel:
    from cnnlab.reader.loaded_model import load_bundled, load_model

    if wish.model == "bundled":
        return load_bundled()
    store = RunStore(_where(wish).home)
    loaded = load_model(store, store.find(wish.model).id)
    if loaded.note:
        print(loaded.note, file=sys.stderr)
    return loaded


def _picture_files(names: list[Path]) -> list[Path]:
    """The pictures themselves: a folder stands for the pictures in it, by name."""
    endings = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"}
    files: list[Path] = []
    for name in names:
        if name.is_dir():
            inside = sorted(path for path in name.iterdir() if path.suffix.lower() in endings)
            if not inside:
                raise DataError("there is no picture in this folder", where=str(name))
            files += inside
        else:
            files.append(name)
    if len(files) > limits.MAX_PICTURES:
        raise DataError(f"{len(files):,} pictures", allowed=f"at most {limits.MAX_PICTURES:,} in one call")
    return files


def runs_command(wish: argparse.Namespace) -> int:
    """List all runs, the newest first."""
    from cnnlab.engine.supervisor import mark_if_dead

    store = RunStore(_where(wish).home)
    for run in [mark_if_dead(store, run) for run in store.runs()]:
        progress = run.progress
        if wish.json:
            _say(
                {
                    "run": run.id,
                    "name": run.name,
                    "data": run.data,
                    "state": run.state,
                    "ending": ending(run),
                    "message": run.message,
                    "epoch": progress.epoch,
                    "epochs": progress.epochs or run.config.epochs,
                    "best_val_accuracy": progress.best_val_accuracy,
                    "test_accuracy": progress.test_accuracy,
                    "created_at": run.created_at,
                    "config": run.config.model_dump(mode="json"),
                }
            )
        else:
            best = progress.best_val_accuracy
            epochs = f"{progress.epoch}/{progress.epochs or run.config.epochs}"
            figures = f"best val {best:.2%}" if best is not None else ""
            kind = ending(run)
            state = TITLES[kind].lower() if kind else run.state
            why = ". ".join(filter(None, (reason_words(run), run.message)))
            print(f"{run.id}  {state:14} {epochs:>7}  {figures:16} {run.name}  {why}".rstrip())
    return 0


def export_command(wish: argparse.Namespace) -> int:
    """Write a run's design and weights into a folder."""
    from cnnlab.models.weights import write_tensors
    from cnnlab.reader.loaded_model import load_model

    store = RunStore(_where(wish).home)
    run = store.find(wish.run)
    loaded = load_model(store, run.id, _epoch(wish.epoch))
    folder = Path(wish.folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "design.json").write_text(loaded.design.to_json(), encoding="utf-8")
        figures = {"run": run.id, "epoch": loaded.epoch, **asdict(run.progress)}
        write_tensors(folder / "model.safetensors", dict(loaded.model.state_dict()), figures)
    except OSError as error:
        raise LabError(f"the folder cannot be written ({error})", where=wish.folder) from None
    print(f"{folder / 'design.json'}\n{folder / 'model.safetensors'}")
    return 0


def calibrate_command(wish: argparse.Namespace) -> int:
    """Fit to an exported digit reader how far it can be trusted, and what is no digit."""
    where = _where(wish)
    from cnnlab.reader.calibration import calibrate_folder

    try:
        fitted = calibrate_folder(Path(wish.folder), where.home, where.data_folder)
    except OSError as error:
        raise LabError(f"the folder cannot be read and written ({error})", where=wish.folder) from None
    print(f"temperature {fitted.temperature:.3f}; what is no digit is told apart")
    return 0


def _epoch(text: str) -> int | Literal["best", "last"]:
    """What --epoch takes."""
    if text == "best":
        return "best"
    if text == "last":
        return "last"
    if not text.isdecimal():
        raise WeightsError(f"{text[:40]!r} came", where="--epoch", allowed="best, last, or a number")
    return int(text)


def convert_command(wish: argparse.Namespace) -> int:
    """Turn code (Keras or PyTorch), a design file, a link or a preset into another of these."""
    from cnnlab.convert.files import convert

    for remark in convert(wish.input, wish.output, wish.to):
        print(remark, file=sys.stderr)
    return 0


def worker_command(_: argparse.Namespace) -> int:
    """The lab's training process; orders on stdin, events on stdout."""
    from cnnlab.engine.worker import main as work

    work()
    return 0


# ---- arguments


class _Parser(argparse.ArgumentParser):
    """Says what is wrong on one line, as every error here does."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"cnnlab: {message}; `{self.prog} --help` says more\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m cnnlab", description="See how a convolutional network works: from a terminal."
    )
    parser.add_argument("--version", action="version", version=f"cnnlab {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (function, add) in COMMANDS.items():
        command = commands.add_parser(name, help=function.__doc__, description=function.__doc__)
        command.set_defaults(command=function)
        add(command)
    return parser


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="one JSON object a line")


def _add_home(command: argparse.ArgumentParser) -> None:
    command.add_argument("--home", help="folder of runs and downloads (CNNLAB_HOME, else ~/.cnnlab)")


def _add_design(command: argparse.ArgumentParser) -> None:
    command.add_argument("design", help="a preset's name, a design file (.json), or code (.py, .ipynb)")


def _summary_arguments(command: argparse.ArgumentParser) -> None:
    _add_design(command)
    _add_json(command)


def _train_arguments(command: argparse.ArgumentParser) -> None:
    _add_design(command)
    command.add_argument("--data", required=True, metavar="NAME", help=", ".join(DATASETS))
    for name, field in TrainConfig.model_fields.items():
        _add_setting(command, name, field)
    _add_home(command)
    _add_json(command)


def _add_setting(command: argparse.ArgumentParser, name: str, field: FieldInfo) -> None:
    """One training setting as an option; `--lr` is the usual short form of the learning rate."""
    option = {"learning_rate": "lr"}.get(name, name.replace("_", "-"))
    title = str(field.title).replace("%", "%%")
    if name in CHOICES:
        command.add_argument(f"--{option}", dest=name, help=f"{title}: {', '.join(CHOICES[name])}")
    elif field.annotation is bool:
        action = argparse.BooleanOptionalAction
        command.add_argument(f"--{option}", dest=name, default=None, action=action, help=title)
    else:
        kind = int if field.annotation is int else float
        command.add_argument(
            f"--{option}", dest=name, type=kind, required=name == "epochs", metavar="X", help=title
        )


def _resume_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("run", help="a run's id, see `runs`")
    _add_home(command)
    _add_json(command)


def _predict_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("--model", default="bundled", metavar="bundled|RUN")
    command.add_argument("pictures", nargs="+", metavar="PICTURE", help="a picture or a folder of pictures")
    _add_home(command)
    _add_json(command)


def _runs_arguments(command: argparse.ArgumentParser) -> None:
    _add_home(command)
    _add_json(command)


def _export_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("run", help="a run's id, see `runs`")
    command.add_argument("folder", help="gets design.json and model.safetensors")
    command.add_argument(
        "--epoch", default="best", help="best in validation (the default), last, or a number"
    )
    _add_home(command)


def _calibrate_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("folder", help="what `export` wrote; its weights are written anew")
    _add_home(command)


def _convert_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("input", metavar="IN", help="a file, a link, a preset's name, or - (standard input)")
    command.add_argument("output", metavar="OUT", help="a .py, .json or .txt file, or - (standard output)")
    command.add_argument("--to", choices=["pytorch", "keras", "json", "link"], help="where OUT does not say")


COMMANDS = {
    "presets": (presets_command, _add_json),
    "summary": (summary_command, _summary_arguments),
    "train": (train_command, _train_arguments),
    "resume": (resume_command, _resume_arguments),
    "predict": (predict_command, _predict_arguments),
    "runs": (runs_command, _runs_arguments),
    "export": (export_command, _export_arguments),
    "calibrate": (calibrate_command, _calibrate_arguments),
    "convert": (convert_command, _convert_arguments),
    "worker": (worker_command, lambda _: None),
}
