"""Setting a widget's value before it is drawn."""

from __future__ import annotations

from typing import Any

import streamlit as st


def set_value(key: str, value: Any) -> None:
    """Have the widget with this key show the value, unless it already does.

    Assigning the value it already has would make Streamlit send it to the browser again with each rerun, and
    overwrite what a person typed during that rerun.
    """
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
