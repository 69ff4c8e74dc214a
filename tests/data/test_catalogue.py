"""A catalogue with an additional record, and fingerprints of data."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from cnnlab.data import Catalogue, DataDescription, ImageDataset, own_drawings
from cnnlab.ground.errors import DataError
from cnnlab.ground.home import Folders
from cnnlab.language import lazy
from tests.catalogue import BARS, WITH_BARS, catalogue
from tests.data.test_own_drawings import keep_some


@pytest.fixture
def bars() -> ImageDataset:
    """The made-up data set."""
    return Catalogue(Folders(Path(), None), WITH_BARS).load("bars")


def test_a_record_adds_a_data_set(tmp_path: Path) -> None:
    """It is listed (last), described, available and loaded like any other."""
    data_sets = Catalogue(Folders(tmp_path, None), WITH_BARS)
    assert [info.name for info in data_sets.infos()] == [*(each.name for each in catalogue().infos()), "bars"]
    assert data_sets.of_shape((1, 12, 12)) == (BARS.info,)
    assert data_sets.available("bars")
    assert data_sets.words("bars").startswith("A bright bar in noise. 90 to train on")
    assert data_sets.load("bars").input_shape == data_sets.describe("bars").input_shape


def test_the_test_part_of_a_set_that_is_always_loaded_whole(tmp_path: Path) -> None:
    """The same one as that of the whole set."""
    known = catalogue(tmp_path)
    alone, test = known.load_test("digits"), known.load("digits").test
    assert torch.equal(alone.images, test.images)
    assert torch.equal(alone.labels, test.labels)


def test_only_a_set_that_grows_has_parts() -> None:
    """A part of another data set is an unknown name."""
    data_sets = Catalogue(Folders(Path(), None), WITH_BARS)
    assert "bars@everybody-1" not in data_sets
    with pytest.raises(DataError, match="no data set"):
        data_sets.load("bars@everybody-1")
    assert data_sets.frozen("bars") == "bars"


def test_the_fingerprint_is_the_hash_of_all_bytes(tiny_data: ImageDataset) -> None:
    """The type and shape of each tensor, then its content; computed here in another way."""
    body = b""
    for split in (tiny_data.train, tiny_data.val, tiny_data.test):
        for tensor in (split.images, split.labels):
            body += f"({tensor.dtype}, {tuple(tensor.shape)})".encode() + tensor.numpy().tobytes()
    assert tiny_data.fingerprint() == hashlib.sha256(body).hexdigest()


def test_the_same_data_has_the_same_fingerprint(bars: ImageDataset) -> None:
    """Loaded again, and with another memory layout."""
    data_sets = Catalogue(Folders(Path(), None), WITH_BARS)
    train = replace_images(bars, bars.train.images.permute(2, 3, 0, 1).contiguous().permute(2, 3, 0, 1))
    assert not train.train.images.is_contiguous()
    assert bars.fingerprint() == data_sets.load("bars").fingerprint() == train.fingerprint()


def replace_images(data: ImageDataset, images: torch.Tensor) -> ImageDataset:
    return replace(data, train=data.train._replace(images=images))


def test_one_pixel_changes_the_fingerprint(bars: ImageDataset) -> None:
    """A change by one gray level is enough."""
    images = bars.train.images.clone()
    images[-1, 0, 11, 11] += 1
    assert replace_images(bars, images).fingerprint() != bars.fingerprint()


def test_one_label_changes_the_fingerprint(bars: ImageDataset) -> None:
    """In any split."""
    labels = bars.test.labels.clone()
    labels[0] = 1
    assert replace(bars, test=bars.test._replace(labels=labels)).fingerprint() != bars.fingerprint()


def test_another_order_has_another_fingerprint(bars: ImageDataset) -> None:
    """Since training would give another result."""
    flipped = bars.train._replace(images=bars.train.images.flip(0), labels=bars.train.labels.flip(0))
    assert replace(bars, train=flipped).fingerprint() != bars.fingerprint()


def test_a_description_survives_being_stored(bars: ImageDataset) -> None:
    """Its title can still be translated."""
    found = DataDescription.of(replace(BARS.info, title=lazy("Digits")), bars)
    assert DataDescription.from_json(found.to_json()) == found
    assert (found.train_size, found.val_size, found.test_size) == (90, 30, 30)


def test_a_frozen_set_of_drawings_does_not_grow(tmp_path: Path) -> None:
    """Drawings that are made after a run was created are not in its data, whenever it trains."""
    keep_some(tmp_path, 30)
    (own_drawings.folder(tmp_path) / "notes.json").write_text("{}")
    name = catalogue(tmp_path).frozen("drawings")
    before = catalogue(tmp_path).load(name)
    assert before.fingerprint() == catalogue(tmp_path).load("drawings").fingerprint()
    keep_some(tmp_path, 5)
    assert catalogue(tmp_path).load(name).fingerprint() == before.fingerprint()
    assert catalogue(tmp_path).load("drawings").fingerprint() != before.fingerprint()
    assert catalogue(tmp_path).frozen(name) == name
    assert str(catalogue(tmp_path).describe(name).title) == "Named drawings"


def test_too_few_drawings_are_not_frozen(tmp_path: Path) -> None:
    """Such a run fails and can be resumed once there are enough."""
    keep_some(tmp_path, 3)
    assert catalogue(tmp_path).frozen("drawings") == "drawings"
