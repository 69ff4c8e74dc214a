"""What breaks behind a page is said in a sentence with an id, which finds the log's entry."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.driving import Server, open_run_menu, running_lab, visit, wait_until_settled

BREAK_CLICKS = "CREATE TRIGGER broken BEFORE UPDATE OF name ON runs BEGIN SELECT RAISE(ABORT, 'oops'); END"
MEND_CLICKS = "DROP TRIGGER broken"
SET_CLASSES = "UPDATE runs SET described = json_set(described, '$.classes', json('{}'))"
BREAK_PAGES = SET_CLASSES.format(json.dumps(list(range(10))))  # numbers in the place of names
MEND_PAGES = SET_CLASSES.format(json.dumps(list("0123456789")))


@pytest.fixture(scope="module")
def server(trained_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A lab with a finished run."""
    folder = tmp_path_factory.mktemp("lab")
    home = shutil.copytree(trained_home, folder / "home")
    with running_lab(home, folder / "server.log") as running:
        yield running


def change(server: Server, sql: str) -> None:
    """What no lab does to its database: something then goes wrong that no code expects."""
    with sqlite3.connect(server.home / "lab.db") as db:
        db.execute(sql)
    db.close()


def logged(server: Server, said: Locator) -> str:
    """The log's entry that the text on the screen names."""
    text = said.inner_text()
    assert str(server.home) not in text
    found = re.search(r"[0-9a-f]{8}", text)
    assert found, text
    log = (server.home / "lab.log").read_text("utf-8")
    return log.partition(found[0])[2]


def test_a_click_that_fails_leaves_the_page(page: Page, server: Server) -> None:
    """The run is still there under its name, and the next click works."""
    visit(page, "/train")
    page.get_by_role("button", name="Watch").click()
    heading = page.get_by_role("heading", name="lenet-5 on digits")
    expect(heading).to_be_visible()
    change(server, BREAK_CLICKS)
    open_run_menu(page)
    page.get_by_label("New name").fill("another")
    page.get_by_role("button", name="Rename").click()
    said = page.get_by_test_id("stToast")
    expect(said).to_contain_text("Its log has the details under")
    wait_until_settled(page)
    expect(heading).to_be_visible()
    expect(said).to_be_visible()
    assert "IntegrityError: oops" in logged(server, said)
    change(server, MEND_CLICKS)
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", name="another")).to_be_visible()


@pytest.mark.parametrize(("language", "words"), [("en", "Something went wrong in the lab."), ("zh", "日志")])
def test_a_page_that_fails_says_so(page: Page, server: Server, language: str, words: str) -> None:
    """In the viewer's language; the other pages are a click away."""
    (run,) = (folder.name for folder in (server.home / "runs").iterdir())
    address = f"/?lang={language}&run={run}"
    change(server, BREAK_PAGES)
    try:
        visit(page, address)
        said = page.get_by_role("alert").filter(has_text=re.compile(r"[0-9a-f]{8}"))
        expect(said).to_contain_text(words)
        assert "AttributeError" in logged(server, said)
        expect(page.get_by_text("Traceback")).to_have_count(0)
        page.get_by_test_id("stPageLink-NavLink").nth(1).click()
        expect(page.locator(".stack")).to_be_visible()
    finally:
        change(server, MEND_PAGES)
    visit(page, address)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_damaged_database_is_named_without_its_folder(page: Page, server: Server) -> None:
    """The file's name and what helps; the log has all of it."""
    visit(page, "/train")
    page.get_by_role("button", name="Watch").first.click()
    (server.home / "write.lock").unlink()
    (server.home / "write.lock").mkdir()
    open_run_menu(page).get_by_role("button", name="Delete").click()
    said = page.get_by_role("alert").first
    expect(said).to_contain_text("write.lock")
    assert str(server.home) not in page.locator("body").inner_text()
    assert str(server.home / "write.lock") in (server.home / "lab.log").read_text("utf-8")
