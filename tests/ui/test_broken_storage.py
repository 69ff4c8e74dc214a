"""Whatever is wrong with the home folder: pages and routes say why, and never where it lies.

Each fault is found by the first click or request after it. What is unexpected has an id that finds its entry.
"""

from __future__ import annotations

import base64
import errno
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import MessageToJson  # type: ignore[import-untyped]
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.state.session_state import SessionState
from streamlit.testing.v1 import AppTest

from cnnlab.ground.errors import LabError
from cnnlab.language import lazy
from cnnlab.runs.locks import FileLock
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.script_errors import show_callback_error, show_script_error
from cnnlab.ui.app.streamlit_patches import survive_callbacks
from tests.conftest import ROOT
from tests.ui.asgi import ask
from tests.ui.draw.test_classify_route import INK

pytestmark = pytest.mark.slow
PAGES = ("draw", "build", "train", "look_inside")
CLICKS = 12  # of a page's buttons


# ---- faults: they happen while the lab is open


def no_permission(home: Path, patch: pytest.MonkeyPatch) -> None:
    """As for somebody who is not an administrator (who may write everywhere)."""
    refuse(patch, PermissionError(errno.EACCES, "Permission denied", str(home / "write.lock")))


def full_disk(home: Path, patch: pytest.MonkeyPatch) -> None:
    """No room, not even for a lock."""
    refuse(patch, OSError(errno.ENOSPC, "No space left on device", str(home / "write.lock")))


def refuse(patch: pytest.MonkeyPatch, error: OSError) -> None:
    def acquire(*_: object, **__: object) -> bool:
        raise error

    patch.setattr(FileLock, "acquire", acquire)


def folder_for_a_file(home: Path, _patch: pytest.MonkeyPatch) -> None:
    """An operating system's own words, with the path."""
    (home / "write.lock").unlink()
    (home / "write.lock").mkdir()


@contextmanager
def broken(fault: str, home: Path) -> Iterator[None]:
    """The fault, for the length of a block; a lab can be closed after it."""
    with pytest.MonkeyPatch.context() as patch:
        FAULTS[fault](home, patch)
        try:
            yield
        finally:
            if (home / "write.lock").is_dir():
                (home / "write.lock").rmdir()


def damaged_database(home: Path, _patch: pytest.MonkeyPatch) -> None:
    """Its pages are gone from memory and from the disk."""
    base = lab().store._base
    base.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    base.rows("PRAGMA shrink_memory")
    (home / "lab.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 100_000)


def missing_files(home: Path, _patch: pytest.MonkeyPatch) -> None:
    """The weights and the drawings."""
    shutil.rmtree(home / "runs")
    shutil.rmtree(home / "drawings", ignore_errors=True)
    (home / "runs").write_text("not a folder")
    (home / "drawings").write_text("neither is this")


def bug(_home: Path, patch: pytest.MonkeyPatch) -> None:
    """An exception that nobody expects, with a path in it."""

    def rows(*_: object) -> Any:
        raise ValueError(f"unexpected: {lab().home / 'lab.db'}")

    patch.setattr("cnnlab.runs.database.Database.rows", rows)


FAULTS: dict[str, Callable[[Path, pytest.MonkeyPatch], None]] = {
    "no permission": no_permission,
    "full disk": full_disk,
    "a folder for a file": folder_for_a_file,
    "damaged database": damaged_database,
    "missing files": missing_files,
    "bug": bug,
}


# ---- pages


@pytest.fixture
def as_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors of scripts and clicks are shown as app.py has the server show them."""
    started = ScriptRunner.__init__

    def start(self: ScriptRunner, *args: Any, **options: Any) -> None:
        started(self, *args, **options | {"on_script_error": show_script_error})

    monkeypatch.setattr(ScriptRunner, "__init__", start)
    name = "_run_callback_and_record_rerun"
    monkeypatch.setattr(SessionState, name, getattr(SessionState, name))  # so that it is put back
    assert survive_callbacks(show_callback_error)


def texts(app: AppTest) -> str:
    """All that the browser is sent, without what escapes Markdown."""

    def walk(node: Any) -> Iterator[str]:
        if (proto := getattr(node, "proto", None)) is not None:
            yield MessageToJson(proto, ensure_ascii=False)
        for child in getattr(node, "children", {}).values():
            yield from walk(child)

    return "\n".join(walk(app._tree)).replace("\\", "").replace("\u2060", "")


def opened(page: str, run: str) -> AppTest:
    app = AppTest.from_file(ROOT / "pages" / f"{page}.py", default_timeout=60)
    app.query_params["run"] = run
    return app.run()


@pytest.fixture
def run(home_with_run: Path) -> str:
    """The id of the lab's only run."""
    lab().page_shown.set()
    assert lab().torch_ready.wait(60)
    return lab().store.runs()[0].id


@pytest.mark.usefixtures("as_served")
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("fault", FAULTS)
def test_no_page_names_the_home(fault: str, page: str, run: str, home_with_run: Path) -> None:
    """Neither when it is opened nor after any click; no stack is on it either."""
    app = opened(page, run)
    with broken(fault, home_with_run):
        for number in range(CLICKS):
            seen = texts(app)
            assert str(home_with_run) not in seen
            assert "Traceback" not in seen
            assert not app.exception
            buttons = [each for each in app.button if not each.disabled]
            if number >= len(buttons):
                break
            app = buttons[number].click().run()
        again = texts(opened(page, run))
        assert str(home_with_run) not in again
        assert "Traceback" not in again


@pytest.mark.usefixtures("as_served")
@pytest.mark.parametrize(
    "message",
    [
        lambda home: f"the checkpoint cannot be written to {home}/runs/1",
        lambda home: lazy("{where}: damaged", where=f"{home}/runs/1/a.safetensors"),
        lambda home: LabError("damaged", where=str(home)).as_message(),
    ],
    ids=["of an older lab", "of a worker", "with the home itself"],
)
def test_a_stored_message_is_shown_without_the_home(
    message: Callable[[Path], Any], run: str, home_with_run: Path
) -> None:
    """Runs keep what their process said: it knows nothing of screens."""
    assert lab().store.change_state(run, {"finished"}, "failed", message(home_with_run))
    seen = texts(opened("train", run))
    assert "runs/1" in seen or "the home folder: damaged" in seen
    assert str(home_with_run) not in seen


# ---- routes

DRAWING = {
    "ink": base64.b64encode(INK.tobytes()).decode(),
    "strokes": [{"tool": "pen", "width": 30, "points": [135.0, 75.0, 135.0, 205.0]}],
    "label": 1,
    "read_as": 1,
    "author": "me",
}


def every_answer(run: str) -> Iterator[tuple[str, Any]]:
    """What each route that needs the home folder answers."""
    from cnnlab.design.presets import preset
    from cnnlab.ui.build.editor import Editor

    editor = Editor.of(preset("lenet-5").design)
    for model in (run, "bundled"):
        for path in ("/api/classify", "/api/why"):
            yield path, ask(path, INK.tobytes(), model=model, epoch="last", scale="map", tab="t")
    bodies: list[tuple[str, dict[str, Any]]] = [
        ("/api/live", {"run": run, "with": None}),
        ("/api/hand/keep", DRAWING),
        ("/api/hand/list", {"author": "me"}),
        ("/api/hand/learn", {"model": run, "author": "me"}),
        ("/api/hand/progress", {"run": run}),
        ("/api/editor/edit", {"editor": editor.token, "edits": []}),
        ("/api/editor/thumbnails", {"editor": editor.token, "weights": run, "source": "digits", "number": 1}),
    ]
    for path, body in bodies:
        yield path, ask(path, json.dumps(body).encode())


@pytest.mark.parametrize("fault", FAULTS)
def test_no_route_names_the_home(fault: str, run: str, home_with_run: Path) -> None:
    """A refusal has words; what is unexpected has an id in the log, and the log has the whole path."""
    for label in range(20):  # enough for a run that learns from them
        assert ask("/api/hand/keep", json.dumps(DRAWING | {"label": label % 10}).encode()).status == 200
    with broken(fault, home_with_run):
        refused = 0
        for path, answer in every_answer(run):
            assert str(home_with_run).encode() not in answer.body, path
            refused += answer.status >= 400
            assert answer.status < 400 or json.loads(answer.body)["error"], path
    assert refused
    log = (home_with_run / "lab.log").read_text("utf-8")
    assert fault == "missing files" or str(home_with_run) in log.partition("\n")[2]
