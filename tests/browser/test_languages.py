"""Every screen in a pseudo-language, in which each text is in brackets and a third longer.

A text without brackets cannot be translated; one that is cut off, or overlaps another, would be so in some
real language too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from cnnlab.language.catalogues import pseudo
from cnnlab.runs.store import RunStore
from cnnlab.training.config import make_config
from tests.browser.conftest import DESKTOP, PHONE, tab
from tests.browser.driving import Server, running_lab, visit, wait_until_settled
from tests.browser.screen_texts import faults
from tests.browser.test_pad import SEVEN, draw
from tests.browser.test_pad_extras import SCRIBBLE, photo
from tests.lab import ENDLESS, QUICK, open_lab

SIZES = (DESKTOP["viewport"], PHONE["viewport"])
RUNS = ("first", "second", "third", "fourth", "fifth")  # names, which are not translated


class Walk:
    """A tab in the pseudo-language that collects what is wrong with the screens it visits."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.found: list[str] = []

    def visit(self, path: str) -> None:
        """Open a page of the lab in the pseudo-language."""
        visit(self.page, f"{path}{'&' if '?' in path else '?'}lang=pseudo")

    def button(self, text: str) -> Locator:
        """The last visible button with this English text: what was opened last is last."""
        return self.page.get_by_role("button", name=pseudo(text), exact=True).filter(visible=True).last

    def field(self, label: str) -> Locator:
        """The last visible field with this English label."""
        return self.page.get_by_label(pseudo(label), exact=True).filter(visible=True).last

    def click(self, text: str) -> None:
        """Click a button by its English text, and wait until the page has settled."""
        self.button(text).click()
        wait_until_settled(self.page)

    def type(self, label: str, text: str) -> None:
        """Type into a field by its English label, and leave it."""
        self.field(label).fill(text)
        self.field(label).press("Tab")
        wait_until_settled(self.page)

    def check(self, screen: str) -> None:
        """Record what is wrong with the current screen, on a desktop and on a phone."""
        wait_until_settled(self.page)
        for size in reversed(SIZES):
            self.page.set_viewport_size(size)
            self.page.wait_for_timeout(400)  # for pictures and announcements that appear a moment later
            self.found += [f"{screen}, {size['width']}: {fault}" for fault in faults(self.page, set(RUNS))]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A lab with the pseudo-language, runs that finished, diverged and failed, and an endless one."""
    home = tmp_path_factory.mktemp("pseudo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CNNLAB_PSEUDO", "1")
        with open_lab(home / "home") as lab:
            runs = [
                queue(lab.store, "first"),
                queue(lab.store, "second"),
                queue(lab.store, "third", learning_rate=1000.0),
                queue(lab.store, "fourth", "drawings"),  # there are none, so it fails
            ]
            lab.supervisor.wake()
            for run in runs:
                lab.wait_for_state(run, "finished", "failed")
        store = RunStore(home / "home")
        queue(store, "fifth", epochs=ENDLESS, batch_size=2)
        store.close()
        with running_lab(home / "home", home / "server.log") as running:
            yield running


def queue(store: RunStore, name: str, data: str = "digits", **settings: float) -> str:
    """Queue a small run and return its id."""
    config = make_config(**{"epochs": 1, "batch_size": 128} | settings)
    return store.queue(QUICK, data, config, name=name).id


@pytest.fixture
def walk(browser: Browser, server: Server, request: pytest.FixtureRequest) -> Iterator[Walk]:
    """A walk that reports everything it found at its end."""
    with tab(browser, server, request, DESKTOP) as page:
        started = Walk(page)
        yield started
        assert started.found == [], "\n".join(started.found)


def run_ids(server: Server) -> dict[str, str]:
    """The runs' ids by their names."""
    store = RunStore(server.home)
    found = {run.name: run.id for run in store.runs()}
    store.close()
    return found


def test_draw(walk: Walk, tmp_path: Path) -> None:
    """A blank sheet, an answer with reasons, kept drawings, doubt, a photo, and a file that is not one."""
    page = walk.page
    answer = page.get_by_test_id("prediction")
    walk.visit("/")
    walk.check("blank")
    draw(page, SEVEN)
    expect(answer).to_have_attribute("data-label", "7")
    expect(page.locator(".neighbors li")).to_have_count(5)
    walk.check("a seven")
    page.locator(".labels button").nth(7).click()
    page.locator(".own summary").click()
    walk.check("own drawings")
    page.locator(".own-grid button").first.click()
    expect(page.locator(".own-deleted button")).to_be_visible()
    walk.check("deleted")
    page.get_by_test_id("drawing-pad").scroll_into_view_if_needed()
    draw(page, SCRIBBLE[::3])
    expect(answer).to_have_attribute("data-sure", "false")
    walk.check("not sure")
    page.locator(".file").set_input_files(photo(tmp_path))
    expect(page.locator(".photo-steps li").first).to_be_visible()
    walk.check("photo")
    page.locator(".file").set_input_files(
        {"name": "x.png", "mimeType": "image/png", "buffer": b"not a picture"}
    )
    expect(page.locator(".photo-trouble")).to_contain_text("[")
    walk.check("photo that fails")


def test_build(walk: Walk) -> None:
    """The stack, a rejected number, a broken row with its repairs, and every dialog."""
    page = walk.page
    walk.visit("/build")
    walk.check("stack")
    filters = page.locator(".stack .row[data-kind=Conv2d] input").first
    filters.fill("5000")
    walk.check("rejected")
    filters.press("Escape")
    page.locator(".stack .row[data-kind=Flatten]").focus()
    page.keyboard.press("Delete")
    expect(page.locator(".repair").first).to_be_visible()
    walk.check("blocked")
    page.locator(".repair").first.click()
    for name in ("Start from…", "Code"):
        walk.click(name)
        expect(page.get_by_role("dialog")).to_be_visible()
        walk.check(name)
        if name == "Code":
            walk.type("Code", "x = 1")
            expect(page.get_by_role("alert").last).to_be_visible()
            walk.check("invalid code")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)


def test_saved_designs(walk: Walk) -> None:
    """None, then one with the form to rename it, and what is said of one that was deleted."""
    walk.visit("/build")
    walk.click("My designs")
    walk.check("nothing saved")
    walk.page.keyboard.press("Escape")
    walk.click("Save")
    walk.click("My designs")
    walk.check("one saved")
    walk.click("Rename")
    walk.type("New name", "")
    walk.check("no name")
    walk.page.keyboard.press("Escape")
    walk.click("Delete")
    walk.check("delete")


def test_the_form_of_a_new_run(walk: Walk) -> None:
    """As it opens, with more settings, with the three races, and with invalid numbers."""
    walk.visit("/train?new=1")
    walk.check("form")
    walk.page.get_by_text(pseudo("More settings"), exact=True).click()
    walk.check("more settings")
    walk.click("Race")
    walk.check("race of optimizers")
    for text in ("Learning rates", "Seeds"):
        walk.page.get_by_test_id("stPopoverBody").get_by_text(pseudo(text), exact=True).click()
        walk.check(f"race of {text}")
    walk.page.keyboard.press("Escape")
    walk.type("Batch size", "0")
    walk.type("Weight decay", "-1")
    walk.check("rejected")


@pytest.mark.timeout(240)
def test_a_run_in_progress(walk: Walk, server: Server) -> None:
    """While it trains and while it is paused, with each of its forms open and invalid values in them."""
    page = walk.page
    walk.visit(f"/train?run={run_ids(server)['fifth']}")
    expect(page.get_by_test_id("curve-loss")).to_be_visible()
    walk.check("running")
    walk.click("Pause")
    expect(walk.button("Resume")).to_be_enabled()
    page.get_by_text(pseudo("All settings"), exact=True).first.click()
    walk.check("paused")
    walk.click("More")
    walk.click("Change settings")
    walk.type("Learning rate", "-1")
    walk.check("change")
    walk.click("Close")
    walk.click("More")
    walk.click("Fork")
    walk.check("fork")
    walk.click("Close")
    walk.click("More")
    walk.type("New name", "first")
    walk.click("Rename")
    walk.check("more")
    page.keyboard.press("Escape")
    walk.click("Stop")
    expect(walk.button("Stop")).to_be_disabled()
    wait_until_settled(page)
    walk.check("stopped")


def test_runs_that_ended(walk: Walk, server: Server) -> None:
    """A finished one with its summary and checkpoints, a diverged one, a failed one."""
    for name, outcome in (("first", "finished"), ("third", "diverged"), ("fourth", "failed")):
        walk.visit(f"/train?run={run_ids(server)[name]}")
        if outcome == "finished":
            walk.page.locator("summary").filter(has_text="[Checkpoints").click()
        walk.check(outcome)


def test_look_inside(walk: Walk, server: Server) -> None:
    """Filters and maps of a trained network and of the bundled one, and the page without a drawing."""
    walk.visit(f"/look_inside?model={run_ids(server)['first']}")
    walk.check("a run")
    walk.visit("/look_inside?model=bundled")
    walk.check("the bundled network")
    walk.page.get_by_role("combobox", name=pseudo("Picture from")).click()
    walk.page.get_by_role("option", name=pseudo("My drawing")).click()
    expect(walk.button("Draw something first")).to_be_visible()
    walk.check("no drawing")


def test_the_language_of_the_browser_is_the_default(
    browser: Browser, server: Server, request: pytest.FixtureRequest
) -> None:
    """The switch overrides it, in the link and for this browser; another browser keeps its own."""
    with tab(browser, server, request, DESKTOP | {"locale": "zh-CN"}) as chinese:
        visit(chinese)
        expect(chinese.get_by_role("link", name="手写")).to_be_visible()
        expect(chinese.locator("html")).to_have_attribute("lang", "zh")
        chinese.get_by_role("button", name="语言").click()
        chinese.get_by_role("menuitem", name="English").click()
        expect(chinese.get_by_role("link", name="Draw")).to_be_visible()
        expect(chinese).to_have_url(re.compile("lang=en"))
        visit(chinese, "/train")
        expect(chinese.get_by_role("link", name="Draw")).to_be_visible()
    with tab(browser, server, request, DESKTOP | {"locale": "en-GB"}) as english:
        visit(english)
        expect(english.get_by_role("link", name="Draw")).to_be_visible()


def test_two_browsers_show_the_same_run_in_their_own_languages(
    browser: Browser, server: Server, request: pytest.FixtureRequest
) -> None:
    """Texts are translated when they are shown."""
    with (
        tab(browser, server, request, DESKTOP | {"locale": "zh-CN"}) as chinese,
        tab(browser, server, request, DESKTOP | {"locale": "en-GB"}) as english,
    ):
        visit(chinese, "/train")
        visit(english, "/train")
        expect(english.get_by_text("All runs")).to_be_visible()
        expect(chinese.get_by_text("All runs")).to_have_count(0)
        for page in (chinese, english):
            expect(page.get_by_text("first").first).to_be_visible()
