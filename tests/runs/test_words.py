from __future__ import annotations

import pytest

from cnnlab.runs.words import number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (23_239.1308, "23,239"),
        (218.592, "218.6"),
        (2.302585, "2.303"),
        (0.5, "0.5000"),
        (0.0213, "0.0213"),
        (0.00042, "0.000420"),
        (4.3e-10, "4.3 × 10⁻¹⁰"),
        (7_518_444_562_727.3, "7.5 × 10¹²"),
        (0.0, "0.0000"),
        (-0.25, "-0.2500"),
        (float("nan"), "not a number"),
    ],
)
def test_a_number_has_its_significant_digits(value: float, text: str) -> None:
    """However large or small it is."""
    assert number(value) == text
