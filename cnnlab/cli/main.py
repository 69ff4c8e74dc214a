"""The lab from a terminal. The commands call the same packages as the pages do.

Errors are one line on stderr and exit status 2. With --json each line of stdout is one object.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from typing import NamedTuple

from cnnlab import __version__
from cnnlab.cli.arguments import Parser, add_json, translate_argparse
from cnnlab.cli.attribute_command import attribute_arguments, attribute_command
from cnnlab.cli.design_commands import (
    convert_arguments,
    convert_command,
    presets_command,
    summary_arguments,
    summary_command,
)
from cnnlab.cli.evaluation_command import evaluate_arguments, evaluate_command
from cnnlab.cli.explain_command import explain_arguments, explain_command
from cnnlab.cli.reader_commands import (
    calibrate_arguments,
    calibrate_command,
    predict_arguments,
    predict_command,
)
from cnnlab.cli.run_commands import (
    export_arguments,
    export_command,
    repair_arguments,
    repair_command,
    runs_arguments,
    runs_command,
)
from cnnlab.cli.training_commands import (
    resume_arguments,
    resume_command,
    train_arguments,
    train_command,
    worker_command,
)
from cnnlab.ground.errors import LabError
from cnnlab.ground.memory import MemoryFullError, is_out_of_memory
from cnnlab.language import Words, _, lazy

_INTERRUPTED = 130  # the exit status that shells use after Ctrl-C


class Command(NamedTuple):
    """A command's function, the function that adds its arguments, and its help text."""

    function: Callable[[argparse.Namespace], int]
    arguments: Callable[[argparse.ArgumentParser], None]
    about: Words


def main(arguments: list[str] | None = None) -> None:
    """Run one command; exits with status 2 and one line on stderr for errors that a person can fix."""
    options = _parser().parse_args(arguments)
    try:
        status = options.command(options)
        sys.stdout.flush()  # here, where a closed pipe can still be told from an error
        sys.exit(status)
    except LabError as error:
        print(f"cnnlab: {error}", file=sys.stderr)
        sys.exit(2)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        print(f"cnnlab: {MemoryFullError()}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print(_("cnnlab: interrupted"), file=sys.stderr)
        sys.exit(_INTERRUPTED)
    except BrokenPipeError:
        # The reader has closed the pipe (`... | head`); discard what is left in the buffer.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _parser() -> argparse.ArgumentParser:
    translate_argparse()
    about = _("See how a convolutional network works: from a terminal.")
    parser = Parser(prog="python -m cnnlab", description=about)
    parser.add_argument("--version", action="version", version=f"cnnlab {__version__}")
    commands = parser.add_subparsers(required=True, metavar=_("COMMAND"))
    for name, entry in COMMANDS.items():
        command = commands.add_parser(name, help=str(entry.about), description=str(entry.about))
        command.set_defaults(command=entry.function)
        entry.arguments(command)
    return parser


COMMANDS: dict[str, Command] = {
    "presets": Command(presets_command, add_json, lazy("List the designs to start from.")),
    "summary": Command(
        summary_command,
        summary_arguments,
        lazy("Show every layer's output shape, parameters and multiply-adds."),
    ),
    "train": Command(
        train_command, train_arguments, lazy("Train a design; the run is kept in the home folder.")
    ),
    "resume": Command(resume_command, resume_arguments, lazy("Continue a run from its last checkpoint.")),
    "predict": Command(
        predict_command, predict_arguments, lazy("Classify pictures as if they had been drawn on the pad.")
    ),
    "evaluate": Command(
        evaluate_command,
        evaluate_arguments,
        lazy("Measure on test pictures how good a network is, for each class and by its confidence."),
    ),
    "explain": Command(
        explain_command,
        explain_arguments,
        lazy("Show how one number of a layer came about, term by term."),
    ),
    "attribute": Command(
        attribute_command,
        attribute_arguments,
        lazy("Show which pixels of a picture speak for a class, as a picture or as numbers."),
    ),
    "runs": Command(runs_command, runs_arguments, lazy("List all runs, the newest first.")),
    "export": Command(
        export_command, export_arguments, lazy("Write a run's design and weights into a folder.")
    ),
    "repair": Command(repair_command, repair_arguments, lazy("Save what can be read of a damaged database.")),
    "calibrate": Command(
        calibrate_command,
        calibrate_arguments,
        lazy("Calibrate an exported digit reader: how far to trust it, and what is not a digit."),
    ),
    "convert": Command(
        convert_command,
        convert_arguments,
        lazy("Turn code (Keras or PyTorch), a design file, a link or a preset into another of these."),
    ),
    "worker": Command(
        worker_command, lambda _: None, lazy("The lab's training process; orders on stdin, events on stdout.")
    ),
}
