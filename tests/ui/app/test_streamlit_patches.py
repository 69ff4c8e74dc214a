"""A click's callback runs to its end, whatever else is asked of the page meanwhile."""

from __future__ import annotations

from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.runtime.state.session_state import SessionState

from cnnlab.ui.app.streamlit_patches import finish_callbacks


def interrupted() -> None:
    raise InterruptedError


def test_a_newer_request_waits_for_the_callbacks() -> None:
    """It would have ended the run before them; afterwards it is heeded again."""
    assert finish_callbacks()
    state = SafeSessionState(SessionState(), interrupted)
    state.on_script_will_rerun(WidgetStates())
    try:
        state["key"] = 1
    except InterruptedError:
        return
    raise AssertionError("newer requests are not heeded any more")


def test_it_is_done_once() -> None:
    """A second time changes nothing."""
    assert finish_callbacks()
    before = SafeSessionState.on_script_will_rerun
    assert finish_callbacks()
    assert SafeSessionState.on_script_will_rerun is before
