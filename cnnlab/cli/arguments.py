"""What several commands share: arguments, the design and the folders that these name, and JSON lines."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

from cnnlab.design.design import Design
from cnnlab.design.presets import PRESETS, preset
from cnnlab.ground.errors import DesignError
from cnnlab.ground.home import Folders, folders_from
from cnnlab.language import N_, _, lazy


def print_json(body: dict[str, Any]) -> None:
    """One object on a line of its own, at once."""
    print(json.dumps(body, ensure_ascii=False, allow_nan=False), flush=True)


def folders_of(options: argparse.Namespace) -> Folders:
    """The folders of --home and of the environment."""
    named = {"CNNLAB_HOME": options.home} if options.home else {}
    folders = folders_from(os.environ | named)
    if folders.data_trouble:
        print(f"cnnlab: {folders.data_trouble}", file=sys.stderr)
    return folders


def design_of(source: str) -> Design:
    """A preset's name, a design file, or a file with code or a notebook."""
    if source in PRESETS:
        return preset(source).design
    path = Path(source)
    if path.suffix.lower() != ".json" and not path.exists():
        raise DesignError(
            lazy("there is no preset or file {name}", name=repr(source)),
            where=lazy("design"),
            allowed=lazy(
                "a design file (.json), code (.py, .ipynb), or one of {presets}", presets=", ".join(PRESETS)
            ),
        )
    from cnnlab.convert.files import design_in

    design, remarks = design_in(path)
    for remark in remarks:
        print(remark, file=sys.stderr)
    return design


# What argparse itself says. It asks gettext for its own words, in whose place stand ours.
_OF_ARGPARSE = (
    N_("usage: "),
    N_("positional arguments"),
    N_("options"),
    N_("show this help message and exit"),
    N_("show program's version number and exit"),
    N_("the following arguments are required: %s"),
    N_("argument %(argument_name)s: %(message)s"),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
    N_("invalid %(type)s value: %(value)r"),
    N_("unrecognized arguments: %s"),
    N_("ambiguous option: %(option)s could match %(matches)s"),
    N_("expected one argument"),
    N_("expected at least one argument"),
)


def translate_argparse() -> None:
    """Before a parser is made."""
    argparse._ = lambda text: _(text) if text in _OF_ARGPARSE else text  # type: ignore[attr-defined]


class Parser(argparse.ArgumentParser):
    """Says what is wrong on one line, as every error here does."""

    def error(self, message: str) -> NoReturn:
        more = _("cnnlab: {problem}; see `{command} --help`", problem=message, command=self.prog)
        self.exit(2, f"{more}\n")


def add_json(command: argparse.ArgumentParser) -> None:
    """Whether to answer in JSON."""
    command.add_argument("--json", action="store_true", help=_("one JSON object per line"))


def add_home(command: argparse.ArgumentParser) -> None:
    """Which home folder."""
    command.add_argument("--home", help=_("folder of runs and downloads (CNNLAB_HOME, else ~/.cnnlab)"))


def add_design(command: argparse.ArgumentParser) -> None:
    """Which design, for `design_of`."""
    about = _("a preset's name, a design file (.json), or code (.py, .ipynb)")
    command.add_argument("design", help=about)
