"""Finding the file of pen strokes. Light to import, since menus need it."""

from __future__ import annotations

from pathlib import Path

from cnnlab.ground.errors import DataError
from cnnlab.language import lazy

FILES = ("pendigits-train.unipen", "pendigits-orig.tra")  # the second is its authors' name for it


def find(home: Path, data_folder: Path | None) -> Path | None:
    """Find the file of pen strokes; None if there is none."""
    folders = [*([data_folder] if data_folder else []), home / "datasets" / "handwriting"]
    paths = (folder / name for folder in folders for name in FILES)
    return next((path for path in paths if path.is_file()), None)


def require(home: Path, data_folder: Path | None) -> Path:
    """Find the file of pen strokes; raises DataError that says where to get it and where to put it."""
    path = find(home, data_folder)
    if path is None:
        raise DataError(
            lazy("the file of pen strokes is not there"),
            where="handwriting",
            repair=lazy(
                "Get {file} of “Pen-Based Recognition of Handwritten Digits” from the UCI Machine "
                "Learning Repository and put it into {folder}",
                file=FILES[1],
                folder=home / "datasets" / "handwriting",
            ),
        )
    return path
