"""What stands around every screen: the list of screens, the heading, and the switches of the top bar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import streamlit as st

from cnnlab.language import Words, _
from cnnlab.ui.app.navigation import PAGES, go_if_requested
from cnnlab.ui.app.viewer_language import language_switch
from cnnlab.ui.shared.guide import Guide, Hint, help_button
from cnnlab.ui.shared.present import keep_presenting, presenting, switch_present_mode
from cnnlab.ui.shared.shell import shell_script


@dataclass(frozen=True, slots=True)
class Screen:
    """`name`: of its file in pages/; `icon`: a Material Symbol."""

    name: str
    title: Words
    icon: str
    guide: Guide


def show_shell(screens: Sequence[Screen]) -> tuple[Screen, Callable[[], None]]:
    """Show the shell of the screen in the address, the first one by default; return it and what shows it.

    The list is ours and not Streamlit's, which folds it into a side bar on a phone.
    """
    st.set_page_config(page_icon="🔢", layout="wide")  # first, so that nothing moves to its place later
    pages = [_page(each, each is screens[0]) for each in screens]
    page = st.navigation(pages, position="hidden")
    index = pages.index(page)
    st.set_page_config(page_title=f"{page.title} · cnnlab")
    go_if_requested()
    keep_presenting()
    with st.container(key="screens", horizontal=True):
        for each in pages:
            st.page_link(each)
    with st.container(key="heading"):
        st.html(f'<h1 class="screen-title">{escape(page.title)}</h1>')
    with st.container(key="bar", horizontal=True, vertical_alignment="center"):
        help_button(screens[index].guide)
        _present_button()
        language_switch()
    shell_script(_script_data(screens[index], index))
    return screens[index], page.run


def _page(screen: Screen, is_default: bool) -> st.Page:
    icon = f":material/{screen.icon}:"
    return st.Page(PAGES / f"{screen.name}.py", title=str(screen.title), icon=icon, default=is_default)


def _present_button() -> None:
    is_on = presenting()
    st.button(
        _("Stop presenting") if is_on else _("Present"),
        key="presenting",
        icon=":material/close:" if is_on else ":material/slideshow:",
        type="tertiary",
        help=_("Larger, and nothing but the lesson: for a projector (Alt+P)."),
        on_click=switch_present_mode,
    )


def _script_data(screen: Screen, index: int) -> dict[str, Any]:
    return {
        "screens": {"label": _("Screens"), "current": index},
        "present": presenting(),
        "hint": _hint_data(screen.name, screen.guide.hint) if screen.guide.hint else None,
    }


def _hint_data(name: str, hint: Hint) -> dict[str, Any]:
    return {
        "name": name,
        "text": str(hint.text),
        "anchor": hint.anchor,
        "area": hint.area,
        "events": hint.events,
    }
