"""What a data set is, once it is in memory.

Pictures are uint8, channels first, and stay so until a batch is on the device.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from cnnlab.language import Words, from_stored, lazy, stored

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """What is known of a data set without loading it. download_bytes is 0 for what is not downloaded, the
    sizes are 0 for a set that grows.
    """

    name: str
    title: Words
    about: Words
    input_shape: tuple[int, int, int]
    classes: tuple[str, ...]
    train_size: int
    val_size: int
    test_size: int
    download_bytes: int
    licence: str

    @property
    def sizes(self) -> Words:
        """The splits in words; nothing for a set that grows."""
        if not self.train_size:
            return ""
        return lazy(
            "{train} to train on, {validation} for validation, {test} for the test.",
            train=f"{self.train_size:,}",
            validation=f"{self.val_size:,}",
            test=f"{self.test_size:,}",
        )


class Split(NamedTuple):
    """Pictures (N, C, H, W) uint8 and, for each, the index of its class (N,) int64."""

    images: Tensor
    labels: Tensor


@dataclass(frozen=True, eq=False)
class ImageDataset:
    """Three splits that share no picture. val is cut from the training part, never from test."""

    name: str
    classes: tuple[str, ...]
    train: Split
    val: Split
    test: Split

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """Channels, height and width of one picture."""
        channels, height, width = self.train.images.shape[1:]
        return channels, height, width

    def fingerprint(self) -> str:
        """SHA-256, in hex, of the pictures and labels of the three splits, in their order.

        Two sets have the same one only if they are equal bit by bit.
        """
        digest = hashlib.sha256()
        for split in (self.train, self.val, self.test):
            for tensor in split:
                digest.update(repr((tensor.dtype, tuple(tensor.shape))).encode())
                digest.update(tensor.contiguous().numpy().data)
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class DataDescription:
    """What a run keeps of the data that it learned from, so that it needs no catalogue to be understood.

    Classes are names as the data set has them; `class_words` says them in the viewer's language.
    """

    title: Words
    classes: tuple[str, ...]
    input_shape: tuple[int, int, int]  # channels, height, width
    train_size: int
    val_size: int
    test_size: int
    fingerprint: str = ""  # of the data at the run's start; empty where it was not taken
    changed_to: str = ""  # the fingerprint of other data on which the run was resumed; empty where it was not

    @classmethod
    def of(cls, info: DatasetInfo, data: ImageDataset | None = None) -> DataDescription:
        """As the catalogue has it; with the data in memory its true sizes and its fingerprint too."""
        if data is None:
            sizes = (info.train_size, info.val_size, info.test_size)
            return cls(info.title, info.classes, info.input_shape, *sizes)
        sizes = (len(data.train.labels), len(data.val.labels), len(data.test.labels))
        return cls(info.title, data.classes, data.input_shape, *sizes, data.fingerprint())

    def continued(self, found: DataDescription) -> DataDescription:
        """This one, the data at the run's start, where a resumed run goes on with what is `found` now."""
        if not self.fingerprint:  # of a run that an older lab began
            return found
        same = found.fingerprint == self.fingerprint
        return self if same else replace(self, changed_to=found.fingerprint)

    def to_json(self) -> dict[str, Any]:
        """As it travels and is stored."""
        return asdict(self) | {"title": stored(self.title)}

    def as_text(self) -> str:
        """As it stands in a column of a data base."""
        return json.dumps(self.to_json(), ensure_ascii=False)

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> DataDescription:
        """What `to_json` made, read back."""
        channels, height, width = body["input_shape"]
        shape = {"input_shape": (channels, height, width), "classes": tuple(body["classes"])}
        return cls(**body | shape | {"title": from_stored(body["title"])})
