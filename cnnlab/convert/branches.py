"""Conditions that are not known: every branch is followed from the same state, and the results are merged.

A value that is the same in all branches is known; one that differs is `Unresolved`, and a list or a network
that one of them changes gets an `Unresolved` at its end. So whatever depends on the condition is refused with
its line, and everything else is read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from cnnlab.convert.values import Flow, Items, Opaque, Unresolved, now

_ABSENT = Opaque(None, "absent")


@dataclass(frozen=True)
class EarlyExit:
    """How a block of statements was left before its end; `why` is None if that is certain."""

    how: str  # return, break, continue or raise
    value: Any = None
    why: Unresolved | None = None


@dataclass
class _Changes:
    """What one branch changed: names and fields by mapping and key, and lists, each with its former value."""

    started: int
    values: dict[tuple[int, Any], tuple[dict[Any, Any], Any]] = field(default_factory=dict)
    lists: dict[int, tuple[Items, list[Any]]] = field(default_factory=dict)


class Branches:
    """Records the changes that are made in branches, so that they can be reverted and merged."""

    def __init__(self) -> None:
        self._active: list[_Changes] = []

    def put(self, mapping: dict[Any, Any], key: Any, value: Any) -> None:
        """mapping[key] = value."""
        if self._active:
            self._active[-1].values.setdefault((id(mapping), key), (mapping, mapping.get(key, _ABSENT)))
        if value is _ABSENT:
            mapping.pop(key, None)
        else:
            mapping[key] = value

    def drop(self, mapping: dict[Any, Any], key: Any) -> None:
        """del mapping[key], if it exists."""
        self.put(mapping, key, _ABSENT)

    def change(self, items: Items, values: list[Any]) -> None:
        """items[:] = values."""
        self._save(items)
        items[:] = values

    def extend(self, items: Items, values: list[Any]) -> None:
        """items += values."""
        self._save(items)
        items += values

    def _save(self, items: Items) -> None:
        """Save what a list contained before the current branch, unless the branch created it."""
        if not self._active or items.created >= self._active[-1].started:
            return
        if id(items) not in self._active[-1].lists:
            self._active[-1].lists[id(items)] = (items, list(items))

    def fork(self, branches: Sequence[Callable[[], EarlyExit | None]], why: Unresolved) -> EarlyExit | None:
        """Follow each branch from the present state, and merge their results."""
        ends = [self._run_and_revert(branch) for branch in branches]
        open_ends = [end for end in ends if end[0] is None or end[0].how != "raise"] or ends
        self._merge_values([changes for _, changes in open_ends], why)
        self._merge_lists([changes for _, changes in open_ends], why)
        return _merged_exit([early for early, _ in open_ends], why)

    def dry_run(self, branch: Callable[[], Any]) -> None:
        """Follow a branch and revert everything that it changes."""
        self._run_and_revert(branch)

    def _run_and_revert(self, branch: Callable[[], Any]) -> tuple[Any, _Changes]:
        """Follow a branch and revert its changes; return its result and the new values."""
        self._active.append(_Changes(now()))
        try:
            result = branch()
        finally:
            changes = self._active.pop()
        for key, (mapping, before) in changes.values.items():
            changes.values[key] = (mapping, mapping.get(key[1], _ABSENT))
            if before is _ABSENT:
                mapping.pop(key[1], None)
            else:
                mapping[key[1]] = before
        for identity, (items, former) in changes.lists.items():
            changes.lists[identity] = (items, list(items))
            items[:] = former
        return result, changes

    def _merge_values(self, branches: list[_Changes], why: Unresolved) -> None:
        changed = {key: mapping for branch in branches for key, (mapping, _) in branch.values.items()}
        for key, mapping in changed.items():
            before = mapping.get(key[1], _ABSENT)
            ends = [branch.values[key][1] if key in branch.values else before for branch in branches]
            self.put(mapping, key[1], either(ends, why))

    def _merge_lists(self, branches: list[_Changes], why: Unresolved) -> None:
        changed = {identity: items for branch in branches for identity, (items, _) in branch.lists.items()}
        for identity, items in changed.items():
            ends = [
                branch.lists[identity][1] if identity in branch.lists else list(items) for branch in branches
            ]
            first = ends[0]
            if all(same(first, end) for end in ends[1:]):
                self.change(items, first)
            else:
                self.change(items, [*items, why])


def either(values: list[Any], why: Unresolved) -> Any:
    """Return the value if all are the same, else Unresolved; unknown data stays Opaque."""
    known = [value for value in values if value is not _ABSENT]
    if not known:
        return _ABSENT
    if all(same(known[0], value) for value in known[1:]):
        return known[-1]
    unresolved = [value for value in known if isinstance(value, Unresolved)]
    if unresolved:
        return unresolved[0]
    return known[-1] if all(isinstance(value, Opaque) for value in known) else why


def same(one: Any, other: Any, depth: int = 3) -> bool:
    """Whether two values are certainly the same; nested lists are compared down to this depth."""
    if one is other:
        return True
    if isinstance(one, Flow) and isinstance(other, Flow):
        one, other = one.steps, other.steps
    if depth and isinstance(one, list | tuple) and type(one) is type(other):
        pairs = zip(one, other, strict=False)
        return len(one) == len(other) and all(same(left, right, depth - 1) for left, right in pairs)
    simple = isinstance(one, int | float | str | bool | None)
    return simple and type(one) is type(other) and one == other


def joined(early: EarlyExit, end: EarlyExit, why: Unresolved) -> EarlyExit:
    """Merge an uncertain early return with the way in which the function ends otherwise."""
    if end.how == "raise":
        return EarlyExit("return", early.value)
    values = [early.value, end.value] if end.how == "return" else [early.value]
    return EarlyExit("return", either(values, why), end.why if end.how == "return" else early.why)


def _merged_exit(ends: list[EarlyExit | None], why: Unresolved) -> EarlyExit | None:
    """Merge the exits of several branches; None if no branch leaves the block."""
    exits = [end for end in ends if end is not None]
    if not exits:
        return None
    values = [end.value for end in exits if end.how == exits[0].how]
    doubts = [end.why for end in exits if end.why is not None]
    certain = len(values) == len(ends) and not doubts
    return EarlyExit(exits[0].how, either(values, why), None if certain else (doubts or [why])[0])
