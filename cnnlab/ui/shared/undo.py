"""Deleting with Undo: a message at the foot of the page for ten seconds, and the deletion after that.

`delete_later` in the click's callback, `undo_toast` on the page; lists and menus leave out what
`lab().deletions.is_pending(key)` names (`lab().runs()` does).
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from cnnlab.language import _
from cnnlab.ui.app.deletions import SECONDS, Deletion
from cnnlab.ui.app.lab import lab
from cnnlab.ui.shared.components import asset
from cnnlab.ui.shared.markdown import escape_markdown

_MINE = "deleted_here"  # by key, the titles of what this tab deleted


def delete_later(
    key: str, title: str, delete: Callable[[], object], *, restore: Callable[[], object] | None = None
) -> None:
    """Hide something at once, and delete it in ten seconds unless a person undoes it.

    `key`: "run:ID" or "design:ID". `restore`: what else to do when it is undone.
    """
    lab().deletions.begin(Deletion(key, title, delete, restore or (lambda: None)))
    st.session_state.setdefault(_MINE, {})[key] = title


def undo_toast(remark: str = "", *, on_undo: Callable[[str], None] | None = None) -> None:
    """Show what this tab has just deleted, each with a button to undo that; say what could not be deleted.

    `remark`: a sentence that follows. `on_undo` is called with the key of what is back.
    """
    mine: dict[str, str] = st.session_state.get(_MINE, {})
    for key, title in list(mine.items()):
        if lab().deletions.is_pending(key):
            continue
        del mine[key]
        if error := lab().deletions.failure(key):
            text = _("“{name}” was not deleted: {reason}", name=title, reason=error)
            st.error(escape_markdown(text), icon=":material/error:")
    if not mine:
        return
    st.html(f"<style>{asset('shared/undo.css')} :root {{ --undo-seconds: {SECONDS:g}s; }}</style>")
    with st.container(key="undo_toasts"):
        for key, title in mine.items():
            with st.container(horizontal=True, vertical_alignment="center", key=f"undo_toast_{key}"):
                text = escape(" ".join(filter(None, (_("Deleted “{name}”.", name=title), remark))))
                st.html(f'<span role="status">{text}</span>', width="stretch")
                st.button(
                    _("Undo"), icon=":material/undo:", key=f"undo_{key}", on_click=_undo, args=(key, on_undo)
                )


def _undo(key: str, on_undo: Callable[[str], None] | None) -> None:
    title = st.session_state.get(_MINE, {}).pop(key, "")
    if not lab().deletions.undo(key):
        text = _("Too late: “{name}” has been deleted.", name=title)
        st.toast(escape_markdown(text), icon=":material/info:")
    elif on_undo is not None:
        on_undo(key)
