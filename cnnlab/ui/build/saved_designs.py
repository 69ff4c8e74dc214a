"""The dialog *My designs*: what was saved, to be opened, renamed or deleted."""

from __future__ import annotations

import time

import streamlit as st

from cnnlab.ground.errors import LabError
from cnnlab.language import _, lazy
from cnnlab.runs.records import SavedDesign
from cnnlab.ui.app.lab import lab
from cnnlab.ui.build.editor import Editor
from cnnlab.ui.build.gallery import size_text
from cnnlab.ui.shared.fields import name_field
from cnnlab.ui.shared.markdown import escape_markdown
from cnnlab.ui.shared.undo import delete_later, undo_toast
from cnnlab.ui.shared.unreadable_entries import unreadable_entries


def saved_designs_dialog(editor: Editor) -> None:
    """Open the dialog; what it deleted can still be undone on the page when it is closed."""
    st.dialog(_("My designs"), width="large", on_dismiss="rerun")(_saved_designs)(editor)


def show_error(editor: Editor) -> None:
    """Show what went wrong, once."""
    if editor.error:
        st.error(escape_markdown(editor.error), icon=":material/error:")
    editor.error = ""


def _saved_designs(editor: Editor) -> None:
    designs = kept_designs()
    unreadable_entries("design")
    show_error(editor)
    undo_toast()
    if not designs:
        st.markdown(_("Nothing is saved yet. **Save** keeps the design in the editor here, under its name."))
        return
    st.caption(_("Opening one loses nothing: Undo brings back what is in the editor now."))
    names = {saved.name for saved in designs}
    for saved in designs:
        with st.container(border=True):
            _saved_card(editor, saved, names)


def _saved_card(editor: Editor, saved: SavedDesign, names: set[str]) -> None:
    st.text(saved.name)
    about = _("{size}; saved {when}", size=size_text(saved.design), when=_when(saved.updated_at))
    st.caption(escape_markdown(about))
    with st.container(horizontal=True):
        if st.button(
            _("Open"),
            key=f"open_{saved.id}",
            icon=":material/folder_open:",
            on_click=_open_saved,
            args=(editor, saved),
        ):
            st.rerun()
        with st.popover(_("Rename"), icon=":material/edit:"):
            key = f"name_{saved.id}_{saved.name}"
            fits = name_field(_("New name"), saved.name, key, names)
            st.button(
                _("Rename it"),
                key=f"rename_{saved.id}",
                disabled=not fits,
                on_click=_rename_saved,
                args=(editor, saved, key),
            )
        st.button(
            _("Delete"),
            icon=":material/delete:",
            key=f"delete_{saved.id}",
            on_click=_delete_saved,
            args=(saved,),
        )


def kept_designs() -> list[SavedDesign]:
    """All saved designs but those that a person has just deleted, the last changed first."""
    return [each for each in lab().store.designs.all() if not lab().deletions.is_pending(_key(each))]


def _key(saved: SavedDesign) -> str:
    return f"design:{saved.id}"


def _delete_saved(saved: SavedDesign) -> None:
    delete_later(_key(saved), saved.name, lambda: lab().store.designs.delete(saved.id))


def _open_saved(editor: Editor, saved: SavedDesign) -> None:
    editor.saved = saved.design
    editor.open_named(saved.design, saved.name)


def _rename_saved(editor: Editor, saved: SavedDesign, key: str) -> None:
    store = lab().store
    try:
        lab().deletions.finish()  # else the name of what was just deleted would still be taken
        store.designs.rename(saved.id, st.session_state[key] or "")
        renamed = store.designs.get(saved.id)
    except LabError as error:
        editor.error = error
        return
    if editor.saved == saved.design == editor.design:  # it is in the editor, unchanged
        editor.open(renamed.design, lazy("rename to {name}", name=renamed.name))
        editor.saved = editor.design


def _when(moment: float) -> str:
    """'just now', '5 minutes ago', or the day."""
    minutes = (time.time() - moment) / 60
    if minutes < 1:
        return _("just now")
    if minutes < 60:
        return _("{minutes} min ago", minutes=f"{minutes:.0f}")
    return time.strftime(_("%d %B %Y, %H:%M"), time.localtime(moment))
