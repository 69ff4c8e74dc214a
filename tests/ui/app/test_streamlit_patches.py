"""Clicks run to completion, and the module search path stays what it is."""

from __future__ import annotations

import asyncio
import sys

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner.exec_code import modified_sys_path
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.runtime.state.session_state import SessionState

from cnnlab.ui.app.streamlit_patches import (
    PAGE_LIST,
    LoopOnDemand,
    finish_callbacks,
    keep_path_still,
    make_loops_on_demand,
)
from tests.conftest import ROOT


def interrupted() -> None:
    raise InterruptedError


def test_a_newer_request_waits_for_the_callbacks() -> None:
    """It would otherwise end the script run before them; after them it takes effect."""
    assert finish_callbacks()
    state = SafeSessionState(SessionState(), interrupted)
    state.on_script_will_rerun(WidgetStates())
    try:
        state["key"] = 1
    except InterruptedError:
        return
    raise AssertionError("newer requests no longer take effect")


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


def test_a_sessions_event_loop_works_when_it_is_used() -> None:
    """It opens its descriptors only then, and closes them in the end."""
    loop = LoopOnDemand()  # type: ignore[abstract]
    asyncio.set_event_loop(loop)
    try:
        assert not loop.is_running()
        assert asyncio.get_event_loop().run_until_complete(asyncio.sleep(0, "done")) == "done"
        assert loop.real().is_running() is False
    finally:
        asyncio.set_event_loop(None)
        loop.close()
    assert loop.is_closed()
    assert loop.real().is_closed()


def test_a_session_gets_a_loop_on_demand() -> None:
    """This version of Streamlit can be patched; a second time changes nothing."""
    assert make_loops_on_demand()
    before = AppSession.__init__
    assert make_loops_on_demand()
    assert AppSession.__init__ is before
