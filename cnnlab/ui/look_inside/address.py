"""What the Look inside page shows, in its address, beside the `run=` of all pages.

`?epoch=&picture=&scale=&with=&with_epoch=` for one picture, with `view=why` for the reasons of its answer,
`view=fool` for attacks on it; `?epoch=&data=&view=set` for the whole test set. So a reload and a link show
the same. What is usual is left out.
"""

from __future__ import annotations

import streamlit as st

_NAMES = ("view", "epoch", "data", "picture", "scale", "with", "with_epoch")
_WRITTEN = "look_in_address"  # what the page last wrote there, by name


def asked(name: str) -> str | None:
    """What the address asks for; None if it only says what the page itself has written."""
    value = st.query_params.get(name)
    written: dict[str, str] = st.session_state.get(_WRITTEN, {})
    return value if value and value != written.get(name) else None


def write(**values: str | None) -> None:
    """Put what is shown into the address; what has no value is left out."""
    st.session_state[_WRITTEN] = {name: value for name, value in values.items() if value is not None}
    for name in _NAMES:
        value = values.get(name)
        if value is None:
            st.query_params.pop(name, None)
        elif st.query_params.get(name) != value:
            st.query_params[name] = value
