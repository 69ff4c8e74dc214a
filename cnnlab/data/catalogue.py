"""The data sets of a lab: the built-in ones, and others that it is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cnnlab.data import own_drawings
from cnnlab.data.built_in import BUILT_IN
from cnnlab.data.dataset import DatasetInfo, ImageDataset
from cnnlab.data.own_drawings import Part
from cnnlab.data.record import Ask, DataRecord, OnProgress
from cnnlab.ground.errors import DataError
from cnnlab.ground.home import Folders
from cnnlab.language import lazy, lazy_listed, sentences


def base_name(name: str) -> str:
    """The data set's name without which part of it is meant: a key, which says nothing to a reader."""
    return name.partition("@")[0]


class Catalogue:
    """Data sets by name, as they lie in the folders of one lab. Making one reads nothing.

    A name may say after an @ which drawings of a growing set are meant: "drawings@PART" (own_drawings.Part).
    Every method that takes a name raises DataError, which lists the names, where there is no such set.
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
        """Whether there is such a data set; a run may have learned from one that is gone."""
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
        """All that the lab knows of the data set."""
        return self._found(name)[0]

    def describe(self, name: str) -> DatasetInfo:
        """What is known of the data set without loading it."""
        record, part = self._found(name)
        title = record.title_of_one if part.hand else record.info.title
        return replace(record.info, name=name, title=title)

    def available(self, name: str) -> bool:
        """Whether the data set can be loaded without a download. Only looks at names and sizes of files."""
        record, _part = self._found(name)
        return record.available(self._ask(name, None))

    def load(self, name: str, *, on_progress: OnProgress | None = None) -> ImageDataset:
        """All pictures of a data set, split; raises DataError where they cannot be had.

        A downloaded set is read from the data folder (torchvision's layout) where that holds it, else from
        the home folder, into which it is fetched first if need be. on_progress(bytes_done, bytes_total) is
        called in this thread, some times a second; what it raises ends the download.
        """
        record, _part = self._found(name)
        return record.load(self._ask(name, on_progress))

    def words(self, name: str) -> str:
        """What there is to say of a data set, with its sizes, or with whose drawings there are."""
        record, _part = self._found(name)
        sizes = own_drawings.in_words(self.folders.home) if record.grows else record.info.sizes
        return sentences((record.info.about, sizes))

    def frozen(self, name: str) -> str:
        """The name of the data set as it is now: of one that grows, the drawings that there are so far.

        A run takes this name, so that whoever resumes or repeats it trains on the same drawings.
        """
        record, _part = self._found(name)
        home = self.folders.home
        if not record.grows or "@" in name or not own_drawings.enough(home, own_drawings.ALL):
            return name
        return f"{name}@{own_drawings.everything(home)}"

    def _ask(self, name: str, on_progress: OnProgress | None) -> Ask:
        record, part = self._found(name)
        return Ask(self.describe(name), self, record.source, part, on_progress)

    def _found(self, name: str) -> tuple[DataRecord, Part]:
        base, mark, text = name.partition("@")
        record = self._by_name.get(base)
        if record is None or (mark and not record.grows):
            raise DataError(
                lazy("there is no data set {name}", name=repr(name[:80])),
                where=lazy("data sets"),
                allowed=lazy_listed(self._by_name),
            )
        return record, Part.read(text) if mark else own_drawings.ALL
