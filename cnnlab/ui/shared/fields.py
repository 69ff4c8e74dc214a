"""Input fields: what is seen is what counts, and invalid input is explained below the field.

With Streamlit's own limits, a number out of range stays in the browser, in red, while the previous one is
used. So our fields set no limits; they accept whatever is typed, and return whether it is valid.
"""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st

from cnnlab.design.forms import FormField
from cnnlab.ground import limits
from cnnlab.ground.errors import ConfigError, LabError
from cnnlab.language import _
from cnnlab.runs.designs import checked_name
from cnnlab.ui.shared.markdown import escape_markdown

_STEPS = {
    "learning_rate": 0.0001,
    "weight_decay": 0.0001,
    "l1": 0.0001,
    "beta2": 0.001,
    "clip_norm": 0.5,
}


def number_field(
    form: FormField, key: str, *, help_text: str = "", label: str = "", can_be_off: bool = False
) -> bool:
    """Draw the field, and below it the problem with its value, if any; returns whether the value is valid.

    The value is under `key` in the session state: a float, or None if the field has no number. Integer
    settings are floats as well: otherwise Streamlit would cut off the fraction without a word.
    `can_be_off`: an empty field is no mistake but stands for 0, and says "off".
    """
    step = 1.0 if form.type == "integer" else _STEPS.get(form.name, 0.05)
    with st.container(gap="xxsmall"):
        typed = st.number_input(
            label or str(form.title),
            value=None,
            step=step,
            format="%g",
            key=key,
            help=help_text or None,
            placeholder=_("off") if can_be_off else None,
        )
        try:
            form.checked(0.0 if can_be_off and typed is None else typed)
        except ConfigError as error:
            text = str(ConfigError(error.problem, allowed=error.allowed))  # without the field's name
            _show_problem(text[0].upper() + text[1:])
            return False
    return True


def name_field(label: str, name: str, key: str, taken: Collection[str]) -> bool:
    """A field for a new name; returns whether the name is valid. `taken`: the names of others."""
    typed = st.text_input(label, name, max_chars=limits.MAX_NAME, key=key)
    try:
        new_name = checked_name(typed or "")
    except LabError as error:
        _show_problem(_("Allowed: {allowed}.", allowed=error.allowed))
        return False
    if new_name != name and new_name in taken:
        _show_problem(_("This name is already taken. Choose another name."))
        return False
    return True


def _show_problem(text: str) -> None:
    st.markdown(f":small[:red[:material/error: {escape_markdown(text)}]]")
