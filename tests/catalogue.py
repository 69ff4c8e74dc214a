"""The catalogue of a folder, for tests that need nothing else of a lab."""

from __future__ import annotations

from pathlib import Path

from cnnlab.data import BUILT_IN, Catalogue
from cnnlab.data.source import Source
from cnnlab.ground.home import Folders

DATA_NAMES = [record.info.name for record in BUILT_IN]
DOWNLOADED = [record.info.name for record in BUILT_IN if record.source]


def catalogue(home: Path = Path(), data_folder: Path | None = None) -> Catalogue:
    """The built-in data sets as they lie in these folders."""
    return Catalogue(Folders(home, data_folder))


def source_of(name: str) -> Source:
    """The files of a built-in set that is downloaded."""
    source = catalogue().record(name).source
    assert source is not None
    return source
