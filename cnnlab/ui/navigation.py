"""Where the pages are, and how one leads to another."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import streamlit as st

PAGES = Path(__file__).parents[2] / "pages"


def go(page: str, **query: str) -> NoReturn:
    """Leave for another page: go("train", run=run_id)."""
    st.switch_page(PAGES / f"{page}.py", query_params=query)
