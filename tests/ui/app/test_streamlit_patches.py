"""Clicks run to completion, and the module search path stays what it is."""

from __future__ import annotations

import sys

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.scriptrunner.exec_code import modified_sys_path
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.runtime.state.session_state import SessionState

from cnnlab.ui.app.streamlit_patches import PAGE_LIST, finish_callbacks, keep_path_still
from tests.conftest import ROOT


def interrupted() -> None:
    raise InterruptedError


def test_a_newer_request_waits_for_the_callbacks() -> None:
    """It would have ended the script run before them; afterwards it takes effect again."""
    assert finish_callbacks()
    state = SafeSessionState(SessionState(), interrupted)
    state.on_script_will_rerun(WidgetStates())
    try:
        state["key"] = 1
    except InterruptedError:
        return
    raise AssertionError("newer requests are not heeded any more")


def test_the_patch_is_applied_once() -> None:
    """A second time changes nothing."""
    assert finish_callbacks()
    before = SafeSessionState.on_script_will_rerun
    assert finish_callbacks()
    assert SafeSessionState.on_script_will_rerun is before


def test_a_script_run_leaves_the_path_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the patch Streamlit changes the path: an import in another thread may skip an entry."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = list(sys.path)
    with modified_sys_path(str(PAGE_LIST)):
        assert sys.path != before
    keep_path_still()
    kept = list(sys.path)
    assert kept[: len(before)] == before
    with modified_sys_path(str(PAGE_LIST)):
        assert sys.path == kept


def test_the_server_runs_the_page_list() -> None:
    """app.py names it."""
    assert f'st.App("{PAGE_LIST.relative_to(ROOT).as_posix()}"' in (ROOT / "app.py").read_text("utf-8")
