"""The pages go on to work beside entries that cannot be read, and say which these are."""

from __future__ import annotations

import sqlite3

import pytest
from streamlit.testing.v1 import AppTest

from cnnlab.design.presets import preset
from cnnlab.training.config import TrainConfig
from cnnlab.ui.app.lab import lab
from tests.conftest import ROOT
from tests.events import events

pytestmark = pytest.mark.slow


def damage(table: str, column: str) -> None:
    """As a newer lab would have written it, to this one."""
    with sqlite3.connect(lab().home / "lab.db") as db:
        db.execute(f"UPDATE {table} SET {column} = replace({column}, 'Conv2d', 'Conv7d') WHERE name = 'new'")
    db.close()


def opened(name: str) -> AppTest:
    page = AppTest.from_file(ROOT / "pages" / f"{name}.py", default_timeout=60).run()
    assert not page.exception
    return page


@pytest.fixture(autouse=True)
def _entries() -> None:
    """A run and a design of each kind; nobody trains them."""
    design = preset("lenet-5").design
    for name in ("new", "old"):
        lab().store.queue(design, "digits", TrainConfig(), name=name, trained_by="terminal")
        lab().store.designs.save(name, design)
    damage("runs", "design")
    damage("designs", "body")


def spoil(table: str, column: str, condition: str) -> None:
    """Bytes that are no text: SQLite calls the file sound."""
    with sqlite3.connect(lab().home / "lab.db") as db:
        db.execute(f"UPDATE {table} SET {column} = CAST(x'ff7b' AS TEXT) WHERE {condition}")
        assert db.execute("PRAGMA quick_check").fetchone() == ("ok",)
    db.close()


@pytest.mark.parametrize("name", ["draw", "build", "train", "look_inside"])
def test_every_page_opens(name: str) -> None:
    """Nothing on it stumbles over what it cannot read."""
    opened(name)


@pytest.mark.parametrize("name", ["train", "build"])
def test_the_page_says_what_cannot_be_read(name: str) -> None:
    """And why; it is deleted there."""
    page = opened(name)
    if name == "build":
        next(item for item in page.button if item.key == "my_designs").click().run()
    (entry,) = [item.value for item in page.markdown if "**new**" in item.value]
    assert "there is no layer kind" in entry
    assert "Conv7d" in entry
    delete = next(item for item in page.button if item.key and item.key.startswith("discard_"))
    delete.click().run()
    assert not page.exception
    kind = "design" if name == "build" else "run"
    assert not [entry for entry in lab().store.unreadable() if entry.kind == kind]
    assert not any("**new**" in item.value for item in page.markdown)


@pytest.mark.parametrize("column", ["id", "name", "design", "state", "message"])
@pytest.mark.parametrize("name", ["draw", "build", "train", "look_inside"])
def test_every_page_opens_beside_text_that_is_not_utf_8(name: str, column: str) -> None:
    """Whichever column it is in."""
    spoil("runs", column, "name = 'new'")
    spoil("designs", "id" if column == "id" else "body", "name = 'new'")
    opened(name)


def test_a_name_that_is_not_utf_8_is_shown_and_deleted() -> None:
    """With the bytes that it has in place of letters."""
    spoil("runs", "name", "name = 'new'")
    page = opened("train")
    assert any("xff" in item.value for item in page.markdown)
    next(item for item in page.button if item.key and item.key.startswith("discard_")).click().run()
    assert not page.exception
    assert [run.name for run in lab().store.runs()] == ["old"]
    assert not lab().store.unreadable()


def test_records_of_the_watched_run_are_named_and_deleted() -> None:
    """Its curves are shown without them."""
    (run,) = lab().store.runs()
    lab().store.record(run.id, events({"event": "started"}, {"event": "epoch", "epoch": 1}))
    spoil("events", "body", "seq = 2")
    page = AppTest.from_file(ROOT / "pages" / "train.py", default_timeout=60)
    page.query_params["run"] = run.id
    page.run()
    assert not page.exception
    assert any("1 record of its curves" in item.value for item in page.markdown)
    next(item for item in page.button if item.key == f"discard_event-{run.id}").click().run()
    assert not page.exception
    assert not any("1 record of its curves" in item.value for item in page.markdown)
    assert len(lab().store.events(run.id)) == 1
