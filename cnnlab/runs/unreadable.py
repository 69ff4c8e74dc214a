"""Entries of the database that this lab cannot read: passed over, named, kept, to be exported or deleted.

There may be one where somebody went back to an older lab, or where a file was damaged.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, TypeVar

from cnnlab.ground.errors import RunError
from cnnlab.language import lazy

_log = logging.getLogger(__name__)
T = TypeVar("T")
Kind = Literal["run", "design"]
_logged: set[tuple[str, str, str]] = set()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An entry, why it cannot be read, and all of it as text."""

    kind: Kind
    id: str
    name: str
    reason: str  # of whatever read it, in English
    raw: str  # JSON: the columns of its row


class UnreadableError(RunError):
    """An entry was asked for that cannot be read."""


@contextmanager
def reading(row: sqlite3.Row) -> Iterator[None]:
    """Around whatever makes something of a row; raises UnreadableError where that is not possible."""
    try:
        yield
    except Exception as error:  # a row may hold anything
        problem = lazy("this entry cannot be read ({error})", error=_reason(error))
        raise UnreadableError(
            problem, where=str(row["name"]), repair=lazy("A newer lab may have written it")
        ) from error


def readable(
    kind: Kind, rows: list[sqlite3.Row], read: Callable[[sqlite3.Row], T]
) -> tuple[list[T], list[Unreadable]]:
    """What can be read of the rows, and what cannot; each of these is logged once."""
    found, failed = [], []
    for row in rows:
        try:
            found.append(read(row))
        except UnreadableError as error:
            failed.append(_unreadable(kind, row, error))
    return found, failed


def _unreadable(kind: Kind, row: sqlite3.Row, error: UnreadableError) -> Unreadable:
    name, reason = str(row["name"]), _reason(error.__cause__ or error)
    raw = json.dumps(dict(row), ensure_ascii=False, default=repr, indent=2)
    entry = Unreadable(kind, str(row["id"]), name, reason, raw)
    if (kind, entry.id, reason) not in _logged:
        _logged.add((kind, entry.id, reason))
        _log.warning("%s %r (%s) cannot be read and is passed over: %s", kind, name, entry.id, reason)
    return entry


def _reason(error: BaseException) -> str:
    """The first line of what went wrong, and of a validation's report the first thing that did."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return ": ".join(lines[:3])[:200] or type(error).__name__
