"""Entries of the database that cannot be read: what they are called, and what can be done with them."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from cnnlab.ground.errors import LabError
from cnnlab.language import _, plural
from cnnlab.runs.unreadable import Kind, Unreadable
from cnnlab.ui.app.lab import lab
from cnnlab.ui.shared.markdown import escape_markdown


def unreadable_entries(kind: Kind, run_id: str | None = None) -> None:
    """Nothing where all can be read; else one line that unfolds.

    `run_id`: a run whose own records are looked at as well.
    """
    entries = [entry for entry in lab().store.unreadable() if entry.kind == kind]
    if run_id is not None:
        with suppress(LabError):  # it has just been deleted
            entries += lab().store.unreadable_records(run_id)
    if not entries:
        return
    title = plural("{count} entry cannot be read", "{count} entries cannot be read", len(entries))
    with st.expander(title, icon=":material/warning:", key=f"unreadable_{kind}"):
        st.caption(_("A newer lab may have written it, or the file was damaged. It is kept as it is."))
        for entry in entries:
            _entry(entry)


def _entry(entry: Unreadable) -> None:
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(f"**{escape_markdown(str(entry.name))}**  \n{escape_markdown(str(entry.reason))}")
        st.download_button(
            _("Export it"),
            entry.raw,
            file_name=f"{entry.kind}-{entry.id}.json",
            mime="application/json",
            key=f"export_{entry.id}",
            on_click="ignore",
        )
        with st.popover(_("Delete"), icon=":material/delete:"):
            st.text(_("Delete “{name}” for good?", name=entry.name))
            st.button(
                _("Delete it"), type="primary", key=f"discard_{entry.id}", on_click=_delete, args=(entry,)
            )


def _delete(entry: Unreadable) -> None:
    try:
        lab().store.delete_unreadable(entry)
    except (LabError, OSError) as error:
        st.toast(escape_markdown(str(error)), icon=":material/error:")
