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


def print_json(body: dict[str, Any]) -> None:
    """One object on a line of its own, at once."""
    print(json.dumps(body, ensure_ascii=False, allow_nan=False), flush=True)


def folders_of(options: argparse.Namespace) -> Folders:
    """The folders of --home and of the environment."""
    default = folders_from(os.environ)
    return (
        Folders(Path(options.home).expanduser().resolve(), default.data_folder) if options.home else default
    )


def design_of(source: str) -> Design:
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


class Parser(argparse.ArgumentParser):
    """Says what is wrong on one line, as every error here does."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"cnnlab: {message}; `{self.prog} --help` says more\n")


def add_json(command: argparse.ArgumentParser) -> None:
    """Whether to answer in JSON."""
    command.add_argument("--json", action="store_true", help="one JSON object a line")


def add_home(command: argparse.ArgumentParser) -> None:
    """Which home folder."""
    command.add_argument("--home", help="folder of runs and downloads (CNNLAB_HOME, else ~/.cnnlab)")


def add_design(command: argparse.ArgumentParser) -> None:
    """Which design, for `design_of`."""
    command.add_argument("design", help="a preset's name, a design file (.json), or code (.py, .ipynb)")
