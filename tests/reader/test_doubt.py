"""Reasons to doubt an answer, with ink and scores made by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cnnlab.data.handwriting import ink_of
from cnnlab.drawing.ink import Drawing, Steps
from cnnlab.reader.doubt import blank_doubt, doubt_about
from cnnlab.reader.loaded_model import load_bundled
from cnnlab.reader.novelty_net import NoveltyDetector, NoveltyNet
from cnnlab.ui.draw.answer import read_drawing

DIGITS = tuple("0123456789")


def probabilities(**shares: float) -> list[float]:
    """Probabilities of ten digits: `probabilities(_4=0.9, _9=0.1)`."""
    return [shares.get(f"_{digit}", 0.0) for digit in range(10)]


def sheet(*bars: tuple[int, int, int, int]) -> Drawing:
    """Ink in boxes (top, bottom, left, right) on a sheet of 140."""
    ink = np.zeros((140, 140), np.uint8)
    for top, bottom, left, right in bars:
        ink[top:bottom, left:right] = 255
    return Drawing(ink)


ONE = sheet((20, 120, 60, 75))


@pytest.mark.parametrize(
    ("share", "kind", "sure"), [(0.95, "sure", True), (0.7, "likely", True), (0.5, "torn", False)]
)
def test_confidence_alone(share: float, kind: str, sure: bool) -> None:
    """Below 60 % the two most likely classes are named, in order."""
    doubt = doubt_about(
        probabilities(_4=1 - share, _9=share) if share > 0.5 else probabilities(_9=0.5, _4=0.3), DIGITS, ONE
    )
    assert (doubt.kind, doubt.sure) == (kind, sure)
    assert ("9 or 4" in str(doubt.reason)) == (kind == "torn")


def test_an_out_of_distribution_drawing_is_not_sure() -> None:
    """However high the confidence."""
    doubt = doubt_about(probabilities(_3=1.0), DIGITS, ONE, novelty=0.1)
    assert (doubt.kind, doubt.sure) == ("strange", False)
    assert "none of the digits" in str(doubt.reason)
    assert doubt_about(probabilities(_3=1.0), DIGITS, ONE, novelty=-0.1).sure


def test_two_things_side_by_side_are_named() -> None:
    """Two tall bars with paper between them."""
    doubt = doubt_about(probabilities(_1=1.0), DIGITS, sheet((20, 100, 20, 40), (20, 100, 100, 120)))
    assert doubt.kind == "two"
    assert "side by side" in str(doubt.reason)


def test_two_things_one_above_the_other_are_named() -> None:
    """If the drawing is already known not to be a digit."""
    ink = sheet((10, 30, 40, 100), (100, 120, 40, 100))
    assert doubt_about(probabilities(_1=1.0), DIGITS, ink).sure
    doubt = doubt_about(probabilities(_1=1.0), DIGITS, ink, novelty=1.0)
    assert "above the other" in str(doubt.reason)


def test_the_flag_of_a_five_is_not_a_second_thing() -> None:
    """It is a small part next to a large one."""
    assert doubt_about(probabilities(_5=1.0), DIGITS, sheet((20, 120, 20, 70), (20, 34, 90, 130))).sure


def test_a_sheet_full_of_ink_is_not_a_digit() -> None:
    """More ink than paper."""
    assert doubt_about(probabilities(_8=1.0), DIGITS, sheet((0, 140, 0, 90))).kind == "full"


def test_objects_of_other_classes_may_be_side_by_side() -> None:
    """Two cars are a picture of cars."""
    ink = sheet((20, 100, 20, 40), (20, 100, 100, 120))
    assert doubt_about([0.95, 0.05], ("car", "cat"), ink).sure


def test_a_blank_sheet_and_a_dot_are_different_reasons() -> None:
    """Neither of them has an answer."""
    assert blank_doubt(sheet().ink).kind == "blank"
    assert blank_doubt(sheet((60, 64, 60, 64)).ink).kind == "dot"


def test_a_line_longer_than_any_digits_is_a_scribble() -> None:
    """Four times around the same circle; once around is a 0."""
    angles = [np.linspace(0, 2 * np.pi * rounds, 200) for rounds in (1, 4)]
    once, four_times = ([140 + 60 * np.stack([np.cos(angle), np.sin(angle)], axis=1)] for angle in angles)
    assert doubt_about(probabilities(_0=1.0), DIGITS, Drawing(ONE.ink, tuple(once))).sure
    assert doubt_about(probabilities(_0=1.0), DIGITS, Drawing(ONE.ink, tuple(four_times))).kind == "scribble"


def test_a_detector_survives_its_weight_file() -> None:
    """Half precision changes no score by more than a hundredth of the scores' standard deviation."""
    generator = torch.Generator().manual_seed(0)
    maps = [torch.randn(shape, generator=generator) for shape in ((50, 2, 8, 8), (50, 4, 6, 6), (50, 3))]
    detector = NoveltyDetector((0, 1, 2), NoveltyNet.for_reader(maps).eval().requires_grad_(False))
    restored = NoveltyDetector.of(detector.tensors(), [0, 1, 2])
    before, after = detector.novelty(maps), restored.novelty(maps)
    assert (before - after).abs().max() < 0.01 * before.std()


def as_drawn(*strokes: list[tuple[float, float]]) -> Drawing:
    """Lines between points on the pad, with a brush of 20."""
    lines = [np.array(stroke) for stroke in strokes]
    return Drawing(ink_of(lines, 20), tuple(lines))


@pytest.mark.parametrize(
    ("drawing", "novel"),
    [
        pytest.param(as_drawn([(140, 40), (230, 230), (50, 230), (140, 40)]), True, id="triangle"),
        pytest.param(as_drawn([(50, 50), (230, 50), (230, 230), (50, 230), (50, 50)]), True, id="square"),
        pytest.param(as_drawn([(140, 40), (140, 240)], [(40, 140), (240, 140)]), True, id="plus"),
        pytest.param(
            as_drawn([(60, 40), (60, 240)], [(60, 140), (220, 140)], [(220, 40), (220, 240)]), True, id="H"
        ),
        pytest.param(as_drawn([(140, 40), (135, 240)]), False, id="1"),
        pytest.param(as_drawn([(60, 60), (220, 60), (120, 240)]), False, id="7"),
        pytest.param(as_drawn([(110, 40), (60, 150), (210, 150)], [(180, 50), (170, 240)]), False, id="4"),
    ],
)
def test_the_bundled_reader_tells_shapes_from_digits(drawing: Drawing, novel: bool) -> None:
    """They are drawn with a ruler, unlike anything in its training data."""
    answer = read_drawing(load_bundled(), drawing, Steps(), None)
    assert (answer["verdict"]["kind"] == "strange") == novel
