"""What a data set is, once it is in memory.

Pictures are uint8, channels first, and stay so until a batch is on the device.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from cnnlab.language import Words, lazy

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
