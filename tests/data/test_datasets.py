"""The list of data sets, and the real MNIST if it is available."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from cnnlab.data import ImageDataset, downloads
from cnnlab.ground.errors import DataError
from tests.catalogue import DATA_NAMES, DOWNLOADED, catalogue, source_of
from tests.conftest import ROOT


def test_digits_come_first_and_need_no_download() -> None:
    """The first one is the default, which works everywhere."""
    assert [
        *("digits", "mnist", "handwriting", "drawings", "drawings-and-digits"),
        *("fashion-mnist", "kmnist", "cifar10"),
    ] == DATA_NAMES
    own = ["drawings", "drawings-and-digits"]
    assert [info.name for info in catalogue().infos() if not info.download_bytes] == ["digits", *own]


@pytest.mark.parametrize("name", DATA_NAMES)
def test_a_data_set_describes_itself(name: str) -> None:
    """It has a title, a sentence, classes and a license."""
    info = catalogue().describe(name)
    assert info.name == name
    assert info.title
    assert str(info.about).endswith(".")
    assert info.license
    assert len(set(info.classes)) == 10


@pytest.mark.parametrize("name", DOWNLOADED)
def test_sizes_are_those_of_the_originals(name: str) -> None:
    """60,000 or 50,000 pictures for training, 5,000 of them held out, and 10,000 for the test."""
    info = catalogue().describe(name)
    training_pictures = 50_000 if name == "cifar10" else 60_000
    assert (info.train_size, info.val_size, info.test_size) == (training_pictures - 5_000, 5_000, 10_000)


def test_file_sizes_are_those_of_the_originals() -> None:
    """The sizes of the original files in bytes."""
    assert source_of("mnist").sizes == {
        "train-images-idx3-ubyte": 47_040_016,
        "train-labels-idx1-ubyte": 60_008,
        "t10k-images-idx3-ubyte": 7_840_016,
        "t10k-labels-idx1-ubyte": 10_008,
    }


@pytest.mark.parametrize("name", ["", "MNIST", "imagenet", "../digits"])
def test_an_unknown_name_is_refused_with_a_list_of_names(name: str) -> None:
    """By every function that takes a name."""
    data_sets = catalogue()
    for ask in (data_sets.describe, data_sets.load, data_sets.available, data_sets.words, data_sets.frozen):
        with pytest.raises(
            DataError,
            match=r"no data set .*Allowed: digits, mnist, handwriting, drawings, .*-mnist, kmnist, cifar10",
        ):
            ask(name)


def test_only_digits_are_available_at_first(tmp_path: Path) -> None:
    """Nothing has been downloaded into an empty home folder."""
    assert [name for name in DATA_NAMES if catalogue(tmp_path).available(name)] == ["digits"]


def test_listing_available_sets_does_not_load_torch(tmp_path: Path) -> None:
    """Otherwise menus would have to wait for it."""
    program = (
        "import sys; from pathlib import Path\n"
        "from cnnlab.data import Catalogue; from cnnlab.ground.home import Folders\n"
        f"data = Catalogue(Folders(Path({str(tmp_path)!r}), None))\n"
        "[data.available(info.name) for info in data.infos()]\n"
        "print([name for name in ('torch', 'torchvision', 'sklearn', 'numpy') if name in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


def test_the_held_out_pictures_are_always_the_same() -> None:
    """On every machine, so that results of different runs stay comparable."""
    index = torch.arange(60_000)
    train, val = downloads.hold_out(index, index, 5_000)
    again, _ = downloads.hold_out(index, index, 5_000)
    assert val.images[:5].tolist() == [5, 12, 35, 39, 45]
    assert torch.equal(train.images, again.images)
    assert torch.equal(torch.cat([train.images, val.images]).sort().values, index)


# --- the real MNIST --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    """The folder with the real files."""
    if not catalogue(shared_data / "nowhere", shared_data).available("mnist"):
        pytest.skip(f"no MNIST in {shared_data}")
    return shared_data


@pytest.fixture(scope="module")
def mnist(folder: Path) -> ImageDataset:
    """The real MNIST, read in place."""
    return catalogue(folder / "nowhere", folder).load("mnist")


def idx(folder: Path, name: str, header: int) -> np.ndarray:
    """The bytes of an IDX file after its header."""
    return np.frombuffer((folder / "MNIST" / "raw" / name).read_bytes()[header:], dtype=np.uint8)


def test_mnist_is_read_byte_for_byte(folder: Path, mnist: ImageDataset) -> None:
    """The test split has the file's content in the file's order."""
    assert mnist.test.images.numpy().tobytes() == idx(folder, "t10k-images-idx3-ubyte", 16).tobytes()
    assert mnist.test.labels.tolist() == idx(folder, "t10k-labels-idx1-ubyte", 8).tolist()
    assert mnist.test.images.shape == (10_000, 1, 28, 28)


def test_mnist_train_and_validation_are_the_training_file(folder: Path, mnist: ImageDataset) -> None:
    """Together they are its 60,000 pictures with their labels, each in one of the two splits."""
    pictures = idx(folder, "train-images-idx3-ubyte", 16).reshape(60_000, 784)
    labels = idx(folder, "train-labels-idx1-ubyte", 8)
    held = np.zeros(60_000, dtype=bool)
    held[np.random.RandomState(60_000).permutation(60_000)[:5_000]] = True
    for split, rows in ((mnist.train, ~held), (mnist.val, held)):
        assert split.images.numpy().tobytes() == pictures[rows].tobytes()
        assert split.labels.tolist() == labels[rows].tolist()


def test_no_validation_picture_of_mnist_is_a_test_picture(mnist: ImageDataset) -> None:
    """No picture used for tuning a network is also used for testing it."""
    val, test = (
        {hashlib.md5(image.numpy()).digest() for image in split.images} for split in (mnist.val, mnist.test)
    )
    assert not val & test


def test_mnist_classes_are_in_the_validation_part(mnist: ImageDataset) -> None:
    """In 5,000 random pictures every digit is about as frequent as in the whole."""
    counts = torch.bincount(mnist.val.labels, minlength=10)
    assert counts.sum() == 5_000
    assert counts.min() > 400
