from __future__ import annotations

import numpy as np
import pytest

from cnnlab.evaluation.chance import differ, interval, with_interval


def test_the_interval_is_wilsons() -> None:
    """Against published values: 15 of 50 (Newcombe 1998: 0.191 to 0.4375), 0 of 20, 20 of 20."""
    assert interval(0.3, 50) == pytest.approx((0.1910, 0.4375), abs=5e-4)
    assert interval(0.0, 20) == pytest.approx((0.0, 0.1611), abs=5e-4)
    assert interval(1.0, 20) == pytest.approx((0.8389, 1.0), abs=5e-4)


@pytest.mark.parametrize(("accuracy", "pictures"), [(0.9, 250), (0.98, 250), (0.5, 1_000)])
def test_luck_alone_rarely_counts_as_a_difference(accuracy: float, pictures: int) -> None:
    """Two measurements of the same accuracy differ at most once in fifty times; true gaps are detected."""
    draw = np.random.default_rng(0)
    one, other = draw.binomial(pictures, accuracy, (2, 2_000)) / pictures
    share = sum(differ(a, b, pictures) for a, b in zip(one, other, strict=True)) / 2_000
    assert share < 0.02
    assert differ(accuracy, accuracy - 0.12, pictures)


def test_without_pictures_nothing_is_claimed() -> None:
    """An older lab did not store how many there were."""
    assert not differ(0.1, 0.9, 0)
    assert with_interval(0.872, 0) == "87.2 %"
    assert with_interval(0.872, 250) == "87.2 %, give or take 4.1"


def test_nothing_is_said_to_lie_above_100_percent() -> None:
    """All of 250 read correctly: the true value may be a little less, but not more."""
    assert with_interval(1.0, 250) == "100.0 %; the true value may be anywhere between 98.5 and 100.0 %"
    assert with_interval(0.0, 250) == "0.0 %; the true value may be anywhere between 0.0 and 1.5 %"
