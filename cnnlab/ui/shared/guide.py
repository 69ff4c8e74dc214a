"""What a screen says about itself: the help behind a button, and a hint for its first visitor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from cnnlab.language import Words, _, lazy

Keys = tuple[Words, Words]  # the names of keys, and what they do


@dataclass(frozen=True, slots=True)
class Hint:
    """The first thing to do on a screen, pointed at in the browser until it was done once.

    `anchor` and `area` are CSS selectors, also of elements in components: what the hint points at, and where
    one of the `events` means that the thing was done.
    """

    text: Words
    anchor: str
    area: str
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Guide:
    """The points are Markdown. A screen that is found out by looking needs no hint."""

    points: Sequence[Words]
    keys: Sequence[Keys] = ()
    hint: Hint | None = None


EVERYWHERE: Sequence[Keys] = (
    (lazy("Alt+P"), lazy("present mode, for a projector: on or off")),
    (lazy("← →, Page Up, Page Down"), lazy("in present mode: the layer or part before, the next one")),
    (lazy("1 to 4"), lazy("in present mode: Draw, Build, Train, Look inside")),
    (lazy("Esc"), lazy("ends present mode")),
)


def help_button(guide: Guide) -> None:
    """A button that opens what a screen can do, in plain words, and a table of the keyboard's commands."""
    with st.popover(_("How it works"), icon=":material/help:", type="tertiary", key="help"):
        st.markdown("\n".join(f"- {point}" for point in guide.points))
        rows = "".join(
            f'<tr><th scope="row">{escape(str(names))}</th><td>{escape(str(effect))}</td></tr>'
            for names, effect in (*guide.keys, *EVERYWHERE)
        )
        caption = f"<caption>{escape(_('On the keyboard'))}</caption>"
        st.html(f'<table class="keys" tabindex="0">{caption}{rows}</table>')  # in focus it can be scrolled
