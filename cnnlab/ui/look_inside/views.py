"""The views of Look inside, and the choice of one. A link may ask for any of them with `view=`."""

from __future__ import annotations

import streamlit as st

from cnnlab.language import Words, _, lazy
from cnnlab.ui.look_inside.address import asked

VIEWS: dict[str, Words] = {
    "one": lazy("One picture"),
    "why": lazy("Why this answer"),
    "fool": lazy("Fool it"),
    "set": lazy("The whole test set"),
}
_KEY = "look_view"


def choose_view() -> str:
    """Return the view that is shown: the one that a link asks for, else the one last chosen."""
    if (wanted := asked("view")) in VIEWS:
        show_view(wanted)
    elif asked("picture"):
        show_view("one")
    st.session_state.setdefault(_KEY, "one")
    chosen = st.segmented_control(
        _("View"),
        list(VIEWS),
        required=True,
        format_func=lambda each: str(VIEWS[each]),
        key=_KEY,
        label_visibility="collapsed",
    )
    return str(chosen)


def show_view(name: str | None) -> None:
    """Have the page show this view from now on."""
    st.session_state[_KEY] = name
