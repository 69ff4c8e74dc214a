"""The pictures that studies are about: named by their pixels, few at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cnnlab.ground.errors import DataError
from cnnlab.studies import pictures
from cnnlab.studies.pictures import keep_picture, picture_name, read_picture


def some(value: int, *shape: int) -> pictures.Pixels:
    return np.full(shape, value, np.uint8)


def test_a_kept_picture_is_read_by_its_name(tmp_path: Path) -> None:
    """The shape is part of the name, too."""
    image = np.random.default_rng(1).integers(0, 256, (3, 4, 6), np.uint8)
    keep_picture(tmp_path, image)
    np.testing.assert_array_equal(read_picture(tmp_path, picture_name(image)), image)
    assert picture_name(some(0, 1, 4, 6)) != picture_name(some(0, 1, 6, 4))


def test_old_pictures_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A question about one that is gone is answered in words."""
    monkeypatch.setattr(pictures, "_KEPT", 2)
    for value in range(4):
        keep_picture(tmp_path, some(value, 1, 2, 2))
    assert len(list(tmp_path.rglob("*.npy"))) == 2
    with pytest.raises(DataError, match="deleted meanwhile"):
        read_picture(tmp_path, picture_name(some(9, 1, 2, 2)))
