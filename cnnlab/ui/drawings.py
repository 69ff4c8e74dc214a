"""The last drawing of each tab. The pad's route puts it here with every question; the pages read it.

So a stroke costs no run of a page's script, and a page that is opened right after a stroke has it.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict

from cnnlab.drawing import Ink

MOST_TABS = 500  # 20 kB each; the tab that drew longest ago is forgotten first


class LastDrawings:
    """Ink by tab. Only tabs that the lab itself opened have a place."""

    def __init__(self, most: int = MOST_TABS) -> None:
        self._most = most
        self._turn = threading.Lock()
        self._ink: OrderedDict[str, Ink | None] = OrderedDict()

    def open_tab(self) -> str:
        """A place for a tab that is just opened, under a name that nobody can guess."""
        tab = secrets.token_hex(16)
        self.put(tab, None)
        return tab

    def put(self, tab: str, ink: Ink | None) -> None:
        """The tab's drawing from now on."""
        with self._turn:
            self._ink[tab] = ink
            self._ink.move_to_end(tab)
            while len(self._ink) > self._most:
                self._ink.popitem(last=False)

    def take(self, tab: str, ink: Ink) -> None:
        """What a browser sent for a tab; left out of account where the lab knows no such tab."""
        if tab in self._ink:
            self.put(tab, ink if ink.any() else None)

    def of(self, tab: str) -> Ink | None:
        """The tab's drawing, None for a blank sheet."""
        with self._turn:
            return self._ink.setdefault(tab, None)


last_drawings = LastDrawings()
