"""The one way to give a widget its value before it is drawn."""

from __future__ import annotations

from typing import Any

import streamlit as st


def set_value(key: str, value: Any) -> None:
    """Have the widget with this key show the value, if it does not already.

    Assigning the value that it has would make Streamlit send it to the browser again with each rerun, and
    overwrite what a person typed while that rerun was under way.
    """
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
