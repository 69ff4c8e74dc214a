"""What speaks against an answer: by hand-made ink and by a hand-made score."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cnnlab.data.handwriting import ink_of
from cnnlab.drawing.ink import Drawing, Steps
from cnnlab.reader.doubt import blank_doubt, doubt_about
from cnnlab.reader.loaded_model import load_bundled
from cnnlab.reader.novelty_net import Familiarity, NoveltyNet
from cnnlab.ui.draw.answer import read_drawing

DIGITS = tuple("0123456789")


def chances(**shares: float) -> list[float]:
    """Probabilities of ten digits: `chances(_4=0.9, _9=0.1)`."""
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
    """Below 60 % the two likeliest are named, in their order."""
    seen = doubt_about(
        chances(_4=1 - share, _9=share) if share > 0.5 else chances(_9=0.5, _4=0.3), DIGITS, ONE
    )
    assert (seen.kind, seen.sure) == (kind, sure)
    assert ("9 or 4" in str(seen.reason)) == (kind == "torn")


def test_what_is_unlike_all_known_is_not_sure() -> None:
    """However high the percentage."""
    seen = doubt_about(chances(_3=1.0), DIGITS, ONE, strangeness=0.1)
    assert (seen.kind, seen.sure) == ("strange", False)
    assert "none of the digits" in str(seen.reason)
    assert doubt_about(chances(_3=1.0), DIGITS, ONE, strangeness=-0.1).sure


def test_two_things_side_by_side_are_named() -> None:
    """Two tall bars with paper between them."""
    seen = doubt_about(chances(_1=1.0), DIGITS, sheet((20, 100, 20, 40), (20, 100, 100, 120)))
    assert seen.kind == "two"
    assert "side by side" in str(seen.reason)


def test_two_things_one_above_the_other_are_named() -> None:
    """Where something else says already that this is no digit."""
    ink = sheet((10, 30, 40, 100), (100, 120, 40, 100))
    assert doubt_about(chances(_1=1.0), DIGITS, ink).sure
    seen = doubt_about(chances(_1=1.0), DIGITS, ink, strangeness=1.0)
    assert "above the other" in str(seen.reason)


def test_the_flag_of_a_five_is_no_second_thing() -> None:
    """A small part beside a large one."""
    assert doubt_about(chances(_5=1.0), DIGITS, sheet((20, 120, 20, 70), (20, 34, 90, 130))).sure


def test_a_sheet_full_of_ink_is_no_digit() -> None:
    """More ink than paper."""
    assert doubt_about(chances(_8=1.0), DIGITS, sheet((0, 140, 0, 90))).kind == "full"


def test_other_classes_may_lie_side_by_side() -> None:
    """Two cars are a picture of cars."""
    ink = sheet((20, 100, 20, 40), (20, 100, 100, 120))
    assert doubt_about([0.95, 0.05], ("car", "cat"), ink).sure


def test_a_blank_sheet_and_a_dot_say_so() -> None:
    """Both are no answer, for different reasons."""
    assert blank_doubt(sheet().ink).kind == "blank"
    assert blank_doubt(sheet((60, 64, 60, 64)).ink).kind == "dot"


def test_a_line_longer_than_any_digits_is_a_scribble() -> None:
    """Four times round the same circle; once round is a 0."""
    turns = [np.linspace(0, 2 * np.pi * rounds, 200) for rounds in (1, 4)]
    once, often = ([140 + 60 * np.stack([np.cos(turn), np.sin(turn)], axis=1)] for turn in turns)
    assert doubt_about(chances(_0=1.0), DIGITS, Drawing(ONE.ink, tuple(once))).sure
    assert doubt_about(chances(_0=1.0), DIGITS, Drawing(ONE.ink, tuple(often))).kind == "scribble"


def test_a_doubt_is_kept_and_read_again() -> None:
    """Half precision changes no score by more than a hundredth of what scores differ by."""
    generator = torch.Generator().manual_seed(0)
    maps = [torch.randn(shape, generator=generator) for shape in ((50, 2, 8, 8), (50, 4, 6, 6), (50, 3))]
    fitted = Familiarity((0, 1, 2), NoveltyNet.beside(maps).eval().requires_grad_(False))
    again = Familiarity.of(fitted.tensors(), [0, 1, 2])
    before, after = fitted.strangeness(maps), again.strangeness(maps)
    assert (before - after).abs().max() < 0.01 * before.std()


def as_drawn(*strokes: list[tuple[float, float]]) -> Drawing:
    """Lines from place to place on the pad, with a brush of 20."""
    lines = [np.array(stroke) for stroke in strokes]
    return Drawing(ink_of(lines, 20), tuple(lines))


@pytest.mark.parametrize(
    ("drawing", "strange"),
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
def test_the_bundled_reader_knows_a_shape_from_a_digit(drawing: Drawing, strange: bool) -> None:
    """Drawn with a ruler, as nobody did whom it has learned from."""
    said = read_drawing(load_bundled(), drawing, Steps(), None)
    assert (said["verdict"]["kind"] == "strange") == strange
