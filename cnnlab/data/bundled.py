"""The data set that comes with the lab: real handwritten digits, without a download.

They are scikit-learn's, 8×8 cells of 0 to 16 (how much of each cell is ink), and are enlarged to 28×28 in the
same way as MNIST's: fitted into a box of 20×20 keeping the aspect, center of mass in the center of the field.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.data.dataset import DatasetInfo, ImageDataset, Split

FIELD = 28
BOX = 20
CENTER = FIELD / 2  # pixel (14, 14), where the average MNIST picture has its center of mass
SEED = 1797  # of the split; never changes, so that results of different runs stay comparable

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def load_digits(info: DatasetInfo) -> ImageDataset:
    """Load the 1,797 digits at 28×28, in a fixed, stratified split."""
    import torch

    pictures, classes = _pictures()
    images, labels = torch.from_numpy(pictures), torch.from_numpy(classes)
    train, val, test = (
        Split(images[rows], labels[rows])
        for rows in map(torch.from_numpy, stratify(classes, info.val_size, info.test_size))
    )
    return ImageDataset(info.name, info.classes, train, val, test)


@cache  # 1.4 MB, and 70 ms each time
def _pictures() -> tuple[NDArray[np.uint8], Integers]:
    """All the digits, (N, 1, 28, 28), and their classes, (N,). Shared: for reading only."""
    cells, classes = read_cells()
    return enlarge(cells / 16), classes


def read_cells() -> tuple[Floats, Integers]:
    """Read (N, 8, 8) cells from 0 to 16 and (N,) classes. Importing scikit-learn would take a second."""
    package = find_spec("sklearn")
    folders = package.submodule_search_locations if package is not None else None
    for folder in folders or ():
        file = Path(folder) / "datasets" / "data" / "digits.csv.gz"
        if file.is_file():
            rows = np.loadtxt(file, delimiter=",")
            return rows[:, :-1].reshape(-1, 8, 8), rows[:, -1].astype(np.int64)
    from sklearn import datasets

    raw: Any = datasets.load_digits()
    return raw.images, raw.target.astype(np.int64)


def enlarge(cells: Floats) -> NDArray[np.uint8]:
    """Enlarge (N, 8, 8) ink in [0, 1] to (N, 1, 28, 28) uint8, all pictures at once.

    Rows and columns are resampled one after the other, so each picture is vertical · cells · horizontalᵀ.
    """
    rows, columns = cells.sum(axis=2), cells.sum(axis=1)
    extents = np.stack([last - first + 1 for first, last in map(_inked, (rows, columns))])
    scale = BOX / extents.max(axis=0)
    pictures = _resampling(rows, scale) @ cells @ _resampling(columns, scale).transpose(0, 2, 1)
    levels: NDArray[np.uint8] = (np.clip(pictures, 0, 1) * 255).round().astype(np.uint8)
    return levels[:, np.newaxis]


def _inked(profile: Floats) -> tuple[Integers, Integers]:
    """Return the first and the last cell with ink along one axis."""
    ink = profile > 0
    return ink.argmax(axis=1), ink.shape[1] - 1 - ink[:, ::-1].argmax(axis=1)


def _resampling(profile: Floats, scale: Floats) -> Any:
    """Return (N, 28, cells): the weight of each cell in each pixel along one axis.

    The center of mass is mapped to the center of the field; beyond the cells with ink there is paper.
    """
    cells = np.arange(profile.shape[1])
    center_of_mass = profile @ cells / profile.sum(axis=1)
    position = (np.arange(FIELD) - CENTER) / scale[:, np.newaxis] + center_of_mass[:, np.newaxis]
    first, last = (end[:, np.newaxis] for end in _inked(profile))
    inside = (position >= first - 0.5) & (position < last + 0.5)
    return _cubic(position[:, :, np.newaxis] - cells) * inside[:, :, np.newaxis]


def _cubic(distance: Floats) -> Floats:
    """Weights of cubic interpolation between four neighbors (Keys 1981, a = −1/2)."""
    x = np.abs(distance)
    near = 1.5 * x**3 - 2.5 * x**2 + 1
    far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return np.where(x <= 1, near, np.where(x < 2, far, 0.0))


def stratify(labels: Integers, val_size: int, test_size: int) -> tuple[Integers, Integers, Integers]:
    """Return the rows of train, val and test: shuffled, sorted by class, then taken at even intervals."""
    # RandomState, because NumPy promises that its stream never changes.
    order = np.random.RandomState(SEED).permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    held_out = _evenly(len(order), val_size + test_size)
    tested = _evenly(len(held_out), test_size)
    train, val, test = np.delete(order, held_out), order[np.delete(held_out, tested)], order[held_out[tested]]
    return np.sort(train), np.sort(val), np.sort(test)


def _evenly(total: int, count: int) -> Integers:
    """Return `count` evenly spaced positions out of `total`, from the first to the last."""
    return np.linspace(0, total - 1, count).round().astype(np.int64)
