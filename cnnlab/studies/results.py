"""The files in which the results of studies are kept: arrays, next to the question that they answer."""

from __future__ import annotations

import logging
import zipfile
import zlib
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.ground.errors import DiskFullError, StorageError
from cnnlab.ground.files import is_full, whole_file
from cnnlab.language import lazy
from cnnlab.studies.question import Question

Arrays = dict[str, NDArray[Any]]

_QUESTION = "question"  # the name of the array with the question's text
_KEPT = 24_000_000  # bytes in a folder: sixty results on 10,000 pictures, or thousands about a unit
_log = logging.getLogger(__name__)


def read_result(path: Path, question: Question) -> Arrays | None:
    """The result in a file; None if there is none, it answers another question, or it cannot be read."""
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            if str(file[_QUESTION]) != question.text:
                return None
            return {name: file[name] for name in file.files if name != _QUESTION}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        _log.warning("the result of a study cannot be read and is computed again: %s", error)
        return None


def write_result(path: Path, question: Question, found: Arrays) -> None:
    """Write a result in place of an older one; the oldest ones in its folder go. Raises StorageError."""
    try:
        with whole_file(path) as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **{_QUESTION: np.array(question.text)}, **found)
    except OSError as error:
        full = is_full(error)
        kind = DiskFullError if full else StorageError
        raise kind(
            lazy("the result cannot be kept ({error})", error=error.strerror or str(error)),
            repair=lazy("Make room on the disk, and try again") if full else "",
        ) from None
    _delete_oldest(path.parent)


def _delete_oldest(folder: Path) -> None:
    """Keep a folder small; also delete what a killed process left half written."""
    newest_first = sorted(folder.glob("*.npz"), key=lambda file: file.stat().st_mtime, reverse=True)
    kept = accumulate(file.stat().st_size for file in newest_first)
    full = [file for file, size in zip(newest_first, kept, strict=True) if size > _KEPT]
    for file in (*full, *folder.glob(".*.part")):
        file.unlink(missing_ok=True)
