"""An immutable sequence that can be extended without copying."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Generic, TypeVar, overload

T = TypeVar("T")


class Series(Sequence[T], Generic[T]):
    """The first `len(self)` values of a list that only ever grows: an extended series shares the list.

    If two series are extended from the same one, the second makes a copy first. One thread at a time may
    extend; any may read.
    """

    __slots__ = ("_length", "_values")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, values: Iterable[T] = ()) -> None:
        self._values = list(values)
        self._length = len(self._values)

    @classmethod
    def _first(cls, values: list[T], length: int) -> Series[T]:
        made = cls()
        made._values, made._length = values, length
        return made

    def extended(self, values: Iterable[T]) -> Series[T]:
        """A series with these values after its own."""
        shared = self._values if len(self._values) == self._length else self._values[: self._length]
        shared.extend(values)
        return self._first(shared, len(shared))

    def truncated(self, length: int) -> Series[T]:
        """A series of its first `length` values."""
        return self._first(self._values, min(length, self._length))

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[T]:
        return islice(self._values, self._length)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        if isinstance(index, slice):
            begin, end, step = index.indices(self._length)
            if step > 0:
                return self._values[begin:end:step]
            return [self._values[index] for index in range(begin, end, step)]
        return self._values[range(self._length)[index]]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Series | list):
            return NotImplemented
        return len(self) == len(other) and all(
            mine == theirs for mine, theirs in zip(self, other, strict=True)
        )

    def __repr__(self) -> str:
        return f"Series({list(self)})"


def series(values: Sequence[T]) -> Series[T]:
    """The values as a series; a series is returned as it is."""
    return values if isinstance(values, Series) else Series(values)
