"""The Draw page: a pad, and a network that reads while the pen moves."""

from __future__ import annotations

import streamlit as st

from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.state import state
from cnnlab.ui.draw.drawing_pad import drawing_pad
from cnnlab.ui.shared.markdown import escape_markdown
from cnnlab.ui.shared.model_menu import choose_model, choose_rival


def draw_page() -> None:
    """Menu, pad and answer; everything except the menu is inside the pad's component."""
    tab = state()
    with st.container(horizontal=True, vertical_alignment="bottom", key="draw_menus"):
        choice = choose_model(lab().store, tab)
        rival = choose_rival(lab().store, choice)
    with st.container(key="draw_about"):
        st.caption(escape_markdown(choice.about))
    drawing_pad(choice, rival, tab.name)
