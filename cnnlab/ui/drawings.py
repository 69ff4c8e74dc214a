"""The last drawing of each tab. The pad's route puts it here with every question; the pages read it.

So a stroke costs no run of a page's script, and a page that is opened right after a stroke has it.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict

from cnnlab.drawing import Drawing

MOST_TABS = 500  # 20 kB each; the tab that drew longest ago is forgotten first


class LastDrawings:
    """Drawings by tab. Only tabs that the lab itself opened have a place."""

    def __init__(self, most: int = MOST_TABS) -> None:
        self._most = most
        self._turn = threading.Lock()
        self._drawings: OrderedDict[str, Drawing | None] = OrderedDict()

    def open_tab(self) -> str:
        """A place for a tab that is just opened, under a name that nobody can guess."""
        tab = secrets.token_hex(16)
        self.put(tab, None)
        return tab

    def put(self, tab: str, drawing: Drawing | None) -> None:
        """The tab's drawing from now on."""
        with self._turn:
            self._drawings[tab] = drawing
            self._drawings.move_to_end(tab)
            while len(self._drawings) > self._most:
                self._drawings.popitem(last=False)

    def take(self, tab: str, drawing: Drawing) -> None:
        """What a browser sent for a tab; left out of account where the lab knows no such tab."""
        if tab in self._drawings:
            self.put(tab, drawing if drawing.ink.any() else None)

    def of(self, tab: str) -> Drawing | None:
        """The tab's drawing, None for a blank sheet."""
        with self._turn:
            return self._drawings.setdefault(tab, None)


last_drawings = LastDrawings()
