"""The page list. A new page is a file in pages/ and a line here."""

from __future__ import annotations

import streamlit as st

from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.navigation import PAGES, leave_if_asked
from cnnlab.ui.draw.reminder import remind_of_drawing

st.set_page_config(page_title="cnnlab", page_icon="🔢", layout="wide")
draw = st.Page(PAGES / "draw.py", title="Draw", icon=":material/draw:", default=True)
page = st.navigation(
    [
        draw,
        st.Page(PAGES / "build.py", title="Build", icon=":material/stacks:"),
        st.Page(PAGES / "train.py", title="Train", icon=":material/play_circle:"),
        st.Page(PAGES / "look_inside.py", title="Look inside", icon=":material/search:"),
    ],
    position="top",
)
leave_if_asked()
page.run()
if page != draw:
    remind_of_drawing()
lab().page_shown.set()
