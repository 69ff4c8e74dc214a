"""Two thread-safe caches for what a server makes for many: one bounded by size, one by age."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class LruCache(Generic[K, V]):
    """The most recently used values: at most `max_entries`, and no more than `max_weight` in total.

    The newest value stays, however much it weighs.
    """

    def __init__(
        self, max_entries: int, *, weight: Callable[[V], int] | None = None, max_weight: int | None = None
    ) -> None:
        self._max_entries = max_entries
        self._weight = weight
        self._max_weight = max_weight
        self._lock = threading.Lock()
        self._values: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        """Return the value, which now counts as the newest; None if there is none."""
        with self._lock:
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
            return value

    def put(self, key: K, value: V) -> None:
        """Store the value for this key."""
        with self._lock:
            self._put(key, value)

    def update(self, key: K, change: Callable[[V | None], V | None]) -> None:
        """Replace the value atomically with what `change` returns for it; None leaves it as it is."""
        with self._lock:
            value = change(self._values.get(key))
            if value is not None:
                self._put(key, value)

    def drop(self, unwanted: Callable[[K], bool]) -> None:
        """Remove every value whose key is `unwanted`."""
        with self._lock:
            for key in [key for key in self._values if unwanted(key)]:
                del self._values[key]

    def _put(self, key: K, value: V) -> None:
        self._values[key] = value
        self._values.move_to_end(key)
        while len(self._values) > 1 and self._is_over_limit():
            self._values.popitem(last=False)

    def _is_over_limit(self) -> bool:
        if len(self._values) > self._max_entries:
            return True
        if self._weight is None or self._max_weight is None:
            return False
        return sum(map(self._weight, self._values.values())) > self._max_weight


class FreshCache(Generic[K, V]):
    """Answers of `make`, each reused for `seconds`, so that all callers share one.

    Only one call of `make` runs at a time. When `max_entries` are stored, the next replaces them all.
    """

    def __init__(self, make: Callable[[K], V], seconds: float, max_entries: int = 64) -> None:
        self._make = make
        self._seconds = seconds
        self._max_entries = max_entries
        self._lock = threading.Lock()
        self._values: dict[K, tuple[float, V]] = {}

    def get(self, key: K) -> V:
        """Return the answer, computed now unless a fresh one is stored; errors of `make` are not stored."""
        with self._lock:
            stored = self._values.get(key)
            if stored is not None and time.monotonic() < stored[0]:
                return stored[1]
            value = self._make(key)
            if len(self._values) >= self._max_entries:
                self._values.clear()
            self._values[key] = time.monotonic() + self._seconds, value
            return value

    def forget(self) -> None:
        """Discard every answer."""
        with self._lock:
            self._values.clear()
