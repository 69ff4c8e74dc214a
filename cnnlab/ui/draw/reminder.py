"""On pages without a pad, the browser sends its stored drawing if the lab has none."""

from __future__ import annotations

from cnnlab.ui.app.state import state
from cnnlab.ui.draw.last_drawing import last_drawings
from cnnlab.ui.shared.components import Component

_reminder = Component("draw/reminder")


def remind_of_drawing() -> None:
    """On a page without a pad, have the browser send its stored drawing if the lab has none.

    If the page is waiting for it, the script then runs again.
    """
    tab = state()
    last_drawings.ensure_tab(tab.name)
    data = {"tab": tab.name, "missing": not last_drawings.sheet(tab.name).known, "waited": tab.waits}
    _reminder(key="drawing_reminder", data=data, on_sent_change=_nothing)


def _nothing() -> None:
    """Do nothing: all that is needed is the script run that follows."""
