"""The list of pages. A new page is a file in pages/ and a line here."""

from __future__ import annotations

import streamlit as st

from cnnlab.language import _
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.navigation import PAGES, go_if_requested
from cnnlab.ui.app.viewer_language import choose_language, language_switch
from cnnlab.ui.draw.reminder import remind_of_drawing

st.set_page_config(page_title="cnnlab", page_icon="🔢", layout="wide")
choose_language()
draw = st.Page(PAGES / "draw.py", title=_("Draw"), icon=":material/draw:", default=True)
page = st.navigation(
    [
        draw,
        st.Page(PAGES / "build.py", title=_("Build"), icon=":material/stacks:"),
        st.Page(PAGES / "train.py", title=_("Train"), icon=":material/play_circle:"),
        st.Page(PAGES / "look_inside.py", title=_("Look inside"), icon=":material/search:"),
    ],
    position="top",
)
go_if_requested()
language_switch()
page.run()
if page != draw:
    remind_of_drawing()
lab().page_shown.set()
