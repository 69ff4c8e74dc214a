"""A series behaves as the list that it stands for, and shares what it has with those that grew from it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.runs.series import Series

NUMBERS = st.lists(st.integers(), max_size=8)
PLACES = st.none() | st.integers(-10, 10)


@given(NUMBERS, NUMBERS, PLACES, PLACES, st.none() | st.integers(-3, 3).filter(bool))
def test_it_reads_as_a_list(
    first: list[int], more: list[int], begin: int | None, end: int | None, step: int | None
) -> None:
    """Length, order, every slice and every place; also where a longer one has grown from it."""
    series = Series(first)
    longer = series.extended(more)
    for found, truth in ((series, first), (longer, first + more)):
        assert found == truth
        assert list(found) == truth
        assert found[begin:end:step] == truth[begin:end:step]
        assert [found[place] for place in range(-len(truth), len(truth))] == truth + truth
        with pytest.raises(IndexError):
            found[len(truth)]


@given(NUMBERS, st.integers(0, 10), NUMBERS, NUMBERS)
def test_those_that_grow_from_one_part_ways(
    first: list[int], kept: int, one: list[int], other: list[int]
) -> None:
    """Neither sees what the other was given, nor does the one that both began with."""
    series = Series(first)
    until = series.until(kept)
    grown, again, back = series.extended(one), series.extended(other), until.extended(other)
    assert [list(series), list(until)] == [first, first[:kept]]
    assert [*map(list, (grown, again, back))] == [first + one, first + other, first[:kept] + other]


def test_growing_copies_nothing() -> None:
    """The longer one reads from the very list of the shorter one."""
    series = Series(range(3))
    assert series.extended([3])._values is series._values
