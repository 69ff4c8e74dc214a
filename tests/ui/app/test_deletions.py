"""Deletions that can be undone, without a page."""

from __future__ import annotations

import threading

import pytest

from cnnlab.ground.errors import RunError
from cnnlab.ui.app import deletions
from cnnlab.ui.app.deletions import Deletion, Deletions


def test_it_is_deleted_when_the_time_has_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until then it is only hidden; afterwards it cannot be undone."""
    monkeypatch.setattr(deletions, "SECONDS", 0.0)
    monkeypatch.setattr(deletions, "_GRACE", 0.01)
    gone = threading.Event()
    pending = Deletions()
    pending.begin(Deletion("run:1", "one", gone.set, lambda: None))
    assert gone.wait(30)
    pending.finish()  # waits for the timer's thread
    assert not pending.is_pending("run:1")
    assert not pending.undo("run:1")


def test_it_is_kept_if_it_is_undone() -> None:
    """And restored; a second click on Undo does nothing."""
    done: list[str] = []
    pending = Deletions()
    pending.begin(Deletion("run:1", "one", lambda: done.append("deleted"), lambda: done.append("restored")))
    assert pending.is_pending("run:1")
    assert pending.undo("run:1")
    assert not pending.undo("run:1")
    pending.finish()
    assert done == ["restored"]
    assert not pending.is_pending("run:1")


def test_a_second_click_deletes_nothing_twice() -> None:
    """Two tabs may show the same run."""
    done: list[str] = []
    pending = Deletions()
    for name in ("first", "second"):
        pending.begin(Deletion("run:1", name, lambda: done.append("deleted"), lambda: None))
    pending.finish()
    assert done == ["deleted"]


def test_what_cannot_be_deleted_appears_again() -> None:
    """The reason is said once."""

    def fail() -> None:
        raise RunError("it is still training")

    pending = Deletions()
    pending.begin(Deletion("run:1", "one", fail, lambda: None))
    pending.finish()
    assert not pending.is_pending("run:1")
    assert "still training" in str(pending.failure("run:1"))
    assert pending.failure("run:1") is None
