"""What a cache keeps, for how long, and what it evicts first."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from cnnlab.ground.cache import FreshCache, LruCache


def test_the_least_recently_used_value_is_evicted_first() -> None:
    """Reading a value counts as using it."""
    cache: LruCache[str, int] = LruCache(2)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.get("a") == 1
    cache.put("c", 3)
    assert [cache.get(key) for key in "abc"] == [1, None, 3]


def test_heavy_values_push_out_light_ones() -> None:
    """The weights are added up; the newest value stays even if it alone is too heavy."""
    cache: LruCache[str, bytes] = LruCache(9, weight=len, max_weight=5)
    cache.put("a", b"12")
    cache.put("b", b"345")
    assert cache.get("a") is not None
    cache.put("c", b"6")
    assert [cache.get(key) is not None for key in "abc"] == [True, False, True]
    cache.put("d", b"1234567")
    assert [cache.get(key) is not None for key in "acd"] == [False, False, True]


def test_an_update_is_atomic() -> None:
    """A thousand increments by eight threads add up to a thousand; None leaves the value as it is."""
    cache: LruCache[str, int] = LruCache(1)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: cache.update("n", lambda count: (count or 0) + 1), range(1000)))
    cache.update("n", lambda _: None)
    assert cache.get("n") == 1000


def test_drop_removes_the_unwanted_keys() -> None:
    """Every key for which the predicate is true, and no other."""
    cache: LruCache[int, int] = LruCache(9)
    for number in range(4):
        cache.put(number, number)
    cache.drop(lambda key: key % 2 == 0)
    assert [cache.get(number) for number in range(4)] == [None, 1, None, 3]


def test_simultaneous_callers_share_one_answer() -> None:
    """The first caller computes it; the others wait for it."""
    made = []

    def make(key: str) -> int:
        time.sleep(0.05)
        made.append(threading.get_ident())
        return len(made)

    cache = FreshCache(make, 60)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(cache.get, ["run"] * 8)) == {1}
    assert cache.get("other") == 2


def test_an_expired_answer_is_computed_again() -> None:
    """Once its time is up, or after `forget`."""
    answers = iter(range(9))
    cache: FreshCache[str, int] = FreshCache(lambda _: next(answers), 60)
    stale: FreshCache[str, int] = FreshCache(lambda _: next(answers), 0)
    assert [stale.get("run"), stale.get("run")] == [0, 1]
    assert [cache.get("run"), cache.get("run")] == [2, 2]
    cache.forget()
    assert cache.get("run") == 3


def test_a_failure_is_not_cached() -> None:
    """The next caller tries again."""
    answers: list[int] = []
    cache: FreshCache[str, int] = FreshCache(lambda _: answers.pop(), 60)
    with pytest.raises(IndexError):
        cache.get("run")
    answers.append(7)
    assert cache.get("run") == 7
