"""A series behaves like the list it represents, and shares its values with series extended from it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.runs.series import Series

NUMBERS = st.lists(st.integers(), max_size=8)
INDICES = st.none() | st.integers(-10, 10)


@given(NUMBERS, NUMBERS, INDICES, INDICES, st.none() | st.integers(-3, 3).filter(bool))
def test_it_reads_as_a_list(
    first: list[int], more: list[int], begin: int | None, end: int | None, step: int | None
) -> None:
    """Length, order, every slice and every index, even after a longer one was extended from it."""
    series = Series(first)
    longer = series.extended(more)
    for found, truth in ((series, first), (longer, first + more)):
        assert found == truth
        assert list(found) == truth
        assert found[begin:end:step] == truth[begin:end:step]
        assert [found[index] for index in range(-len(truth), len(truth))] == truth + truth
        with pytest.raises(IndexError):
            found[len(truth)]


@given(NUMBERS, st.integers(0, 10), NUMBERS, NUMBERS)
def test_series_extended_from_the_same_one_are_independent(
    first: list[int], kept: int, one: list[int], other: list[int]
) -> None:
    """Neither sees the other's values, nor does the one that both were extended from."""
    series = Series(first)
    truncated = series.truncated(kept)
    grown, again, back = series.extended(one), series.extended(other), truncated.extended(other)
    assert [list(series), list(truncated)] == [first, first[:kept]]
    assert [*map(list, (grown, again, back))] == [first + one, first + other, first[:kept] + other]


def test_extending_copies_nothing() -> None:
    """The longer one uses the same list as the shorter one."""
    series = Series(range(3))
    assert series.extended([3])._values is series._values
