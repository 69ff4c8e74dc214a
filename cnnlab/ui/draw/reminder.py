"""On the pages without a pad: the browser sends the drawing that it has kept, where the lab knows of none."""

from __future__ import annotations

from cnnlab.ui.app.state import state
from cnnlab.ui.draw.last_drawing import last_drawings
from cnnlab.ui.shared.components import Component

_reminder = Component("draw/reminder")


def remind_of_drawing() -> None:
    """On a page without a pad: have the browser send the drawing that it keeps, where the lab knows of none.

    The script runs again with it where it is waited for.
    """
    tab = state()
    last_drawings.admit(tab.name)
    data = {"tab": tab.name, "missing": not last_drawings.sheet(tab.name).known, "waited": tab.waits}
    _reminder(key="drawing_reminder", data=data, on_told_change=_nothing)


def _nothing() -> None:
    """The run of the script that follows is all that is wanted."""
