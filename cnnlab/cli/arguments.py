"""What several commands share: arguments, the design and the folders they name, and JSON lines."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from cnnlab.data import Catalogue
from cnnlab.design.address import LayerAddress
from cnnlab.design.design import Design
from cnnlab.design.presets import PRESETS, preset
from cnnlab.ground.errors import ConfigError, DesignError
from cnnlab.ground.home import Folders, folders_from
from cnnlab.language import N_, _, lazy
from cnnlab.runs.store import RunStore

if TYPE_CHECKING:
    from cnnlab.reader.loaded_model import LoadedModel

BUNDLED = "bundled"  # the name of the model that comes with the lab


def print_json(body: dict[str, Any]) -> None:
    """Print an object on its own line, and flush."""
    print(json.dumps(body, ensure_ascii=False, allow_nan=False), flush=True)


def folders_of(options: argparse.Namespace) -> Folders:
    """The folders given by --home and the environment."""
    named = {"CNNLAB_HOME": options.home} if options.home else {}
    folders = folders_from(os.environ | named)
    if folders.data_trouble:
        print(f"cnnlab: {folders.data_trouble}", file=sys.stderr)
    return folders


def design_of(source: str) -> Design:
    """The design for a preset's name, a design file, or a file with code or a notebook."""
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


def model_of(name: str, where: Folders) -> LoadedModel:
    """The network that `bundled`, or a run's id or name, stands for; what was skipped is said on stderr."""
    from cnnlab.reader.loaded_model import load_bundled, load_model

    if name == BUNDLED:
        return load_bundled()
    store = RunStore(where.home)
    loaded = load_model(store, Catalogue(where), store.find(name).id)
    if loaded.note:
        print(loaded.note, file=sys.stderr)
    return loaded


def layer_at(text: str, option: str) -> LayerAddress:
    """The address of a layer that an option names; raises ConfigError for anything else."""
    try:
        return LayerAddress.parse(text)
    except ValueError:
        raise ConfigError(
            lazy("{row} is not a layer", row=repr(text[:40])),
            where=option,
            allowed=lazy("a row such as 3, or a layer in a block such as 3.0.1"),
        ) from None


# argparse's own messages, which it looks up with gettext; `translate_argparse` has it use our catalogues.
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
    """Have argparse use our translations; call before creating a parser."""
    argparse._ = lambda text: _(text) if text in _OF_ARGPARSE else text  # type: ignore[attr-defined]


class Parser(argparse.ArgumentParser):
    """A parser that reports errors on one line, like all errors of the command line."""

    def error(self, message: str) -> NoReturn:
        more = _("cnnlab: {problem}; see `{command} --help`", problem=message, command=self.prog)
        self.exit(2, f"{more}\n")


def add_json(command: argparse.ArgumentParser) -> None:
    """Add --json."""
    command.add_argument("--json", action="store_true", help=_("one JSON object per line"))


def add_home(command: argparse.ArgumentParser) -> None:
    """Add --home."""
    command.add_argument("--home", help=_("folder of runs and downloads (CNNLAB_HOME, else ~/.cnnlab)"))


def add_design(command: argparse.ArgumentParser) -> None:
    """Add the design argument, for `design_of`."""
    about = _("a preset's name, a design file (.json), or code (.py, .ipynb)")
    command.add_argument("design", help=about)
