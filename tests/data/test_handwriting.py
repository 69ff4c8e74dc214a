"""Pen strokes as a data set: reading, placing and redrawing them, with separate writers for each split."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from cnnlab.data.handwriting import (
    TEST_WRITERS,
    VAL_WRITERS,
    Rendering,
    ink_of,
    on_pad,
    read_pen_digits,
    rendered,
)
from cnnlab.data.pen_file import find
from cnnlab.drawing.ink import ink_box
from cnnlab.drawing.strokes import redrawn
from cnnlab.ground.errors import DataError
from tests.catalogue import catalogue

SAMPLE = """.INCLUDE        dene.doc

.SEGMENT DIGIT    0 ? "4"
.COMMENT 4 12  224
.PEN_DOWN
 100  300
 100  200
 200  200
.PEN_UP
.DT 100
.PEN_DOWN
 180  300
 180  100
.PEN_UP
.SEGMENT DIGIT    1 ? "1"
.COMMENT 1 30  225
.PEN_DOWN
 50  400
 50  100
.PEN_UP
"""


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A file with a 4 of two strokes and a 1 of one stroke."""
    path = tmp_path / "pendigits-orig.tra"
    path.write_text(SAMPLE)
    return path


def test_strokes_labels_and_writers_are_read(sample: Path) -> None:
    """The tablet's y points upward, the screen's downward."""
    four, one = read_pen_digits(sample)
    assert (four.label, four.writer, len(four.strokes)) == (4, 12, 2)
    assert (one.label, one.writer, len(one.strokes)) == (1, 30, 1)
    assert four.strokes[0].tolist() == [[100, -300], [100, -200], [200, -200]]


def test_a_line_that_is_not_a_point_is_an_error(tmp_path: Path) -> None:
    """The message has its line number."""
    path = tmp_path / "broken"
    path.write_text(SAMPLE.replace(" 180  300", " 180  three"))
    with pytest.raises(DataError, match="line 12 is not a pen stroke"):
        read_pen_digits(path)


def test_strokes_are_placed_on_the_pad(sample: Path) -> None:
    """Anywhere on it, at 30 to 90 % of its size, and without cutting off ink."""
    (four, _) = read_pen_digits(sample)
    for seed in range(50):
        strokes, brush = on_pad(four.strokes, np.random.default_rng(seed))
        points = np.concatenate(strokes)
        extent = float(np.ptp(points, axis=0).max())
        assert 0.3 * 280 - 1e-6 <= extent <= 0.9 * 280 + 1e-6
        assert 12 <= brush <= 28
        assert points.min() >= brush / 2 - 1e-6
        assert points.max() <= 280 - brush / 2 + 1e-6 or extent + brush > 280


def test_the_brush_is_as_wide_as_it_says() -> None:
    """A straight vertical line with brush 28 on a pad of 280 is a tenth of the pad wide."""
    ink = ink_of([np.array([[140.0, 60.0], [140.0, 220.0]])], 28.0)
    box = ink_box(ink)
    assert box is not None
    width = box[1].stop - box[1].start
    assert abs(width / ink.shape[1] - 0.1) < 0.02


@pytest.mark.parametrize("scale", [0.1, 1.0, 7.0])
@pytest.mark.parametrize("move", [-300.0, 0.0, 41.5])
def test_redrawing_undoes_size_and_position(sample: Path, scale: float, move: float) -> None:
    """The same strokes, larger or elsewhere, give the same picture to within a gray level of rounding."""
    (four, _) = read_pen_digits(sample)
    picture = redrawn(four.strokes).astype(int)
    other = redrawn([stroke * scale + move for stroke in four.strokes]).astype(int)
    assert np.abs(picture - other).mean() < 1.0


def test_redrawn_digits_are_centered_like_mnists(sample: Path) -> None:
    """The center of mass is within half a pixel of the center, as far as the ink leaves room for that."""
    (four, _) = read_pen_digits(sample)
    picture = redrawn(four.strokes).astype(float)
    y, x = np.mgrid[0:28, 0:28] + 0.5
    assert abs((picture * x).sum() / picture.sum() - 14) < 0.5
    assert abs((picture * y).sum() / picture.sum() - 14) < 0.5


def test_a_single_tap_can_be_redrawn() -> None:
    """A stroke of one point has no size and becomes a dot in the middle."""
    assert redrawn([np.array([[5.0, 5.0]])])[13:15, 13:15].min() > 200


def test_rendering_is_reproducible(sample: Path) -> None:
    """Positions, sizes and brushes come from a fixed seed."""
    digits = read_pen_digits(sample)
    first, labels = rendered(digits, Rendering(2, 2, vary=True))
    second, _ = rendered(digits, Rendering(2, 2, vary=True))
    assert (first == second).all()
    assert first.shape == (8, 1, 28, 28)
    assert labels.tolist() == [4] * 4 + [1] * 4


def test_the_error_for_a_missing_file_says_where_to_get_it(tmp_path: Path) -> None:
    """It is raised before anything is downloaded."""
    assert not catalogue(tmp_path).available("handwriting")
    with pytest.raises(DataError, match="UCI Machine Learning Repository"):
        catalogue(tmp_path).load("handwriting")


@pytest.mark.slow
def test_the_real_set(shared_data: Path, tmp_path: Path) -> None:
    """The sizes are as announced; each split has MNIST first, then pen strokes of its own writers."""
    alone = catalogue(tmp_path, shared_data).load_test("handwriting")
    data = catalogue(tmp_path, shared_data).load("handwriting")
    rendered_before = catalogue(tmp_path, shared_data).load_test("handwriting")
    for test in (alone, rendered_before):
        assert torch.equal(test.images, data.test.images)
        assert torch.equal(test.labels, data.test.labels)
    info = catalogue().describe("handwriting")
    sizes = [len(split.labels) for split in (data.train, data.val, data.test)]
    assert sizes == [info.train_size, info.val_size, info.test_size]
    mnist = catalogue(tmp_path, shared_data).load("mnist")
    assert (data.test.images[:10_000] == mnist.test.images).all()
    path = find(tmp_path, shared_data)
    assert path is not None
    kept = [digit.label for digit in read_pen_digits(path) if digit.writer in TEST_WRITERS]
    assert data.test.labels[10_000::2].tolist() == kept
    assert not VAL_WRITERS & TEST_WRITERS
