"""Clicks on a disk without room: each says so, and the one that makes room works."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import suppress
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cnnlab.design.presets import preset
from cnnlab.ground.errors import DiskFullError
from cnnlab.runs.locks import FileLock
from cnnlab.runs.store import RunStore
from cnnlab.training.config import TrainConfig
from cnnlab.ui.app.lab import lab
from tests.conftest import ROOT, close_shared_lab, fill
from tests.events import events

pytestmark = pytest.mark.slow


def press(page: AppTest, label: str) -> None:
    next(item for item in page.button if item.label == label).click().run()
    assert not page.exception


def change_until_full(run_id: str) -> None:
    """The log has room for a few changes still."""
    for _ in range(1_000):
        lab().store.send_command(run_id, "change", {"learning_rate": 0.01})


@pytest.mark.parametrize("small_disk", [3, 6], indirect=True)
def test_a_run_is_deleted_on_a_full_disk(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop finds a place in the log that is free again, or says that there is none; Delete makes room."""
    monkeypatch.setenv("CNNLAB_HOME", str(small_disk / "home"))
    run = lab().store.queue(preset("lenet-5").design, "digits", TrainConfig(), trained_by="terminal")
    page = AppTest.from_file(ROOT / "pages" / "train.py", default_timeout=60).run()
    ballast = fill(small_disk)
    with pytest.raises(DiskFullError):
        change_until_full(run.id)
    press(page, "Stop")
    assert lab().store.run(run.id).state == "stopped" or "Free some space" in page.error[0].value
    press(page, "Delete")
    lab().deletions.finish()
    assert not lab().store.runs()
    ballast.unlink()


@pytest.mark.parametrize("label", ["Stop", "Rename", "Delete", "Start"])
def test_every_click_that_cannot_be_written_says_so(label: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the page stands."""
    lab().store.queue(preset("lenet-5").design, "digits", TrainConfig(), trained_by="terminal")
    page = AppTest.from_file(ROOT / "pages" / "train.py", default_timeout=60).run()
    if label == "Rename":
        page.text_input[0].set_value("another")
    if label == "Start":
        page.session_state["train_form_open"] = True
        page.run()

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(FileLock, "acquire", full)
        press(page, label)
        if label == "Delete":
            lab().deletions.finish()
            page.run()
    assert "Free some space" in page.error[0].value


def _rows(home: Path) -> dict[str, int]:
    """What is left in these tables when a lab has been opened on the home folder."""
    RunStore(home).close()
    with sqlite3.connect(home / "lab.db") as db:
        tables = ("runs", "events", "wishes", "leftovers")
        found = {table: db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in tables}
    db.close()
    return found


def _size() -> int:
    """Of the database with its log."""
    return sum((lab().home / name).stat().st_size for name in ("lab.db", "lab.db-wal"))


@pytest.mark.parametrize("small_disk", [6], indirect=True)
@pytest.mark.parametrize("trained", [True, False], ids=["by the run itself", "by something else"])
def test_a_run_with_long_curves_is_deleted_on_a_full_disk(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch, trained: bool
) -> None:
    """Its events take more of the log than there is room for: they go when there is."""
    monkeypatch.setenv("CNNLAB_HOME", str(small_disk / "home"))
    run = lab().store.queue(preset("lenet-5").design, "digits", TrainConfig(), trained_by="terminal")
    bundle = {"event": "batches", "loss": [1.23456789] * 20, "accuracy": [0.5] * 20}
    curves = [bundle | {"step": first, "batch": first} for first in range(1, 20 * 100, 20)]
    for _ in range(20):
        lab().store.record(run.id, events(*curves))
    assert _size() > 600_000
    page = AppTest.from_file(ROOT / "pages" / "train.py", default_timeout=60).run()
    with suppress(DiskFullError):
        while trained:
            lab().store.record(run.id, events(*curves))
    ballast = fill(small_disk)
    with pytest.raises(DiskFullError):
        change_until_full(run.id)
    press(page, "Delete")
    lab().deletions.finish()
    assert not lab().store.runs()
    ballast.unlink()
    if trained:
        return  # there is no room yet to move the log into the file
    close_shared_lab()
    assert _rows(small_disk / "home") == {"runs": 0, "events": 0, "wishes": 0, "leftovers": 0}
    lab().store.queue(preset("lenet-5").design, "digits", TrainConfig(), trained_by="terminal")
