"""Clicks run to completion, and the module search path stays what it is."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from streamlit import config
from streamlit.logger import get_logger
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner.exec_code import modified_sys_path
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.runtime.state.session_state import SessionState
from streamlit.testing.v1 import AppTest

from cnnlab.ground.log import NAME, LogFile
from cnnlab.ui.app.script_errors import show_callback_error
from cnnlab.ui.app.streamlit_patches import (
    PAGE_LIST,
    LoopOnDemand,
    finish_callbacks,
    keep_path_still,
    log_streamlit_too,
    make_loops_on_demand,
    survive_callbacks,
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
    named = f'st.App(\n    "{PAGE_LIST.relative_to(ROOT).as_posix()}"'
    assert named in (ROOT / "app.py").read_text("utf-8")


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


@pytest.mark.slow
def test_a_callback_that_fails_is_shown_and_the_script_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is there after the click as before it, and the next click works."""
    name = "_run_callback_and_record_rerun"
    monkeypatch.setattr(SessionState, name, getattr(SessionState, name))  # so that it is put back
    assert survive_callbacks(show_callback_error)

    def script() -> None:
        import streamlit as st

        def click() -> None:
            if not st.session_state.get("mended"):
                raise KeyError("a bug")
            st.session_state["done"] = True

        st.text("the page")
        st.button("click", on_click=click)

    page = AppTest.from_function(script).run()
    page.button[0].click().run()
    assert not page.exception
    assert [each.value for each in page.text] == ["the page"]
    assert "Its log has the details under" in page.toast[0].value
    assert "a bug" not in page.toast[0].value
    page.session_state["mended"] = True
    page.button[0].click().run()
    assert page.session_state["done"]


def test_streamlits_own_errors_are_in_the_log(tmp_path: Path) -> None:
    """Of its loggers and the web server's, known or to come; a script's error is reported elsewhere."""
    assert log_streamlit_too()
    assert log_streamlit_too()
    log = LogFile(tmp_path)
    log.start()
    try:
        for name in ("uvicorn.error", "streamlit.runtime.app_session", "streamlit.error_util", "streamlit.x"):
            get_logger(name).error("an error of %s", name)
            get_logger(name).info("nothing of %s", name)
        get_logger("streamlit.error_util").error("Uncaught app execution")
    finally:
        log.stop()
    get_logger("uvicorn.error").error("after the end")
    lines = (tmp_path / NAME).read_text("utf-8").splitlines()
    assert [line.rpartition(" ")[2] for line in lines] == [
        "uvicorn.error",
        "streamlit.runtime.app_session",
        "streamlit.error_util",
        "streamlit.x",
    ]


def test_streamlit_reports_a_scripts_error_through_its_logger() -> None:
    """Not with rich, past all loggers; and app.py has it shown by us."""
    assert config.get_option("logger.enableRich") is False
    assert "on_script_error=show_script_error" in (ROOT / "app.py").read_text("utf-8")
