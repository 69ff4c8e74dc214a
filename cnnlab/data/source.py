"""The files of a downloaded data set: where they lie, and whether all are there. Light: menus ask for it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path

from cnnlab.language import Words, lazy

# Each IDX file begins with these big-endian numbers: a magic one that says type and axes, then the axes.
IDX_HEADERS: dict[str, tuple[int, ...]] = {
    "train-images-idx3-ubyte": (2051, 60_000, 28, 28),
    "train-labels-idx1-ubyte": (2049, 60_000),
    "t10k-images-idx3-ubyte": (2051, 10_000, 28, 28),
    "t10k-labels-idx1-ubyte": (2049, 10_000),
}
IDX_SIZES = {file: 4 * len(header) + prod(header[1:]) for file, header in IDX_HEADERS.items()}
CIFAR_SIZES = {
    "batches.meta": 158,
    "data_batch_1": 31_035_704,
    "data_batch_2": 31_035_320,
    "data_batch_3": 31_035_999,
    "data_batch_4": 31_035_696,
    "data_batch_5": 31_035_623,
    "test_batch": 31_035_526,
}


@dataclass(frozen=True, slots=True)
class Source:
    """A set as torchvision keeps it: class name, folder below the root, files and their sizes in bytes.

    `archive`: its files are CIFAR's pickles, which come in one archive; else they are four IDX files.
    """

    torchvision_name: str
    folder: str
    sizes: Mapping[str, int]
    archive: bool = False

    def damage(self, root: Path) -> list[Words]:
        """What keeps the set below this root from being used, in words; empty where it is complete."""
        return [
            text for file, size in self.sizes.items() if (text := _damage(root / self.folder / file, size))
        ]

    def begun(self, root: Path) -> bool:
        """Whether at least one of the files is there."""
        return any(os.path.lexists(root / self.folder / file) for file in self.sizes)

    def find(self, name: str, home: Path, data_folder: Path | None) -> Path | None:
        """The root below which the set lies complete, or None."""
        return next((root for root in roots(name, home, data_folder) if not self.damage(root)), None)


def roots(name: str, home: Path, data_folder: Path | None) -> list[Path]:
    """Where a set may lie, first choice first; the last one is where a download goes."""
    return [*([data_folder] if data_folder else []), home / "datasets" / name]


def _damage(path: Path, size: int) -> Words:
    try:
        came = path.stat().st_size
    except FileNotFoundError:
        return lazy("{file} is missing", file=path.name)
    except OSError as error:
        return lazy("{file} cannot be read ({reason})", file=path.name, reason=error.strerror)
    if came == size:
        return ""
    return lazy(
        "{file} has {count} bytes instead of {right}", file=path.name, count=f"{came:,}", right=f"{size:,}"
    )
