"""Train as one view: what is seen together, on a desktop and on a phone, and ways from there and back."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from cnnlab.design.presets import preset
from cnnlab.runs.store import RunStore
from cnnlab.training.config import TrainConfig
from tests.browser.driving import Server, open_run_menu, running_lab, visit, wait_until_settled
from tests.browser.test_pad import SEVEN, draw, expect_blank, expect_label

WATCHED_DRAWING = "**/api/watched-drawing"
ENDLESS = TrainConfig(epochs=500, batch_size=1)


@pytest.fixture(scope="module")
def server(trained_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A lab with one finished run, and one that is paused in its first epoch whenever nobody resumes it."""
    home = tmp_path_factory.mktemp("view")
    shutil.copytree(trained_home, home / "home")
    store = RunStore(home / "home")
    store.queue(preset("lenet-5").design, "digits", ENDLESS, name="endless", paused=True)
    store.close()
    with running_lab(home / "home", home / "server.log") as running:
        yield running


def run_id(server: Server, *, finished: bool) -> str:
    """The id of one of the two runs."""
    store = RunStore(server.home)
    runs = [run for run in store.runs() if (run.state == "finished") == finished]
    store.close()
    return runs[0].id


def transport(page: Page, name: str) -> Locator:
    """A button of the bar."""
    return page.locator(".st-key-train_bar").get_by_role("button", name=name, exact=True)


def test_a_desktop_shows_curves_and_network_side_by_side(page: Page, server: Server) -> None:
    """And the bar stays when the page is scrolled."""
    visit(page, f"/train?run={run_id(server, finished=True)}")
    filters = page.get_by_role("heading", name="First filters")
    for seen in (page.get_by_test_id("curve-loss"), filters):
        expect(seen).to_be_in_viewport()
    page.get_by_text("All runs").scroll_into_view_if_needed()
    page.mouse.move(400, 500)
    page.mouse.wheel(0, 600)
    expect(filters).not_to_be_in_viewport()
    expect(page.locator(".st-key-train_bar")).to_contain_text("Validation accuracy")
    expect(page.locator(".st-key-train_bar")).to_be_in_viewport(ratio=1)


SECTIONS = [
    ".curves",
    "[data-live=numbers]",
    ".st-key-step-outcome",
    *(f'section[data-step]:has(h3:text("{head}"))' for head in ("First filters", "Confusion matrix")),
    *(f'section[data-step]:has(h3:text("{head}"))' for head in ("test pictures", "How each row learns")),
]


def test_a_clicker_goes_through_the_sections(page: Page, server: Server) -> None:
    """Each has the whole width, and begins right below the bar, which stays; the last one is the list."""
    visit(page, f"/train?run={run_id(server, finished=True)}&present=1")
    expect(page.get_by_role("heading", name="How each row learns")).to_be_attached()
    expect(page.locator("[data-live=numbers]")).to_be_attached()
    for section in SECTIONS:
        page.keyboard.press("PageDown")
        expect_below_the_bar(page, section)
    for _ in range(4):  # at once: the weights, the list, and then there is no more
        page.keyboard.press("PageDown")
    expect_below_the_bar(page, ".st-key-step-runs")
    for _ in range(2):
        page.keyboard.press("PageUp")
    expect_below_the_bar(page, SECTIONS[-1])


def expect_below_the_bar(page: Page, section: str) -> None:
    """The section has come to its place: between it and the bar is nothing but a gap."""
    bar = page.locator(".st-key-train_bar").element_handle()
    part = page.locator(section).first.element_handle()
    page.wait_for_function(
        """([bar, part]) => {
          const gap = part.getBoundingClientRect().top - bar.getBoundingClientRect().bottom;
          return gap >= 0 && gap < 24;
        }""",
        arg=[bar, part],
    )


def test_a_phone_steers_from_the_foot(phone: Page, server: Server) -> None:
    """State, accuracy and all buttons are in view with the curve, before and after scrolling."""
    phone.set_viewport_size({"width": 390, "height": 664})
    visit(phone, f"/train?run={run_id(server, finished=False)}")
    transport(phone, "One batch").tap()
    expect(phone.get_by_test_id("curve-loss")).to_be_in_viewport()
    expect(transport(phone, "Resume")).to_be_enabled()
    for _ in range(2):
        for name in ("Resume", "One batch", "To the end of the epoch", "Stop", "More"):
            expect(transport(phone, name)).to_be_in_viewport(ratio=1)
        expect(phone.locator("[data-live=accuracy]")).to_be_in_viewport(ratio=1)
        phone.mouse.wheel(0, 900)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_phone_starts_a_run_without_scrolling(phone: Page) -> None:
    """The buttons are in view with all settings shown."""
    visit(phone, "/train?new=1")
    phone.get_by_text("More settings", exact=True).tap()
    expect(
        phone.get_by_role("heading", name="Penalties").or_(phone.get_by_text("Penalties"))
    ).to_be_attached()
    for name in ("Start", "Start paused", "Race"):
        expect(phone.get_by_role("button", name=name, exact=True)).to_be_in_viewport(ratio=1)


def test_a_paused_run_is_looked_into(page: Page, server: Server) -> None:
    """Through the weights that were kept last."""
    visit(page, f"/train?run={run_id(server, finished=False)}")
    transport(page, "One batch").click()
    expect(page.locator(".st-key-train_state")).to_contain_text(re.compile("batch [1-9]"))
    expect(transport(page, "Resume")).to_be_enabled()
    page.get_by_role("button", name="Look inside").click()
    expect(page).to_have_url(re.compile("look_inside"))
    expect(page.get_by_role("combobox", name="Network")).to_have_value("endless")


def test_a_click_has_its_words_before_the_lab_answers(page: Page, server: Server) -> None:
    """If the lab then refuses the command, here because the database is locked, they are taken back."""
    visit(page, f"/train?run={run_id(server, finished=False)}")
    words = page.locator("[data-live=words]")
    expect(transport(page, "Resume")).to_be_enabled()
    before = words.inner_text()
    database = sqlite3.connect(server.home / "lab.db")
    database.execute("BEGIN IMMEDIATE")
    transport(page, "One batch").click()
    expect(words).to_have_text("Training one batch…")
    expect(page.get_by_role("alert")).to_be_visible()
    database.rollback()
    database.close()
    expect(words).to_have_text(before)


def test_a_cell_shows_its_pictures(page: Page, server: Server) -> None:
    """By mouse and keyboard, for which the matrix is one stop; each picture leads to Look inside."""
    visit(page, f"/train?run={run_id(server, finished=True)}")
    watched = page.get_by_role("link", name="Look inside: test picture: 3")
    expect(watched).to_have_attribute("href", re.compile(r"&epoch=2&picture=digits-\d+$"))
    page.get_by_role("button", name=re.compile("^1 answered as 1: ")).click()
    expect(page.get_by_role("heading", name="1, read correctly")).to_be_visible()
    expect(page.locator(".confusion button[tabindex='0']")).to_have_count(1)
    page.get_by_role("button", name=re.compile("^0 answered as 0: ")).focus()
    page.keyboard.press("Enter")
    strip = page.get_by_role("link", name=re.compile("^Look inside: test picture .* read as 0"))
    expect(strip.first).to_be_visible()
    picture = strip.first.get_attribute("href")
    assert picture
    strip.first.click()
    expect(page).to_have_url(picture)


def watched_drawing(page: Page) -> Locator:
    """The viewer's drawing among the watched pictures."""
    return page.get_by_role("listitem").filter(has_text="Your drawing")


def test_who_has_drawn_finds_the_drawing_among_the_pictures(page: Page, server: Server) -> None:
    """There is none before, nor after the sheet has been cleared."""
    with page.expect_response(WATCHED_DRAWING):
        visit(page, f"/train?run={run_id(server, finished=True)}")
    expect(page.get_by_role("heading", name="10 test pictures")).to_be_visible()
    expect(watched_drawing(page)).to_have_count(0)
    page.get_by_role("link", name="Draw", exact=True).click()
    draw(page, SEVEN)
    expect_label(page, "7")
    page.get_by_role("link", name="Train", exact=True).click()
    expect(watched_drawing(page)).to_contain_text("with the weights kept after epoch 2")
    page.get_by_role("link", name="Draw", exact=True).click()
    page.get_by_test_id("drawing-clear").click()
    expect_blank(page)
    with page.expect_response(WATCHED_DRAWING):
        page.get_by_role("link", name="Train", exact=True).click()
    expect(page.get_by_role("heading", name="10 test pictures")).to_be_visible()
    expect(watched_drawing(page)).to_have_count(0)


def test_a_deletion_is_undone_in_time(page: Page, server: Server) -> None:
    """The run is out of the list at once and back after a click on Undo."""
    visit(page, f"/train?run={run_id(server, finished=True)}")
    title = page.locator(".st-key-train_title h2")
    expect(title).to_be_visible()  # hidden text has no inner text
    name = title.inner_text()
    watched = page.get_by_role("button", name=re.compile("^Watching lenet"))
    expect(watched).to_be_attached()
    open_run_menu(page).get_by_role("button", name="Delete").click()
    toast = page.get_by_role("status").filter(has_text=f"Deleted “{name}”.")
    expect(toast).to_be_visible()
    expect(watched).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    wait_until_settled(page)
    expect(watched).to_be_attached()
    expect(toast).to_have_count(0)
