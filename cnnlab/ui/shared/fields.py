"""What a person types: what is seen is what counts, and what cannot be used is said below the field.

Streamlit's own limits would keep a number that is out of range in the browser, in red, and go on with the
one before. So the fields have none; they take whatever is typed, and the answer says whether it can be used.
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


def number_field(form: FormField, key: str, *, help_text: str = "", label: str = "") -> bool:
    """Draw the field, and below it why what stands in it cannot be used; whether it can.

    Its value lives under `key` in the session state: a float, or None where no number stands there. Whole
    numbers are floats as well, or Streamlit would cut off what makes them broken ones.
    """
    step = 1.0 if form.type == "integer" else _STEPS.get(form.name, 0.05)
    with st.container(gap="xxsmall"):
        st.number_input(
            label or str(form.title), value=None, step=step, format="%g", key=key, help=help_text or None
        )
        try:
            form.checked(st.session_state[key])
        except ConfigError as error:
            words = str(ConfigError(error.problem, allowed=error.allowed))  # without the field: it is above
            _complain(words[0].upper() + words[1:])
            return False
    return True


def name_field(label: str, name: str, key: str, taken: Collection[str]) -> bool:
    """A field for another name; whether what stands in it can be one. `taken`: what others are called."""
    typed = st.text_input(label, name, max_chars=limits.MAX_NAME, key=key)
    try:
        wanted = checked_name(typed or "")
    except LabError as error:
        _complain(_("Allowed: {allowed}.", allowed=error.allowed))
        return False
    if wanted != name and wanted in taken:
        _complain(_("This name is already taken. Choose another name."))
        return False
    return True


def _complain(words: str) -> None:
    st.markdown(f":small[:red[:material/error: {escape_markdown(words)}]]")


# A button that empties a field takes the room in which its number should be seen.
FIELD_STYLE = '<style>[data-testid="stNumberInputClearButton"] { display: none; }</style>'
