"""The last drawing of each tab. The pad's route puts it here with every question; the pages read it.

So a stroke costs no run of a page's script, and a page that is opened right after a stroke has it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import numpy as np

from cnnlab.drawing.ink import Drawing
from cnnlab.ground.cache import LruCache

DRAWING = "drawing"  # on the pages, in place of a data set's name
MOST_TABS = 500  # 20 kB each; the tab that drew longest ago is forgotten first


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is on a tab's pad, as far as the lab was told."""

    drawing: Drawing | None = None  # None for a blank sheet
    known: bool = False  # False until the tab says what is on it
    changes: int = 0  # how often a pen, an eraser or a photo changed it


class LastDrawings:
    """Drawings by tab. Only tabs that the lab itself opened have a place."""

    def __init__(self, most: int = MOST_TABS) -> None:
        self._sheets: LruCache[str, Sheet] = LruCache(most)

    def open_tab(self) -> str:
        """A place for a tab that is just opened, under a name that nobody can guess."""
        tab = secrets.token_hex(16)
        self.admit(tab)
        return tab

    def admit(self, tab: str) -> None:
        """A place again for a tab of the lab's that was forgotten over others."""
        self._sheets.update(tab, lambda sheet: sheet or Sheet())

    def put(self, tab: str, drawing: Drawing | None) -> None:
        """The tab's drawing from now on."""
        self._sheets.update(tab, lambda sheet: _drawn(sheet or Sheet(), drawing))

    def take(self, tab: str, drawing: Drawing) -> None:
        """What a browser sent for a tab; left out of account where the lab knows no such tab."""
        self._sheets.update(tab, lambda sheet: sheet and _drawn(sheet, _inked(drawing)))

    def remind(self, tab: str, drawing: Drawing) -> None:
        """What a browser has kept from another time, for a tab that has not said yet what is on its sheet."""

        def reminded(sheet: Sheet | None) -> Sheet | None:
            return None if sheet is None or sheet.known else Sheet(_inked(drawing), known=True)

        self._sheets.update(tab, reminded)

    def sheet(self, tab: str) -> Sheet:
        """What is on the tab's pad."""
        return self._sheets.get(tab) or Sheet()

    def of(self, tab: str) -> Drawing | None:
        """The tab's drawing, None for a blank sheet."""
        return self.sheet(tab).drawing


def _drawn(before: Sheet, drawing: Drawing | None) -> Sheet:
    return Sheet(drawing, True, before.changes + (not _same(before.drawing, drawing)))


def _inked(drawing: Drawing) -> Drawing | None:
    return drawing if drawing.ink.any() else None


def _same(one: Drawing | None, other: Drawing | None) -> bool:
    if one is None or other is None:
        return one is other
    return np.array_equal(one.ink, other.ink)


last_drawings = LastDrawings()
