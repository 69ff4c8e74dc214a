"""An error that a page's script does not handle: a sentence instead of what could not be shown.

All else on the page stays, and so does the navigation.
"""

from __future__ import annotations

import logging

import streamlit as st

from cnnlab.ground.errors import LabError
from cnnlab.ground.log import explained
from cnnlab.language import Words, lazy, sentences
from cnnlab.ui.shared.markdown import escape_markdown

_log = logging.getLogger(__name__)
_GO_ON = lazy("Nothing that was saved is lost: reload the page, or go on with another one.")
_TRY_AGAIN = lazy("The click had no effect, or only half of one. Nothing that was saved is lost: try again.")


def show_script_error(error: Exception) -> bool:
    """Show it where the script, or a fragment, broke off (st.App's on_script_error); True: it is shown."""
    st.error(_text(error, "a page's script", _GO_ON), icon=":material/error:")
    return True


def show_callback_error(error: Exception) -> None:
    """Show it above the page, whose script now runs as after any click."""
    st.toast(_text(error, "what a click calls", _TRY_AGAIN), icon=":material/error:", duration="infinite")


def _text(error: Exception, where: str, advice: Words) -> str:
    if isinstance(error, LabError):
        _log.warning("in %s", where, exc_info=error)
    return escape_markdown(sentences((str(explained(error, where)), advice)))
