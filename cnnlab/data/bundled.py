"""The data set that comes with the lab: real handwritten digits, for which nothing is downloaded.

They are scikit-learn's, 8×8 cells of 0 to 16 (how much of each cell is ink), and are brought to 28×28 as
MNIST's were: aspect kept, fitted into a box of 20×20, center of mass in the center of the field.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.data.dataset import DatasetInfo, ImageDataset, Split

FIELD = 28
BOX = 20
CENTRE = FIELD / 2  # pixel (14, 14), where the average MNIST picture has its center of mass
SEED = 1797  # of the split, fixed for good: figures of different runs stay comparable

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def load_digits(info: DatasetInfo) -> ImageDataset:
    """The 1,797 digits at 28×28, split once and for all, every class in proportion."""
    import torch

    cells, classes = read_cells()
    images, labels = torch.from_numpy(enlarge(cells / 16)), torch.from_numpy(classes)
    train, val, test = (
        Split(images[rows], labels[rows])
        for rows in map(torch.from_numpy, stratify(classes, info.val_size, info.test_size))
    )
    return ImageDataset(info.name, info.classes, train, val, test)


def read_cells() -> tuple[Floats, Integers]:
    """(N, 8, 8) cells from 0 to 16, (N,) classes. Without importing scikit-learn: that takes a second."""
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
    """(N, 8, 8) ink in [0, 1] -> (N, 1, 28, 28) uint8, all pictures at once.

    Rows and columns are resampled one after the other, so each picture is vertical · cells · horizontalᵀ.
    """
    rows, columns = cells.sum(axis=2), cells.sum(axis=1)
    extents = np.stack([last - first + 1 for first, last in map(_inked, (rows, columns))])
    scale = BOX / extents.max(axis=0)
    pictures = _resampling(rows, scale) @ cells @ _resampling(columns, scale).transpose(0, 2, 1)
    levels: NDArray[np.uint8] = (np.clip(pictures, 0, 1) * 255).round().astype(np.uint8)
    return levels[:, np.newaxis]


def _inked(profile: Floats) -> tuple[Integers, Integers]:
    """The first and the last cell with ink along one axis."""
    ink = profile > 0
    return ink.argmax(axis=1), ink.shape[1] - 1 - ink[:, ::-1].argmax(axis=1)


def _resampling(profile: Floats, scale: Floats) -> Any:
    """(N, 28, cells): how much each cell gives to each pixel along one axis.

    The center of mass lands in the center of the field; beyond the cells with ink there is paper.
    """
    cells = np.arange(profile.shape[1])
    mass_centre = profile @ cells / profile.sum(axis=1)
    position = (np.arange(FIELD) - CENTRE) / scale[:, np.newaxis] + mass_centre[:, np.newaxis]
    first, last = (end[:, np.newaxis] for end in _inked(profile))
    inside = (position >= first - 0.5) & (position < last + 0.5)
    return _cubic(position[:, :, np.newaxis] - cells) * inside[:, :, np.newaxis]


def _cubic(distance: Floats) -> Floats:
    """Cubic interpolation between four neighbors (Keys 1981, a = −1/2)."""
    x = np.abs(distance)
    near = 1.5 * x**3 - 2.5 * x**2 + 1
    far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return np.where(x <= 1, near, np.where(x < 2, far, 0.0))


def stratify(labels: Integers, val_size: int, test_size: int) -> tuple[Integers, Integers, Integers]:
    """Rows of train, val and test. Shuffled, sorted by class and then taken at even distances."""
    # RandomState, because NumPy promises that its stream never changes.
    order = np.random.RandomState(SEED).permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    held = _evenly(len(order), val_size + test_size)
    tested = _evenly(len(held), test_size)
    train, val, test = np.delete(order, held), order[np.delete(held, tested)], order[held[tested]]
    return np.sort(train), np.sort(val), np.sort(test)


def _evenly(total: int, count: int) -> Integers:
    """count positions out of total, from the first to the last."""
    return np.linspace(0, total - 1, count).round().astype(np.int64)
