"""A number that a person types: what is seen is what counts, and what cannot be used is said below it.

Streamlit's own limits would keep a number that is out of range in the browser, in red, and go on with the
one before. So the field has none; it takes whatever is typed, and the answer says whether it can be used.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from cnnlab.errors import ConfigError
from cnnlab.forms import FormField

_STEPS = {
    "learning_rate": 0.0001,
    "weight_decay": 0.0001,
    "l1": 0.0001,
    "beta2": 0.001,
    "clip_norm": 0.5,
}


def number_field(form: FormField, key: str, *, help_text: str = "", label: str = "") -> str:
    """Draw the field; why what stands in it cannot be used, empty where it can.

    Its value lives under `key` in the session state: a float, or None where no number stands there. Whole
    numbers are floats as well, or Streamlit would cut off what makes them broken ones.
    """
    step = 1.0 if form.type == "integer" else _STEPS.get(form.name, 0.05)
    with st.container(gap="xxsmall"):
        st.number_input(
            label or form.title, value=None, step=step, format="%g", key=key, help=help_text or None
        )
        return refusal(form, key)


def refusal(form: FormField, key: str) -> str:
    """Below a field: why what stands in it cannot be used; empty, and nothing is drawn, where it can."""
    try:
        form.checked(st.session_state[key])
    except ConfigError as error:
        st.caption(f":red[:material/error: {error.problem.capitalize()}. Allowed: {error.allowed}.]")
        return str(error)
    return ""


def typed(form: FormField, key: str) -> int | float:
    """The number in the field; raises ConfigError where it cannot be used."""
    value: Any = st.session_state[key]
    return form.checked(value)
