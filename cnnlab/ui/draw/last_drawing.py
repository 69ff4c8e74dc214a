"""The last drawing of each tab. The pad's route stores it here with every request; the pages read it.

So a stroke does not rerun a page's script, and a page opened right after a stroke has the drawing.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import numpy as np

from cnnlab.drawing.ink import Drawing
from cnnlab.ground.cache import LruCache

DRAWING = "drawing"  # on the pages, in place of a data set's name
MAX_TABS = 500  # 20 kB each; the least recently used is dropped first


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is on a tab's pad, as far as the lab knows."""

    drawing: Drawing | None = None  # None for a blank sheet
    known: bool = False  # False until the tab has sent what is on it
    changes: int = 0  # by a pen, an eraser or a photo


class LastDrawings:
    """Drawings by tab. Only tabs that the lab itself opened are stored."""

    def __init__(self, max_tabs: int = MAX_TABS) -> None:
        self._sheets: LruCache[str, Sheet] = LruCache(max_tabs)

    def open_tab(self) -> str:
        """Add a new tab and return its name, which nobody can guess."""
        tab = secrets.token_hex(16)
        self.ensure_tab(tab)
        return tab

    def ensure_tab(self, tab: str) -> None:
        """Add a tab of the lab's again if it has been dropped."""
        self._sheets.update(tab, lambda sheet: sheet or Sheet())

    def put(self, tab: str, drawing: Drawing | None) -> None:
        """Set the tab's drawing."""
        self._sheets.update(tab, lambda sheet: _with_drawing(sheet or Sheet(), drawing))

    def receive(self, tab: str, drawing: Drawing) -> None:
        """Accept a drawing that a browser sent for a tab; ignored if the lab does not know the tab."""
        self._sheets.update(tab, lambda sheet: sheet and _with_drawing(sheet, _none_if_blank(drawing)))

    def remind(self, tab: str, drawing: Drawing) -> None:
        """Accept a drawing that a browser had stored, for a tab that has not sent its sheet yet."""

        def reminded(sheet: Sheet | None) -> Sheet | None:
            return None if sheet is None or sheet.known else Sheet(_none_if_blank(drawing), known=True)

        self._sheets.update(tab, reminded)

    def sheet(self, tab: str) -> Sheet:
        """What is on the tab's pad."""
        return self._sheets.get(tab) or Sheet()

    def of(self, tab: str) -> Drawing | None:
        """The tab's drawing; None for a blank sheet."""
        return self.sheet(tab).drawing


def _with_drawing(before: Sheet, drawing: Drawing | None) -> Sheet:
    return Sheet(drawing, True, before.changes + (not _same(before.drawing, drawing)))


def _none_if_blank(drawing: Drawing) -> Drawing | None:
    return drawing if drawing.ink.any() else None


def _same(one: Drawing | None, other: Drawing | None) -> bool:
    if one is None or other is None:
        return one is other
    return np.array_equal(one.ink, other.ink)


last_drawings = LastDrawings()
