"""attribute: which pixels of a picture speak for a class."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cnnlab.cli.arguments import add_home, add_json, folders_of, layer_at, model_of, print_json
from cnnlab.cli.reader_commands import picture_bytes
from cnnlab.ground.errors import ConfigError, LabError
from cnnlab.ground.files import whole_file
from cnnlab.interpret.attribution import METHODS
from cnnlab.language import _, lazy, lazy_listed, sentences

if TYPE_CHECKING:
    from torch import Tensor

    from cnnlab.interpret.attribution.methods import Attribution

_ENDINGS = (".png", ".npy")
_NAMED = 20  # classes, in an error; of more, only the numbers are named


def attribute_command(options: argparse.Namespace) -> int:
    """Show which pixels of a picture speak for a class, as a picture or as numbers."""
    file = _out(options.out)
    layer = layer_at(options.layer, "--layer") if options.layer else None
    data = picture_bytes(Path(options.picture))
    from cnnlab.interpret.attribution.methods import attribute
    from cnnlab.interpret.attribution.question import Question, Target
    from cnnlab.models.predict import classify
    from cnnlab.reader.answers import network_input

    loaded = model_of(options.model, folders_of(options))
    image, changes = network_input(loaded, data, options.picture)
    target = _class(options.target, "--target", loaded.classes)
    against = _class(options.against, "--against", loaded.classes)
    if target is None:
        target = int(classify(loaded.model, image[None]).label)
    found = attribute(Question(loaded.model, image, Target(target, against), layer), options.method)
    _write(file, image, found)
    if options.json:
        print_json({**found.to_json(), "shape": found.values.shape, "file": str(file)})
    else:
        print(sentences(part for part in (changes, *found.account(loaded.classes)) if part))
    return 0


def _out(name: str) -> Path:
    file = Path(name)
    if file.suffix.lower() not in _ENDINGS:
        problem = lazy("got {value}", value=repr(name[-40:]))
        raise ConfigError(problem, where="--out", allowed=lazy("a .png or .npy file"))
    return file


def _class(text: str | None, option: str, classes: Sequence[str]) -> int | None:
    """The class that an option names, by its name or else its number."""
    if text is None:
        return None
    if text in classes:
        return classes.index(text)
    if text.isascii() and text.isdecimal() and int(text) < len(classes):
        return int(text)
    numbers = lazy("0 to {last}", last=len(classes) - 1)
    raise ConfigError(
        lazy("{name} is not a class", name=repr(text[:40])),
        where=option,
        allowed=lazy_listed(classes) if len(classes) <= _NAMED else numbers,
    )


def _write(file: Path, image: Tensor, found: Attribution) -> None:
    import numpy as np

    from cnnlab.charts.overlay import overlay

    try:
        with whole_file(file) as temporary, temporary.open("wb") as opened:
            if file.suffix.lower() == ".npy":
                np.save(opened, found.values)
            else:
                overlay(image.numpy(), found.values).save(opened, "PNG")
    except OSError as error:
        problem = lazy("the file cannot be written ({error})", error=str(error.strerror))
        raise LabError(problem, where=str(file)) from None


def attribute_arguments(command: argparse.ArgumentParser) -> None:
    """The arguments of `attribute`."""
    command.add_argument("model", metavar=_("bundled|RUN"))
    command.add_argument("picture", metavar=_("PICTURE"), help=_("a picture of a drawing"))
    command.add_argument("--method", required=True, choices=list(METHODS), help=_("how to ask"))
    target = _("a class, by its name or its number from 0; by default the network's answer")
    command.add_argument("--target", metavar=_("CLASS"), help=target)
    against = _("a second class: what speaks for the first one and not for this one")
    command.add_argument("--against", metavar=_("CLASS"), help=against)
    layer = _("for Grad-CAM: a convolution's row as in `summary`, or ROW.BRANCH.LAYER in a block")
    command.add_argument("--layer", metavar=_("ADDRESS"), help=layer)
    out = _("a .png file (orange speaks for the class, blue against it), or a .npy file with the numbers")
    command.add_argument("--out", required=True, metavar=_("FILE"), help=out)
    add_home(command)
    add_json(command)
