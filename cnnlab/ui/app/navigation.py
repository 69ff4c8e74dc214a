"""The folder of the pages, and navigation between them."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

PAGES = Path(__file__).parents[3] / "pages"
_REQUESTED = "requested_page"


def go_to(page: str, **query: str) -> None:
    """Request another page, as the callback of a click: go_to("train", run=run_id).

    The next script run goes there, whichever that is: a script run may be cut off, the request stays.
    """
    st.session_state[_REQUESTED] = page, query


def go_if_requested() -> None:
    """Go to a requested page; call at the start of a script run, and of a fragment with such clicks."""
    if requested := st.session_state.pop(_REQUESTED, None):
        page, query = requested
        st.switch_page(PAGES / f"{page}.py", query_params=query)
