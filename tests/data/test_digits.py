"""The data set that comes with the lab."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor

from cnnlab.data import ImageDataset
from cnnlab.data.bundled import enlarge, read_cells, stratify
from tests.catalogue import catalogue


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> ImageDataset:
    """The digits, loaded through the catalogue."""
    return catalogue(tmp_path_factory.mktemp("home")).load("digits")


@pytest.fixture(scope="module")
def pictures(digits: ImageDataset) -> Tensor:
    """All 1,797 of them, (N, 28, 28)."""
    return torch.cat([split.images[:, 0] for split in (digits.train, digits.val, digits.test)])


def test_the_splits_have_the_sizes_that_the_menu_shows(digits: ImageDataset) -> None:
    """Pictures are uint8 with a channel axis, labels are int64, and the sizes are as announced."""
    info = catalogue().describe("digits")
    sizes = (info.train_size, info.val_size, info.test_size)
    assert sizes == (1_297, 250, 250)
    for split, size in zip((digits.train, digits.val, digits.test), sizes, strict=True):
        assert split.images.shape == (size, 1, 28, 28)
        assert (split.images.dtype, split.labels.dtype) == (torch.uint8, torch.int64)
        assert split.labels.shape == (size,)
    assert digits.input_shape == info.input_shape
    assert digits.classes == info.classes


@pytest.mark.parametrize("found", [True, False], ids=["from its file", "through scikit-learn"])
def test_the_cells_are_scikit_learns(found: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether or not its file is where it is today."""
    if not found:
        monkeypatch.setattr("cnnlab.data.bundled.find_spec", lambda _: None)
    cells, classes = read_cells()
    assert np.array_equal(cells, load_digits().images)
    assert np.array_equal(classes, load_digits().target)
    assert cells.dtype == np.float64
    assert classes.dtype == np.int64


def test_every_class_has_its_share(digits: ImageDataset) -> None:
    """Each split has every digit in proportion, give or take one."""
    whole = np.bincount(load_digits().target)
    for split in (digits.train, digits.val, digits.test):
        share = len(split.labels) / 1_797
        assert (np.abs(np.bincount(split.labels) - whole * share) <= 1).all()


def test_each_digit_is_in_exactly_one_split() -> None:
    """Nothing leaks from test or validation into training, and nothing is lost."""
    parts = stratify(load_digits().target, 250, 250)
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(1_797))


def test_the_split_is_always_the_same() -> None:
    """On every machine, so that results of different runs stay comparable."""
    _, val, test = stratify(load_digits().target, 250, 250)
    assert (val[:5].tolist(), test[:5].tolist()) == ([25, 31, 34, 36, 46], [0, 18, 40, 43, 54])
    assert (val.sum(), test.sum()) == (230_337, 229_739)


def test_the_pictures_are_scikit_learns(digits: ImageDataset) -> None:
    """Averaged back to its 8×8 cells, each picture is nearly the original."""
    raw = load_digits()
    rows = stratify(raw.target, 250, 250)[0]
    assert digits.train.labels.tolist() == raw.target[rows].tolist()
    for index in range(0, len(rows), 40):
        cells = raw.images[rows[index]] / 16
        ink = np.argwhere(cells > 0)
        top, left = ink.min(0)
        height, width = ink.max(0) - ink.min(0) + 1
        image = digits.train.images[index, 0].float()
        box = image[image.any(1)][:, image.any(0)][None, None] / 255
        back = torch.nn.functional.adaptive_avg_pool2d(box, (int(height), int(width)))[0, 0].numpy()
        original = cells[top : top + height, left : left + width]
        assert np.corrcoef(back.ravel(), original.ravel())[0, 1] > 0.9


def test_the_center_of_mass_is_in_the_center(pictures: Tensor) -> None:
    """As in MNIST, where it lies within half a pixel of (14, 14)."""
    mass = pictures.sum((1, 2), dtype=torch.float64)
    ramp = torch.arange(28)
    for axis in (1, 2):
        center = (pictures.sum(3 - axis, dtype=torch.float64) * ramp).sum(1) / mass
        assert (center - 14).abs().max() < 0.6
        assert (center.mean() - 14).abs() < 0.05


def test_the_longer_side_fills_the_box(pictures: Tensor) -> None:
    """It has 20 pixels, as in MNIST; the shorter one stays shorter, since the aspect is kept."""
    inked = pictures > 0
    heights, widths = inked.any(2).sum(1), inked.any(1).sum(1)
    assert torch.maximum(heights, widths).unique().tolist() == [20]
    assert 13 < widths.float().mean() < 17


def test_ink_is_white_and_paper_is_zero(pictures: Tensor) -> None:
    """The polarity and the range are MNIST's."""
    assert pictures[:, [0, -1]].max() == pictures[:, :, [0, -1]].max() == 0
    assert pictures.flatten(1).max(1).values.min() > 200
    assert 0.08 < pictures.float().mean() / 255 < 0.2


def test_a_wide_drawing_fills_the_box_across() -> None:
    """The box is 20×20, whichever side is longer."""
    bar = np.zeros((1, 8, 8))
    bar[0, 3:5] = 1
    inked = enlarge(bar)[0, 0] > 0
    assert (inked.any(axis=1).sum(), inked.any(axis=0).sum()) == (5, 20)


def test_a_simple_classifier_reads_them(digits: ImageDataset) -> None:
    """Pictures and labels match: a nearest neighbor classifier is right."""
    reader = KNeighborsClassifier(1).fit(digits.train.images.flatten(1), digits.train.labels)
    assert reader.score(digits.test.images.flatten(1), digits.test.labels) > 0.95


def test_loading_writes_nothing(tmp_path: Path) -> None:
    """A home folder is not needed."""
    catalogue(tmp_path / "home").load("digits")
    assert not (tmp_path / "home").exists()
