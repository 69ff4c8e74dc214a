"""Fixtures for all tests: a tiny data set and design, an empty store, a home folder for each test."""

from __future__ import annotations

import gc
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

os.environ["OMP_NUM_THREADS"] = "1"  # before torch is loaded: two busy threads on two cores are a trap
import numpy as np
import torch

if TYPE_CHECKING:
    from cnnlab.data.dataset import ImageDataset, Split
    from cnnlab.design.design import Design
    from cnnlab.runs.store import RunStore

ROOT = Path(__file__).resolve().parent.parent
DATA_SETTING = os.environ.get("CNNLAB_DATA", "")
# Of the random examples that are new every day: the date, or that of the run to be repeated.
SEED = int(os.environ.get("CNNLAB_SEED") or f"{datetime.now(UTC):%Y%m%d}")


@pytest.fixture(autouse=True)
def _own_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Seed the generators, use one torch thread and an empty home folder; close the test's lab, if any."""
    random.seed(0)
    np.random.seed(0)
    torch.default_generator.manual_seed(0)  # torch.manual_seed() takes a millisecond
    torch.set_num_threads(1)
    monkeypatch.setenv("CNNLAB_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CNNLAB_DATA", raising=False)
    yield
    if "cnnlab.ui.app.lab" in sys.modules:
        close_shared_lab()


def close_shared_lab() -> None:
    """Close the lab that a page opened and clear Streamlit's caches, as if the next test had a new server."""
    import streamlit

    from cnnlab.ui.app.lab import close_lab

    close_lab()
    streamlit.cache_data.clear()
    streamlit.cache_resource.clear()


def pytest_report_header() -> str:
    """Say how to repeat this run's random examples."""
    return f"random examples of the day: CNNLAB_SEED={SEED}"


def pytest_collection_finish() -> None:
    """Take what was loaded out of garbage collections, which would walk it during all tests."""
    gc.collect()
    gc.freeze()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip GPU tests with a reason if there is no GPU."""
    if item.get_closest_marker("gpu") and not (
        torch.cuda.is_available() or torch.backends.mps.is_available()
    ):
        pytest.skip("no GPU on this machine")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with the real data sets: CNNLAB_DATA, or ../shared/data next to the project."""
    folder = Path(DATA_SETTING) if DATA_SETTING else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no real data sets: CNNLAB_DATA is not set and there is no {folder}")
    return folder


@pytest.fixture
def small_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MB, or of as many as the test's parameter says."""
    size = getattr(request, "param", 3)
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}m", "tmpfs", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("this system has no mount")
    if done.returncode:
        pytest.skip(f"a small file system needs root: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)  # lazily, since a failed test may still use it


def fill(disk: Path) -> Path:
    """Create a file that takes all the remaining space."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return ballast


@pytest.fixture(scope="session")
def tiny_data() -> ImageDataset:
    """Noisy 8×8 pictures of 4 classes, learnable in a few steps: the class is the bright quarter."""
    from cnnlab.data.dataset import ImageDataset

    generator = torch.Generator().manual_seed(0)
    train, val, test = (_quarters(count, generator) for count in (64, 32, 32))
    classes = ("top left", "top right", "bottom left", "bottom right")
    return ImageDataset(name="tiny", classes=classes, train=train, val=val, test=test)


def _quarters(count: int, generator: torch.Generator) -> Split:
    from cnnlab.data.dataset import Split

    labels = torch.arange(count) % 4
    images = torch.randint(0, 60, (count, 1, 8, 8), generator=generator, dtype=torch.uint8)
    for image, label in zip(images, labels.tolist(), strict=True):
        top, left = 4 * (label // 2), 4 * (label % 2)
        image[0, top : top + 4, left : left + 4] += 180
    order = torch.randperm(count, generator=generator)
    return Split(images[order], labels[order])


@pytest.fixture
def tiny_design() -> Design:
    """A small design for tiny_data, with a random layer: conv, ReLU, max-pool, dropout, dense."""
    from cnnlab.design.design import Design
    from cnnlab.layers import Conv2d, Dropout, Flatten, Linear, MaxPool2d, ReLU

    layers = (Conv2d(out_channels=4), ReLU(), MaxPool2d(), Dropout(p=0.1), Flatten(), Linear(out_features=4))
    return Design(name="tiny", input_shape=(1, 8, 8), classes=4).with_layers(layers)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    """An empty run store in the test's own home folder."""
    from cnnlab.runs.store import RunStore

    opened = RunStore(tmp_path / "home")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def trained_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with one finished run: two epochs of digits. Shared by all tests, so copy it first."""
    home = tmp_path_factory.mktemp("trained") / "home"
    command = [sys.executable, "-m", "cnnlab", "train", "lenet-5", "--data", "digits", "--epochs", "2"]
    subprocess.run([*command, "--home", str(home)], cwd=ROOT, check=True, capture_output=True)
    return home


@pytest.fixture
def home_with_run(trained_home: Path, tmp_path: Path) -> Path:
    """The test's own home folder (CNNLAB_HOME) with one finished run."""
    return shutil.copytree(trained_home, tmp_path / "home")
