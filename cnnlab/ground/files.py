"""Files that a reader finds whole or not at all, whatever ends the writer."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def is_full(error: OSError) -> bool:
    """Whether the disk, or a person's share of it, has no room left."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A name to write under; the file takes its place at `path` when the block ends without an error.

    Temporary file, fsync, rename, fsync of the folder: after a power cut it is the old file or the new one.
    What a killed writer leaves ends in `.part`. Raises OSError on a full disk, and leaves the old file.
    """
    make_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield temporary
        with temporary.open("r+b") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, each in a way that outlasts a power cut."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename in this folder outlast a power cut (a no-op where folders cannot be opened)."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
