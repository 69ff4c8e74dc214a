"""Where the pages are, and how one leads to another."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

PAGES = Path(__file__).parents[3] / "pages"
_LEAVE = "leave_for"


def leave_for(page: str, **query: str) -> None:
    """Where a click leads, for its callback: leave_for("train", run=run_id).

    Noted here and done by the next script run, whichever that is: a run may be cut off, a note is not.
    """
    st.session_state[_LEAVE] = page, query


def leave_if_asked() -> None:
    """At the beginning of a script run, and of a fragment in which there are such clicks."""
    if asked := st.session_state.pop(_LEAVE, None):
        page, query = asked
        st.switch_page(PAGES / f"{page}.py", query_params=query)
