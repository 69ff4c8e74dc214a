"""Present mode, for a projector: `?present=1` in the link, kept in the tab."""

from __future__ import annotations

import streamlit as st

_PARAMETER = "present"


def presenting() -> bool:
    """Whether this tab is in present mode: what its link says, else what it said before."""
    if wanted := st.query_params.get(_PARAMETER):
        st.session_state[_PARAMETER] = wanted == "1"
    return bool(st.session_state.get(_PARAMETER, False))


def keep_presenting() -> None:
    """Have the link say it on the other pages too; call at the start of a script run."""
    if presenting() and _PARAMETER not in st.query_params:
        st.query_params[_PARAMETER] = "1"


def switch_present_mode() -> None:
    """Turn it on, or off: the callback of a click."""
    st.session_state[_PARAMETER] = not presenting()
    st.query_params.pop(_PARAMETER, None)
