"""Catalogues of data sets, for tests that need nothing else from a lab."""

from __future__ import annotations

from pathlib import Path

import torch

from cnnlab.data import BUILT_IN, Catalogue, CodeNames, DataRecord, DatasetInfo, ImageDataset, Split
from cnnlab.data.record import DataRequest
from cnnlab.data.source import Source
from cnnlab.ground.home import Folders

DATA_NAMES = [record.info.name for record in BUILT_IN]
DOWNLOADED = [record.info.name for record in BUILT_IN if record.source]


def catalogue(home: Path = Path(), data_folder: Path | None = None) -> Catalogue:
    """The built-in data sets in these folders."""
    return Catalogue(Folders(home, data_folder))


def source_of(name: str) -> Source:
    """The files of a built-in data set that is downloaded."""
    source = catalogue().record(name).source
    assert source is not None
    return source


def _bars(request: DataRequest) -> ImageDataset:
    """Noise with a bright bar at the top, in the middle or at the bottom, from a fixed seed."""
    generator = torch.Generator().manual_seed(0)
    sizes = (request.info.train_size, request.info.val_size, request.info.test_size)
    splits = (_split(count, generator) for count in sizes)
    return ImageDataset(request.info.name, request.info.classes, *splits)


def _split(count: int, generator: torch.Generator) -> Split:
    labels = torch.arange(count) % 3
    images = torch.randint(0, 60, (count, 1, 12, 12), generator=generator, dtype=torch.uint8)
    for image, label in zip(images, labels.tolist(), strict=True):
        image[0, 4 * label : 4 * label + 4] += 180
    return Split(images, labels)


BARS = DataRecord(
    DatasetInfo(
        name="bars",
        title="Bars",
        about="A bright bar in noise.",
        input_shape=(1, 12, 12),
        classes=("high", "middle", "low"),
        train_size=90,
        val_size=30,
        test_size=30,
        download_bytes=0,
        license="Made up for tests",
    ),
    load=_bars,
    code=CodeNames(keras="bars_12", torchvision="Bars12"),
)
WITH_BARS = (*BUILT_IN, BARS)
