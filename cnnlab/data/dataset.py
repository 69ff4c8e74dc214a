"""What a data set is, once it is in memory.

Pictures are uint8, channels first, and stay so until a batch is on the device.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """What is known of a data set without loading it. download_bytes is 0 for what comes with the lab."""

    name: str
    title: str
    about: str
    input_shape: tuple[int, int, int]
    classes: tuple[str, ...]
    train_size: int
    val_size: int
    test_size: int
    download_bytes: int
    licence: str


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
