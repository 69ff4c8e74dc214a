"""What a script does under a condition that is not known: every way is followed from the same beginning.

Where the ways lead to the same, that is known; where they differ, the value is `Unresolved`, and a list or a
network that one of them changes ends with a `Unresolved`. So whatever hangs on the condition is refused with its
line, and what does not is read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from cnnlab.convert.values import Flow, Items, Opaque, Unresolved, now

_ABSENT = Opaque(None, "absent")


@dataclass(frozen=True)
class EarlyExit:
    """How a block of statements was left before its end: why is None where that is certain."""

    how: str  # return, break, continue or raise
    value: Any = None
    why: Unresolved | None = None


@dataclass
class _Changes:
    """What one way changed: names and fields by where they stand, lists by what they held."""

    since: int
    values: dict[tuple[int, Any], tuple[dict[Any, Any], Any]] = field(default_factory=dict)
    lists: dict[int, tuple[Items, list[Any]]] = field(default_factory=dict)


class Branches:
    """Keeps account of what is changed while ways are followed that may not be taken."""

    def __init__(self) -> None:
        self._ways: list[_Changes] = []

    def put(self, mapping: dict[Any, Any], key: Any, value: Any) -> None:
        """mapping[key] = value."""
        if self._ways:
            self._ways[-1].values.setdefault((id(mapping), key), (mapping, mapping.get(key, _ABSENT)))
        if value is _ABSENT:
            mapping.pop(key, None)
        else:
            mapping[key] = value

    def drop(self, mapping: dict[Any, Any], key: Any) -> None:
        """del mapping[key], where there is one."""
        self.put(mapping, key, _ABSENT)

    def change(self, items: Items, values: list[Any]) -> None:
        """items[:] = values."""
        self._note(items)
        items[:] = values

    def extend(self, items: Items, values: list[Any]) -> None:
        """items += values."""
        self._note(items)
        items += values

    def _note(self, items: Items) -> None:
        """What a list held before the way that is being followed began."""
        if self._ways and items.born < self._ways[-1].since and id(items) not in self._ways[-1].lists:
            self._ways[-1].lists[id(items)] = (items, list(items))

    def fork(self, ways: Sequence[Callable[[], EarlyExit | None]], why: Unresolved) -> EarlyExit | None:
        """Follow each way from here; what they leave behind is put together."""
        ends = [self._followed(way) for way in ways]
        open_ends = [end for end in ends if end[0] is None or end[0].how != "raise"] or ends
        self._merge_values([way for _, way in open_ends], why)
        self._merge_lists([way for _, way in open_ends], why)
        return _together([left for left, _ in open_ends], why)

    def dry_run(self, way: Callable[[], Any]) -> None:
        """Follow a way, and leave everything as it was."""
        self._followed(way)

    def _followed(self, way: Callable[[], Any]) -> tuple[Any, _Changes]:
        """How one way ends and what it made; all is as before then."""
        self._ways.append(_Changes(now()))
        try:
            left = way()
        finally:
            done = self._ways.pop()
        for key, (mapping, before) in done.values.items():
            done.values[key] = (mapping, mapping.get(key[1], _ABSENT))
            if before is _ABSENT:
                mapping.pop(key[1], None)
            else:
                mapping[key[1]] = before
        for place, (items, held) in done.lists.items():
            done.lists[place] = (items, list(items))
            items[:] = held
        return left, done

    def _merge_values(self, ways: list[_Changes], why: Unresolved) -> None:
        changed = {key: mapping for way in ways for key, (mapping, _) in way.values.items()}
        for key, mapping in changed.items():
            before = mapping.get(key[1], _ABSENT)
            ends = [way.values[key][1] if key in way.values else before for way in ways]
            self.put(mapping, key[1], either(ends, why))

    def _merge_lists(self, ways: list[_Changes], why: Unresolved) -> None:
        changed = {place: items for way in ways for place, (items, _) in way.lists.items()}
        for place, items in changed.items():
            ends = [way.lists[place][1] if place in way.lists else list(items) for way in ways]
            first = ends[0]
            if all(same(first, end) for end in ends[1:]):
                self.change(items, first)
            else:
                self.change(items, [*items, why])


def either(values: list[Any], why: Unresolved) -> Any:
    """The value that all of them are; data stays data, and what nobody can know is Lost."""
    known = [value for value in values if value is not _ABSENT]
    if not known:
        return _ABSENT
    if all(same(known[0], value) for value in known[1:]):
        return known[-1]
    lost = [value for value in known if isinstance(value, Unresolved)]
    if lost:
        return lost[0]
    return known[-1] if all(isinstance(value, Opaque) for value in known) else why


def same(one: Any, other: Any, depth: int = 3) -> bool:
    """Whether two values cannot be told apart; lists inside of lists only so deep."""
    if one is other:
        return True
    if isinstance(one, Flow) and isinstance(other, Flow):
        one, other = one.steps, other.steps
    if depth and isinstance(one, list | tuple) and type(one) is type(other):
        pairs = zip(one, other, strict=False)
        return len(one) == len(other) and all(same(left, right, depth - 1) for left, right in pairs)
    simple = isinstance(one, int | float | str | bool | None)
    return simple and type(one) is type(other) and one == other


def joined(left: EarlyExit, end: EarlyExit, why: Unresolved) -> EarlyExit:
    """How a function is left that perhaps returns early, and else ends in the other way."""
    if end.how == "raise":
        return EarlyExit("return", left.value)
    values = [left.value, end.value] if end.how == "return" else [left.value]
    return EarlyExit("return", either(values, why), end.why if end.how == "return" else left.why)


def _together(ends: list[EarlyExit | None], why: Unresolved) -> EarlyExit | None:
    """How a block is left that leaves in these ways."""
    left = [end for end in ends if end is not None]
    if not left:
        return None
    values = [end.value for end in left if end.how == left[0].how]
    doubts = [end.why for end in left if end.why is not None]
    certain = len(values) == len(ends) and not doubts
    return EarlyExit(left[0].how, either(values, why), None if certain else (doubts or [why])[0])
