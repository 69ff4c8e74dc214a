"""The data sets of a lab: the built-in ones, or others that are passed to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cnnlab.data import own_drawings
from cnnlab.data.built_in import BUILT_IN
from cnnlab.data.dataset import DatasetInfo, ImageDataset, Split
from cnnlab.data.own_drawings import Part
from cnnlab.data.record import DataRecord, DataRequest, OnProgress
from cnnlab.ground.errors import DataError
from cnnlab.ground.home import Folders
from cnnlab.language import lazy, lazy_listed, sentences


def base_name(name: str) -> str:
    """Return a data set's name without its part (after the @), which means nothing to a reader."""
    return name.partition("@")[0]


class Catalogue:
    """Data sets by name, in the folders of one lab. Creating one reads nothing.

    A name may select some drawings of a growing set after an @: "drawings@PART" (see own_drawings.Part).
    For an unknown name, every method that takes one raises DataError with a list of the names.
    """

    def __init__(self, folders: Folders, records: Sequence[DataRecord] = BUILT_IN) -> None:
        self.folders = folders
        self.records = tuple(records)
        self._by_name = {record.info.name: record for record in records}

    @property
    def roots(self) -> tuple[Path, Path | None]:
        """The home folder, and a folder of data sets in torchvision's layout, if any."""
        return self.folders.home, self.folders.data_folder

    def __contains__(self, name: str) -> bool:
        """Whether there is such a data set; a run may have been trained on one that is gone."""
        try:
            self.describe(name)
        except DataError:
            return False
        return True

    def infos(self) -> tuple[DatasetInfo, ...]:
        """All data sets, in the order in which menus list them."""
        return tuple(record.info for record in self.records)

    def of_shape(self, shape: tuple[int, int, int]) -> tuple[DatasetInfo, ...]:
        """The data sets whose pictures have this shape (channels, height, width)."""
        return tuple(info for info in self.infos() if info.input_shape == shape)

    def record(self, name: str) -> DataRecord:
        """Return the data set's record."""
        return self._find(name)[0]

    def describe(self, name: str) -> DatasetInfo:
        """Return what is known about the data set without loading it."""
        record, part = self._find(name)
        title = record.title_of_one if part.author else record.info.title
        return replace(record.info, name=name, title=title)

    def available(self, name: str) -> bool:
        """Whether the data set can be loaded without a download, judging by names and sizes of files."""
        record, _part = self._find(name)
        return record.available(self._request(name, None))

    def load(self, name: str, *, on_progress: OnProgress | None = None) -> ImageDataset:
        """Load all pictures of a data set, split; raises DataError if they cannot be had.

        A downloaded set is read from the data folder (torchvision's layout) if it is there, else from the
        home folder, after being downloaded into it if necessary. on_progress(bytes_done, bytes_total) is
        called in this thread a few times per second; an exception that it raises ends the download.
        """
        record, _part = self._find(name)
        return record.load(self._request(name, on_progress))

    def load_test(self, name: str) -> Split:
        """Load the test pictures, which no run has learned from; as `load`, but often much quicker."""
        record, _part = self._find(name)
        request = self._request(name, None)
        return record.load_test(request) if record.load_test else record.load(request).test

    def words(self, name: str) -> str:
        """Describe a data set in a few sentences, with its sizes, or with how many drawings there are."""
        record, _part = self._find(name)
        sizes = own_drawings.summary(self.folders.home) if record.grows else record.info.sizes
        return sentences((record.info.about, sizes))

    def frozen(self, name: str) -> str:
        """Return a name for the data set as it is now: for one that grows, its present drawings.

        A run stores this name, so that resuming or repeating it uses the same drawings.
        """
        record, _part = self._find(name)
        home = self.folders.home
        if not record.grows or "@" in name or not own_drawings.enough(home, own_drawings.ALL):
            return name
        return f"{name}@{own_drawings.snapshot(home)}"

    def _request(self, name: str, on_progress: OnProgress | None) -> DataRequest:
        record, part = self._find(name)
        return DataRequest(self.describe(name), self, record.source, part, on_progress)

    def _find(self, name: str) -> tuple[DataRecord, Part]:
        base, mark, text = name.partition("@")
        record = self._by_name.get(base)
        if record is None or (mark and not record.grows):
            raise DataError(
                lazy("there is no data set {name}", name=repr(name[:80])),
                where=lazy("data sets"),
                allowed=lazy_listed(self._by_name),
            )
        return record, Part.read(text) if mark else own_drawings.ALL
