"""The record of a data set: what it is, how it is loaded, and its names in code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cnnlab.data.dataset import DatasetInfo, ImageDataset, Split
from cnnlab.data.own_drawings import ALL, Part
from cnnlab.data.source import Source
from cnnlab.language import Words

OnProgress = Callable[[int, int], None]


class DataSets(Protocol):
    """The part of the catalogue that a loader may use: other data sets, and their folders."""

    @property
    def roots(self) -> tuple[Path, Path | None]:
        """The home folder, and a folder of data sets in torchvision's layout, if any."""

    def available(self, name: str) -> bool:
        """Whether the data set can be loaded without a download."""

    def load(self, name: str, *, on_progress: OnProgress | None = None) -> ImageDataset:
        """Load all pictures of a data set, split."""

    def load_test(self, name: str) -> Split:
        """Load the test pictures of a data set."""


@dataclass(frozen=True, slots=True)
class CodeNames:
    """How code loads a data set; an empty name means that the library does not have it."""

    keras: str = ""  # keras.datasets.NAME, written and read
    torchvision: str = ""  # torchvision.datasets.NAME, written and read
    images: str = "pictures.data[:, None]"  # torchvision's pictures as a tensor (N, C, H, W) of bytes
    labels: str = "pictures.targets"
    also: tuple[str, ...] = ()  # other modules or functions that stand for this set; only read


@dataclass(frozen=True, slots=True)
class DataRequest:
    """The argument of a record's functions: which data set, of which catalogue."""

    info: DatasetInfo  # with the full name that was requested
    catalogue: DataSets
    source: Source | None = None
    part: Part = ALL  # of a set that grows
    on_progress: OnProgress | None = None

    @property
    def home(self) -> Path:
        """The lab's home folder."""
        return self.catalogue.roots[0]

    @property
    def roots(self) -> tuple[Path, Path | None]:
        """The home folder, and a folder of data sets in torchvision's layout, if any."""
        return self.catalogue.roots


@dataclass(frozen=True, slots=True)
class DataRecord:
    """A data set of the catalogue. To add a data set, add one of these.

    `load` reads all pictures, split, and raises DataError if it cannot; `load_test` reads the test part alone
    where that is quicker; `available` says whether they could do so without a download, judging by
    names and sizes of files.
    """

    info: DatasetInfo
    load: Callable[[DataRequest], ImageDataset]
    load_test: Callable[[DataRequest], Split] | None = None
    available: Callable[[DataRequest], bool] = lambda _request: True
    source: Source | None = None  # only if it is downloaded
    code: CodeNames = CodeNames()
    title_of_one: Words = ""  # for a set of named drawings: its title if restricted to one person's

    @property
    def grows(self) -> bool:
        """Whether this is a set of named drawings, which has parts with names (own_drawings.Part)."""
        return bool(self.title_of_one)
