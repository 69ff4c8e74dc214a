"""Where something stands. The line is a value of the words: of a notebook it becomes that of a cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnnlab.ground.errors import DesignError
from cnnlab.language import N_, Message, Words, lazy

CellOf = Callable[[int], tuple[int, int]]  # a line of all code to the number of its cell, and the line there

_IN_CELLS = {
    "line {line}": N_("cell {cell}, line {line}"),
    "line {line}, {name}": N_("cell {cell}, line {line}, {name}"),
    "Line {line}: {remark}": N_("Cell {cell}, line {line}: {remark}"),
    "Line {line} is not complete Python and was left out: {code}": N_(
        "Cell {cell}, line {line} is not complete Python and was left out: {code}"
    ),
}


def line_name(line: int, name: Words = "") -> Message:
    """'line 7', or 'line 7, Conv2d': the end of a sentence, or a part of it."""
    return lazy("line {line}, {name}", line=line, name=name) if name else lazy("line {line}", line=line)


def on_line(line: int, remark: Words) -> Message:
    """'Line 7: ' and a sentence."""
    return lazy("Line {line}: {remark}", line=line, remark=remark)


def unread_line(line: int, code: str) -> Message:
    """A line that looks like code and is none."""
    return lazy("Line {line} is not complete Python and was left out: {code}", line=line, code=code)


def in_cells(words: Words, cell_of: CellOf) -> Words:
    """The same words, each line in them told as the line of a cell."""
    if not isinstance(words, Message):
        return words
    text = words.text
    values: dict[str, Any] = {name: in_cells(value, cell_of) for name, value in words.values.items()}
    if text in _IN_CELLS:
        text = _IN_CELLS[text]
        values["cell"], values["line"] = cell_of(words.values["line"])
    return Message(text, values, words.other, words.count)


def error_in_cells(error: DesignError, cell_of: CellOf) -> DesignError:
    """The same error, its lines told as lines of cells."""
    parts = (error.problem, error.where, error.allowed, error.repair)
    problem, where, allowed, repair = (in_cells(part, cell_of) for part in parts)
    return DesignError(problem, where=where, allowed=allowed, repair=repair)
