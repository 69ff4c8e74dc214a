"""The Draw page: a pad, and a network that reads while the pen moves."""

from __future__ import annotations

import streamlit as st

from cnnlab.language import _, lazy
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.state import state
from cnnlab.ui.draw.drawing_pad import drawing_pad
from cnnlab.ui.shared.markdown import escape_markdown
from cnnlab.ui.shared.model_menu import choose_model, choose_rival

HELP = (
    lazy("**Draw** with mouse, pen or finger. What the network says changes while you draw."),
    lazy(
        "**The network sees 28×28 pixels**, prepared as its training pictures were: cropped, fitted, "
        "centered, one line width. Switch a step off and see what it was worth, most of all for a "
        "small digit in a corner."
    ),
    lazy("**Not sure** comes with its reason: two classes are close, or this looks like none of them."),
    lazy("**Photo**: choose a file, drop one on the pad, or paste it. Each step from paper to ink is shown."),
    lazy(
        "**That was a …** keeps the drawing under its name; *Undo* takes it back. With twenty of your "
        "own, *Learn my handwriting* trains this network on three out of five of them for a few seconds "
        "and shows how it reads the others before and after."
    ),
    lazy(
        "**Why 4 and not 9**: orange pixels speak for the one, blue ones for the other. Beside it are the "
        "pictures most similar for the network, and whether it learned from them; frames and lines on the "
        "layers show the maps that said most for the answer."
    ),
    lazy(
        "**Below**: what each layer makes of your drawing. Orange is above zero, blue below. Point at a "
        "tile to see its numbers."
    ),
    lazy("**The drawing stays** in this browser, also when the tab is closed; *Clear* removes it."),
    lazy(
        "**Keyboard**: reach the pad with Tab. Arrow keys move, Space puts the pen down or up, Esc "
        "clears, Ctrl+Z undoes, Ctrl+Y redoes, a digit says what it was. *Cells* opens the sheet as "
        "28×28 cells: arrow keys move, Space fills or empties."
    ),
)


def draw_page() -> None:
    """Menu, pad and answer; everything except the menu is inside the pad's component."""
    tab = state()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        choice = choose_model(lab().store, tab)
        rival = choose_rival(lab().store, choice)
        with st.popover(_("How it works"), icon=":material/help:"):
            st.markdown("\n".join(f"- {point}" for point in HELP))
    st.caption(escape_markdown(choice.about))
    drawing_pad(choice, rival, tab.name)
