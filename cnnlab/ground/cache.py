"""Two caches for what a server makes for many: the newest so many values, and what is new enough."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class LruCache(Generic[K, V]):
    """The values that were put in or asked for last: at most `most`, and no more than `heaviest` in all.

    The newest one stays, however much it weighs. All threads may use it.
    """

    def __init__(
        self, most: int, *, weight: Callable[[V], int] | None = None, heaviest: int | None = None
    ) -> None:
        self._most = most
        self._weight = weight
        self._heaviest = heaviest
        self._turn = threading.Lock()
        self._values: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        """The value, which counts as new again; None where there is none."""
        with self._turn:
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
            return value

    def put(self, key: K, value: V) -> None:
        """The value for this key from now on."""
        with self._turn:
            self._put(key, value)

    def update(self, key: K, change: Callable[[V | None], V | None]) -> None:
        """Put in what `change` makes of the value that is there, in one turn; None leaves it as it is."""
        with self._turn:
            value = change(self._values.get(key))
            if value is not None:
                self._put(key, value)

    def drop(self, unwanted: Callable[[K], bool]) -> None:
        """Take out all values with such keys."""
        with self._turn:
            for key in [key for key in self._values if unwanted(key)]:
                del self._values[key]

    def _put(self, key: K, value: V) -> None:
        self._values[key] = value
        self._values.move_to_end(key)
        while len(self._values) > 1 and self._is_too_much():
            self._values.popitem(last=False)

    def _is_too_much(self) -> bool:
        if len(self._values) > self._most:
            return True
        if self._weight is None or self._heaviest is None:
            return False
        return sum(map(self._weight, self._values.values())) > self._heaviest


class FreshCache(Generic[K, V]):
    """What `make` said for a key at most `seconds` ago, so that all who ask share one answer.

    Makers take turns. At most `most` answers are held: then all are made anew.
    """

    def __init__(self, make: Callable[[K], V], seconds: float, most: int = 64) -> None:
        self._make = make
        self._seconds = seconds
        self._most = most
        self._turn = threading.Lock()
        self._values: dict[K, tuple[float, V]] = {}

    def get(self, key: K) -> V:
        """The answer, made now where it is not new enough; what `make` raises is held for nobody."""
        with self._turn:
            held = self._values.get(key)
            if held is not None and time.monotonic() < held[0]:
                return held[1]
            value = self._make(key)
            if len(self._values) >= self._most:
                self._values.clear()
            self._values[key] = time.monotonic() + self._seconds, value
            return value

    def forget(self) -> None:
        """Make every answer anew when it is asked for next."""
        with self._turn:
            self._values.clear()
