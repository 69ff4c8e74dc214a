"""Where files are kept. Only app.py and the command line pass an environment in here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cnnlab.ground.errors import StorageError
from cnnlab.language import Words, lazy

_SHOWN = 80  # characters of a path that came from a person, who knows the rest


@dataclass(frozen=True, slots=True)
class Folders:
    """The home folder (runs, designs, downloads), and a folder of data sets to read in place, if any."""

    home: Path
    data_folder: Path | None
    data_trouble: Words = ""  # why the data folder that was named is not used
    unused_data: str = ""  # its path, as it was named


def folders_from(environment: Mapping[str, str]) -> Folders:
    """Read the folders from CNNLAB_HOME (default: ~/.cnnlab) and CNNLAB_DATA (default: none).

    Raises StorageError if the home cannot be a folder; a data folder that cannot be read is left out.
    """
    home = home_at(environment.get("CNNLAB_HOME") or "~/.cnnlab")
    data = environment.get("CNNLAB_DATA")
    if not data:
        return Folders(home, None)
    try:
        folder = _folder(data)
        next(folder.iterdir(), None)
    except (OSError, RuntimeError, ValueError) as error:
        trouble = lazy(
            "CNNLAB_DATA, {folder}, cannot be read ({error}). The lab continues without it.",
            folder=repr(data[:_SHOWN]),
            error=_reason(error),
        )
        return Folders(home, None, trouble, data[:_SHOWN])
    return Folders(home, folder)


def home_at(text: str) -> Path:
    """The home folder that a person names; raises StorageError for what no folder can be."""
    try:
        return _folder(text)
    except (OSError, RuntimeError, ValueError) as error:
        raise unusable_home(text, error) from None


def unusable_home(home: str | Path, error: Exception) -> StorageError:
    """The error for a home folder that cannot be created or written to."""
    return StorageError(
        lazy("the home folder cannot be used ({error})", error=_reason(error)),
        where=str(home)[:_SHOWN],
        repair=lazy("Name another one with CNNLAB_HOME or --home"),
    )


def _folder(text: str) -> Path:
    """The path without ~ and links. It need not exist, but a link that leads nowhere is a mistake."""
    path = Path(text).expanduser()
    if path.is_symlink() and not path.exists():
        raise FileNotFoundError("a link that leads nowhere")
    return path.resolve()


def _reason(error: Exception) -> str:
    """Without the path, which is shown next to it."""
    return (error.strerror if isinstance(error, OSError) and error.strerror else str(error)).rstrip(".")
