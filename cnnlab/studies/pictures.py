"""The single pictures that studies are about: kept in the home folder, under names from their pixels.

So a drawing, which is in no data set, reaches the process of a study, and the same picture has one result.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnlab.ground.errors import DataError, DiskFullError, StorageError
from cnnlab.ground.files import is_full, whole_file
from cnnlab.language import lazy

_KEPT = 200  # pictures; one of 224×224 in color takes 150 KB
Pixels = NDArray[np.uint8]  # (C, H, W)


def picture_name(pixels: Pixels) -> str:
    """The name of a picture: 16 hexadecimal digits."""
    return hashlib.sha256(str(pixels.shape).encode() + pixels.tobytes()).hexdigest()[:16]


def keep_picture(home: Path, pixels: Pixels) -> None:
    """Write a picture to its file unless it is there; the oldest ones go. Raises StorageError."""
    path = _path(home, picture_name(pixels))
    if path.exists():
        return
    try:
        with whole_file(path) as temporary, temporary.open("wb") as file:
            np.save(file, pixels, allow_pickle=False)
        oldest = sorted(path.parent.glob("*.npy"), key=lambda each: each.stat().st_mtime)[:-_KEPT]
        for each in oldest:
            each.unlink(missing_ok=True)
    except OSError as error:
        kind = DiskFullError if is_full(error) else StorageError
        raise kind(lazy("the picture cannot be kept ({error})", error=error.strerror or str(error))) from None


def read_picture(home: Path, name: str) -> Pixels:
    """The picture of this name; raises DataError if it is no longer there."""
    try:
        pixels: Pixels = np.load(_path(home, name), allow_pickle=False)
    except (OSError, ValueError, EOFError):
        problem = lazy("the picture has been deleted meanwhile")
        raise DataError(problem, repair=lazy("Try again")) from None
    return pixels


def _path(home: Path, name: str) -> Path:
    return home / "studies" / "pictures" / f"{name}.npy"
