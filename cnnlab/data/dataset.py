"""Data sets in memory, and their descriptions.

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
    """What is known about a data set without loading it.

    download_bytes is 0 if there is nothing to download; the sizes are 0 for a set that grows.
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
    license: str

    @property
    def sizes(self) -> Words:
        """The sizes of the splits as a sentence; empty for a set that grows."""
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
    """Three disjoint splits. val is held out from the training part, never from test."""

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
        """Compute the SHA-256, in hex, of the pictures and labels of the three splits, in order.

        Two data sets have the same fingerprint only if they are equal bit for bit.
        """
        digest = hashlib.sha256()
        for split in (self.train, self.val, self.test):
            for tensor in split:
                digest.update(repr((tensor.dtype, tuple(tensor.shape))).encode())
                digest.update(tensor.contiguous().numpy().data)
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class DataDescription:
    """What a run stores about its training data, so that it can be understood without a catalogue.

    Classes are the data set's own names; `class_words` translates them into the viewer's language.
    """

    title: Words
    classes: tuple[str, ...]
    input_shape: tuple[int, int, int]  # channels, height, width
    train_size: int
    val_size: int
    test_size: int
    fingerprint: str = ""  # of the data at the run's start; empty if it was not taken
    changed_to: str = ""  # the fingerprint of different data on which the run was resumed, if it was

    @classmethod
    def of(cls, info: DatasetInfo, data: ImageDataset | None = None) -> DataDescription:
        """Describe a data set: as announced or, if it is in memory, with its actual sizes and fingerprint."""
        if data is None:
            sizes = (info.train_size, info.val_size, info.test_size)
            return cls(info.title, info.classes, info.input_shape, *sizes)
        sizes = (len(data.train.labels), len(data.val.labels), len(data.test.labels))
        return cls(info.title, data.classes, data.input_shape, *sizes, data.fingerprint())

    def continued(self, found: DataDescription) -> DataDescription:
        """Return this description (of the run's start), updated for a run that is resumed on `found`."""
        if not self.fingerprint:  # a run that was started by an older lab
            return found
        same = found.fingerprint == self.fingerprint
        return self if same else replace(self, changed_to=found.fingerprint)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object, for storage and other processes."""
        return asdict(self) | {"title": stored(self.title)}

    def as_text(self) -> str:
        """Return the JSON text that is stored in the database."""
        return json.dumps(self.to_json(), ensure_ascii=False)

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> DataDescription:
        """Read the result of `to_json`."""
        channels, height, width = body["input_shape"]
        shape = {"input_shape": (channels, height, width), "classes": tuple(body["classes"])}
        return cls(**body | shape | {"title": from_stored(body["title"])})
