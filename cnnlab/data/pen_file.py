"""Where the file of pen strokes lies. Light: menus ask for it."""

from __future__ import annotations

from pathlib import Path

from cnnlab.ground.errors import DataError
from cnnlab.language import lazy

FILES = ("pendigits-train.unipen", "pendigits-orig.tra")  # the second is what its authors call it


def find(home: Path, data_folder: Path | None) -> Path | None:
    """The file of pen strokes, or None."""
    folders = [*([data_folder] if data_folder else []), home / "datasets" / "handwriting"]
    paths = (folder / name for folder in folders for name in FILES)
    return next((path for path in paths if path.is_file()), None)


def require(home: Path, data_folder: Path | None) -> Path:
    """The file of pen strokes; raises DataError that says where it comes from and where it goes."""
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
