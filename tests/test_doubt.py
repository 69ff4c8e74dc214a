"""What speaks against an answer: by hand-made ink and by a hand-made score."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlab.doubt import blank_verdict, verdict
from cnnlab.strokes import Ink

DIGITS = tuple("0123456789")


def chances(**shares: float) -> list[float]:
    """Probabilities of ten digits: `chances(_4=0.9, _9=0.1)`."""
    return [shares.get(f"_{digit}", 0.0) for digit in range(10)]


def sheet(*bars: tuple[int, int, int, int]) -> Ink:
    """Ink in boxes (top, bottom, left, right) on a sheet of 140."""
    ink = np.zeros((140, 140), np.uint8)
    for top, bottom, left, right in bars:
        ink[top:bottom, left:right] = 255
    return ink


ONE = sheet((20, 120, 60, 75))


@pytest.mark.parametrize(
    ("share", "kind", "sure"), [(0.95, "sure", True), (0.7, "likely", True), (0.5, "torn", False)]
)
def test_confidence_alone(share: float, kind: str, sure: bool) -> None:
    """Below 60 % the two likeliest are named, in their order."""
    seen = verdict(chances(_4=1 - share, _9=share) if share > 0.5 else chances(_9=0.5, _4=0.3), DIGITS, ONE)
    assert (seen.kind, seen.sure) == (kind, sure)
    assert ("9 or 4" in seen.reason) == (kind == "torn")


def test_what_is_unlike_all_known_is_not_sure() -> None:
    """However high the percentage."""
    seen = verdict(chances(_3=1.0), DIGITS, ONE, strangeness=0.1)
    assert (seen.kind, seen.sure) == ("strange", False)
    assert "none of the digits" in seen.reason
    assert verdict(chances(_3=1.0), DIGITS, ONE, strangeness=-0.1).sure


def test_two_things_side_by_side_are_named() -> None:
    """Two tall bars with paper between them."""
    seen = verdict(chances(_1=1.0), DIGITS, sheet((20, 100, 20, 40), (20, 100, 100, 120)))
    assert seen.kind == "two"
    assert "side by side" in seen.reason


def test_two_things_one_above_the_other_are_named() -> None:
    """Where something else says already that this is no digit."""
    ink = sheet((10, 30, 40, 100), (100, 120, 40, 100))
    assert verdict(chances(_1=1.0), DIGITS, ink).sure
    assert "above the other" in verdict(chances(_1=1.0), DIGITS, ink, strangeness=1.0).reason


def test_the_flag_of_a_five_is_no_second_thing() -> None:
    """A small part beside a large one."""
    assert verdict(chances(_5=1.0), DIGITS, sheet((20, 120, 20, 70), (20, 34, 90, 130))).sure


def test_a_sheet_full_of_ink_is_no_digit() -> None:
    """More ink than paper."""
    assert verdict(chances(_8=1.0), DIGITS, sheet((0, 140, 0, 90))).kind == "full"


def test_other_classes_may_lie_side_by_side() -> None:
    """Two cars are a picture of cars."""
    ink = sheet((20, 100, 20, 40), (20, 100, 100, 120))
    assert verdict([0.95, 0.05], ("car", "cat"), ink).sure


def test_a_blank_sheet_and_a_dot_say_so() -> None:
    """Both are no answer, for different reasons."""
    assert blank_verdict(sheet()).kind == "blank"
    assert blank_verdict(sheet((60, 64, 60, 64))).kind == "dot"
