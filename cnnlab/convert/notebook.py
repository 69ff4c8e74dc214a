"""The code of a Jupyter notebook: its code cells, one after the other."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from typing import Any

from cnnlab.convert.locations import CellOf
from cnnlab.ground import limits
from cnnlab.ground.errors import DesignError
from cnnlab.language import lazy

_CELLS = re.compile(r'"(?:cells|worksheets)"\s*:\s*\[')
_OF_CELLS = re.compile(r'"(?:cell_type|nbformat)"\s*:')
_OTHER_LANGUAGE = re.compile(r"^\s*%%(?!time|timeit|capture|prun|writefile|tensorflow_version)")


def is_notebook(text: str) -> bool:
    """Whether the text looks like a notebook's JSON; it may still be damaged."""
    begins = text.lstrip("\ufeff \t\r\n").startswith("{")
    return begins and _CELLS.search(text) is not None and _OF_CELLS.search(text) is not None


def code_of(text: str) -> tuple[str, CellOf]:
    """Return the code cells as one text, and a function from its lines to lines of cells.

    Raises DesignError if the text is damaged, too large, or has no code.
    """
    size = len(text.encode(errors="replace"))
    if size > limits.MAX_NOTEBOOK_BYTES:
        raise DesignError(
            lazy("the notebook has {size} bytes", size=f"{size:,}"),
            allowed=lazy("at most {most} bytes", most=f"{limits.MAX_NOTEBOOK_BYTES:,}"),
            repair=lazy("Clear its outputs and save it again"),
        )
    try:
        whole = json.loads(text.lstrip("\ufeff \t\r\n"))
    except (ValueError, RecursionError):
        raise DesignError(
            lazy("this begins like a notebook but is incomplete"),
            repair=lazy("Choose the file itself, or paste its code"),
        ) from None
    cells = [_source(cell) for cell in _cells(whole)]
    if not any(cell.strip() for cell in cells):
        raise DesignError(lazy("the notebook has no code"))
    starts, lines = [], 1
    for cell in cells:
        starts.append(lines)
        lines += cell.count("\n") + 1
    return "\n".join(cells), lambda line: _cell_of(line, starts)


def _cell_of(line: int, starts: list[int]) -> tuple[int, int]:
    cell = max(bisect_right(starts, line), 1)
    return cell, line - starts[cell - 1] + 1


def _cells(whole: Any) -> list[dict[str, Any]]:
    """Return the code cells; before version 4 they were in worksheets."""
    sheets = whole.get("worksheets") if isinstance(whole, dict) else None
    holders = [whole, *sheets] if isinstance(sheets, list) else [whole]
    cells = [holder.get("cells") for holder in holders if isinstance(holder, dict)]
    every = [cell for group in cells if isinstance(group, list) for cell in group]
    return [cell for cell in every if isinstance(cell, dict) and cell.get("cell_type") == "code"]


def _source(cell: dict[str, Any]) -> str:
    """Return the code of a cell; a cell in another language, such as %%bash, becomes empty."""
    source = cell.get("source", cell.get("input", ""))
    lines = source if isinstance(source, list) else [source]
    code = "".join(line for line in lines if isinstance(line, str)).replace("\r", "").rstrip("\n")
    return "\n" * code.count("\n") if _OTHER_LANGUAGE.match(code) else code
