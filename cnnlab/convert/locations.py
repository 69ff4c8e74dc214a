"""Locations in messages. The line is a value of the message, so that it can become a line of a cell."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any

from cnnlab.ground.errors import DesignError
from cnnlab.language import N_, Message, Words, lazy

CellOf = Callable[[int], tuple[int, int]]  # from a line of the whole code to its cell and the line in it

_IN_CELLS = {
    "line {line}": N_("cell {cell}, line {line}"),
    "line {line}, {name}": N_("cell {cell}, line {line}, {name}"),
    "Line {line}: {remark}": N_("Cell {cell}, line {line}: {remark}"),
    "Line {line} is not complete Python and was left out: {code}": N_(
        "Cell {cell}, line {line} is not complete Python and was left out: {code}"
    ),
}


def line_name(line: int, name: Words = "") -> Message:
    """Return 'line 7' or 'line 7, Conv2d', as part of a sentence."""
    return lazy("line {line}, {name}", line=line, name=name) if name else lazy("line {line}", line=line)


def on_line(line: int, remark: Words) -> Message:
    """Return a sentence that starts with 'Line 7: '."""
    return lazy("Line {line}: {remark}", line=line, remark=remark)


def unread_line(line: int, code: str) -> Message:
    """Say that a line looks like code but is not."""
    return lazy("Line {line} is not complete Python and was left out: {code}", line=line, code=code)


def in_cells(words: Words, cell_of: CellOf) -> Words:
    """Return the words with each line converted to a line of a cell."""
    if not isinstance(words, Message):
        return words
    text = words.text
    values: dict[str, Any] = {name: in_cells(value, cell_of) for name, value in words.values.items()}
    if text in _IN_CELLS:
        text = _IN_CELLS[text]
        values["cell"], values["line"] = cell_of(words.values["line"])
    return Message(text, values, words.other, words.count)


def error_in_cells(error: DesignError, cell_of: CellOf) -> DesignError:
    """Return the error with its lines converted to lines of cells."""
    moved = copy(error)
    for part in ("problem", "where", "allowed", "repair"):
        setattr(moved, part, in_cells(getattr(error, part), cell_of))
    return moved
