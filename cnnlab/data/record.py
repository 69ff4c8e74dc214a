"""One record says all that the lab knows of a data set: what it is, how it is loaded, what code calls it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cnnlab.data.dataset import DatasetInfo, ImageDataset
from cnnlab.data.own_drawings import ALL, Part
from cnnlab.data.source import Source
from cnnlab.language import Words

OnProgress = Callable[[int, int], None]


class DataSets(Protocol):
    """What a loader may ask of the catalogue that it is part of: other data sets, and where they lie."""

    @property
    def roots(self) -> tuple[Path, Path | None]:
        """The home folder, and a folder of data sets in torchvision's layout, if any."""

    def available(self, name: str) -> bool:
        """Whether the data set can be loaded without a download."""

    def load(self, name: str, *, on_progress: OnProgress | None = None) -> ImageDataset:
        """All pictures of a data set, split."""


@dataclass(frozen=True, slots=True)
class CodeNames:
    """How code loads a data set; a name that is empty means that the library does not have it."""

    keras: str = ""  # keras.datasets.NAME, written and read
    torchvision: str = ""  # torchvision.datasets.NAME, written and read
    images: str = "pictures.data[:, None]"  # torchvision's pictures as a tensor (N, C, H, W) of bytes
    labels: str = "pictures.targets"
    also: tuple[str, ...] = ()  # other modules or functions whose name means this set; only read


@dataclass(frozen=True, slots=True)
class Ask:
    """What a record's functions are given: which set, of which catalogue."""

    info: DatasetInfo  # under the full name that was asked for
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
    """A data set of the catalogue. Adding one means one more of these.

    `load` reads all pictures, split, and raises DataError where it cannot; `available` says whether it would
    need no download, looking only at names and sizes of files.
    """

    info: DatasetInfo
    load: Callable[[Ask], ImageDataset]
    available: Callable[[Ask], bool] = lambda _ask: True
    source: Source | None = None  # of one that is downloaded
    code: CodeNames = CodeNames()
    title_of_one: Words = ""  # of a set that grows by named drawings: its title with one person's alone

    @property
    def grows(self) -> bool:
        """Whether it is a set of named drawings; a part of it has a name of its own (own_drawings.Part)."""
        return bool(self.title_of_one)
