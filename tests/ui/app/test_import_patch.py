"""The path along which modules are looked for stays what it is while pages begin and end."""

from __future__ import annotations

import sys

import pytest
from streamlit.runtime.scriptrunner.exec_code import modified_sys_path

from cnnlab.ui.app.import_patch import PAGE_LIST, keep_path_still
from tests.conftest import ROOT


def test_a_script_run_leaves_the_path_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it Streamlit changes the path: an import in another thread may pass over an entry."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = list(sys.path)
    with modified_sys_path(str(PAGE_LIST)):
        assert sys.path != before
    keep_path_still()
    kept = list(sys.path)
    assert kept[: len(before)] == before
    with modified_sys_path(str(PAGE_LIST)):
        assert sys.path == kept


def test_it_is_the_page_list_that_the_server_runs() -> None:
    """app.py names it."""
    assert f'st.App("{PAGE_LIST.relative_to(ROOT).as_posix()}"' in (ROOT / "app.py").read_text("utf-8")
