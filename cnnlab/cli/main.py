"""The lab from a terminal. Every command calls the rooms that the pages call.

Errors are one line on stderr and exit status 2. With --json each line of stdout is one object.
"""

from __future__ import annotations

import argparse
import os
import sys

from cnnlab import __version__
from cnnlab.cli.arguments import Parser, add_json
from cnnlab.cli.design_commands import (
    convert_arguments,
    convert_command,
    presets_command,
    summary_arguments,
    summary_command,
)
from cnnlab.cli.reader_commands import (
    calibrate_arguments,
    calibrate_command,
    predict_arguments,
    predict_command,
)
from cnnlab.cli.run_commands import export_arguments, export_command, runs_arguments, runs_command
from cnnlab.cli.training_commands import (
    resume_arguments,
    resume_command,
    train_arguments,
    train_command,
    worker_command,
)
from cnnlab.ground.errors import LabError

_INTERRUPTED = 130  # the exit status that shells know


def main(arguments: list[str] | None = None) -> None:
    """Run one command; exits with status 2 and one line on stderr for what a person can mend."""
    options = _parser().parse_args(arguments)
    try:
        status = options.command(options)
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


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m cnnlab", description="See how a convolutional network works: from a terminal."
    )
    parser.add_argument("--version", action="version", version=f"cnnlab {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (function, add) in COMMANDS.items():
        command = commands.add_parser(name, help=function.__doc__, description=function.__doc__)
        command.set_defaults(command=function)
        add(command)
    return parser


COMMANDS = {
    "presets": (presets_command, add_json),
    "summary": (summary_command, summary_arguments),
    "train": (train_command, train_arguments),
    "resume": (resume_command, resume_arguments),
    "predict": (predict_command, predict_arguments),
    "runs": (runs_command, runs_arguments),
    "export": (export_command, export_arguments),
    "calibrate": (calibrate_command, calibrate_arguments),
    "convert": (convert_command, convert_arguments),
    "worker": (worker_command, lambda _: None),
}
