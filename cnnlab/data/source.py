"""The files of a downloaded data set: where they are, and whether all exist. Light to import for menus."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path

from cnnlab.language import Words, lazy

# Each IDX file begins with these big-endian numbers: a magic number for type and rank, then the axes.
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
    """A data set in torchvision's layout: class name, folder below the root, files and their sizes in bytes.

    `archive`: its files are CIFAR's pickles, which come in one archive; otherwise they are four IDX files.
    """

    torchvision_name: str
    folder: str
    sizes: Mapping[str, int]
    archive: bool = False

    def damage(self, root: Path) -> list[Words]:
        """Say what is wrong with the set below this root; an empty list if it is complete."""
        return [
            text for file, size in self.sizes.items() if (text := _damage(root / self.folder / file, size))
        ]

    def has_files(self, root: Path) -> bool:
        """Whether at least one of the files exists."""
        return any(os.path.lexists(root / self.folder / file) for file in self.sizes)

    def find(self, name: str, home: Path, data_folder: Path | None) -> Path | None:
        """Return the root below which the set is complete, or None."""
        return next((root for root in roots(name, home, data_folder) if not self.damage(root)), None)


def roots(name: str, home: Path, data_folder: Path | None) -> list[Path]:
    """Return the roots where a set may be, first choice first; a download goes to the last one."""
    return [*([data_folder] if data_folder else []), home / "datasets" / name]


def _damage(path: Path, size: int) -> Words:
    try:
        actual = path.stat().st_size
    except FileNotFoundError:
        return lazy("{file} is missing", file=path.name)
    except OSError as error:
        return lazy("{file} cannot be read ({reason})", file=path.name, reason=error.strerror)
    if actual == size:
        return ""
    return lazy(
        "{file} has {count} bytes instead of {right}", file=path.name, count=f"{actual:,}", right=f"{size:,}"
    )
