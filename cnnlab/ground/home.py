"""Where files are kept. Only app.py and the command line pass an environment in here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Folders:
    """The home folder (runs, designs, downloads), and a folder of data sets to read in place, if any."""

    home: Path
    data_folder: Path | None


def folders_from(environment: Mapping[str, str]) -> Folders:
    """Read the folders from CNNLAB_HOME (default: ~/.cnnlab) and CNNLAB_DATA (default: none)."""
    home = environment.get("CNNLAB_HOME")
    data = environment.get("CNNLAB_DATA")
    return Folders(
        Path(home).expanduser().resolve() if home else Path.home() / ".cnnlab",
        Path(data).expanduser().resolve() if data else None,
    )
