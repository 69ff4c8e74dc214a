"""predict and calibrate: a trained network reads pictures."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cnnlab.cli.arguments import BUNDLED, add_home, add_json, folders_of, model_of, print_json
from cnnlab.data import Catalogue
from cnnlab.ground import limits
from cnnlab.ground.errors import DataError, LabError
from cnnlab.language import _, lazy, lazy_plural


def predict_command(options: argparse.Namespace) -> int:
    """Classify pictures as if they had been drawn on the pad."""
    files = _picture_files([Path(name) for name in options.pictures])
    from cnnlab.reader.answers import judge_picture, judgment_text

    loaded = model_of(options.model, folders_of(options))
    status = 0
    for file in files:
        try:
            body = {"file": str(file), **judge_picture(loaded, picture_bytes(file), str(file))}
        except DataError as error:
            print(f"cnnlab: {error}", file=sys.stderr)
            status = 2
            continue
        if options.json:
            print_json(body)
        else:
            print(f"{file}: {judgment_text(body)}")
    return status


def picture_bytes(file: Path) -> bytes:
    """The contents of a picture file, cut where it is larger than allowed; raises DataError."""
    try:
        with file.open("rb") as opened:
            return opened.read(limits.MAX_PICTURE_BYTES + 1)
    except OSError as error:
        problem = lazy("the picture cannot be read ({error})", error=str(error.strerror))
        raise DataError(problem, where=str(file)) from None


def _picture_files(names: list[Path]) -> list[Path]:
    """The picture files: for a folder, the pictures in it, sorted by name."""
    endings = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"}
    files: list[Path] = []
    for name in names:
        if name.is_dir():
            inside = sorted(path for path in name.iterdir() if path.suffix.lower() in endings)
            if not inside:
                raise DataError(lazy("there is no picture in this folder"), where=str(name))
            files += inside
        else:
            files.append(name)
    if len(files) > limits.MAX_PICTURES:
        problem = lazy_plural("{count} picture", "{count} pictures", len(files))
        raise DataError(problem, allowed=lazy("at most {most} in one call", most=f"{limits.MAX_PICTURES:,}"))
    return files


def calibrate_command(options: argparse.Namespace) -> int:
    """Calibrate an exported digit reader: how far to trust it, and what is not a digit."""
    from cnnlab.reader.calibration import calibrate_folder

    try:
        fitted = calibrate_folder(Path(options.folder), Catalogue(folders_of(options)))
    except OSError as error:
        problem = lazy("the folder cannot be read and written ({error})", error=str(error))
        raise LabError(problem, where=options.folder) from None
    temperature = f"{fitted.temperature:.3f}"
    print(
        _("temperature {temperature}; drawings that are not digits are recognized", temperature=temperature)
    )
    return 0


def predict_arguments(command: argparse.ArgumentParser) -> None:
    """The arguments of `predict`."""
    command.add_argument("--model", default=BUNDLED, metavar=_("bundled|RUN"))
    command.add_argument(
        "pictures", nargs="+", metavar=_("PICTURE"), help=_("a picture or a folder of pictures")
    )
    add_home(command)
    add_json(command)


def calibrate_arguments(command: argparse.ArgumentParser) -> None:
    """The arguments of `calibrate`."""
    command.add_argument("folder", help=_("what `export` wrote; its weights are rewritten"))
    add_home(command)
