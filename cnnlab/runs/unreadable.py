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

from pydantic import ValidationError

from cnnlab.design.strict_json import design_error
from cnnlab.ground.errors import LabError, RunError
from cnnlab.language import Words, lazy

_log = logging.getLogger(__name__)
T = TypeVar("T")
Kind = Literal["run", "design", "event", "command", "weights", "state", "inspection"]
_logged: set[tuple[str, str]] = set()  # kind and id


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An entry, why it cannot be read, and all of it as text."""

    kind: Kind
    id: str  # for people and pages
    name: Words
    reason: Words
    raw: str  # JSON: the columns of its row
    run: str = ""  # of which it is a record; empty for runs and designs
    key: str | bytes = ""  # the id as it is on record, which may not be text; of runs and designs


class UnreadableError(RunError):
    """An entry was asked for that cannot be read."""


@contextmanager
def reading(row: sqlite3.Row) -> Iterator[None]:
    """Around whatever makes something of a row; raises UnreadableError where that is not possible."""
    try:
        require_text(row)
        yield
    except Exception as error:  # a row may hold anything
        problem = lazy("this entry cannot be read ({error})", error=reason_of(error))
        raise UnreadableError(
            problem, where=_shown(row["name"]), repair=lazy("A newer lab may have written it")
        ) from error


def require_text(row: sqlite3.Row) -> None:
    """Raises RunError where a column holds bytes: no column does, except in the place of text."""
    for name in row.keys():  # noqa: SIM118 - a row iterates over its values
        if isinstance(row[name], bytes):
            raise RunError(lazy("{column} is not UTF-8 text", column=name))


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
    name, reason = _shown(row["name"]), reason_of(error.__cause__ or error)
    entry = Unreadable(kind, _shown(row["id"]), name, reason, raw_json(dict(row)), key=row["id"])
    if (kind, entry.id) not in _logged:
        _logged.add((kind, entry.id))
        _log.warning("%s %r (%s) cannot be read and is passed over: %s", kind, name, entry.id, reason)
    return entry


def _shown(value: object) -> str:
    """A column's value for people, whatever it is."""
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else str(value)


def raw_json(columns: object) -> str:
    """Rows as they are on record; bytes that are not text as hexadecimal digits."""
    return json.dumps(columns, ensure_ascii=False, default=_hex, indent=2)


def _hex(value: object) -> object:
    return {"hex": value.hex()} if isinstance(value, bytes) else repr(value)


def reason_of(error: BaseException) -> Words:
    """What went wrong first, in words for people where there are any."""
    if isinstance(error, ValidationError):
        return design_error(error, whole=error.title).as_message()
    if isinstance(error, LabError):
        return error.as_message()
    if isinstance(error, json.JSONDecodeError):
        return lazy("this is not valid JSON ({reason})", reason=str(error))
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:200] if lines else type(error).__name__
