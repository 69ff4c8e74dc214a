"""What stands around every screen: the list of screens, present mode, help, hints."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.driving import TIMEOUT, Server, visit, wait_until_settled

SCREENS = {"Draw": "/", "Build": "/build", "Train": "/train", "Look inside": "/look_inside"}
SMALLEST = 44  # px, of what a finger hits


def screens(page: Page) -> Locator:
    """The list of screens."""
    return page.get_by_role("navigation", name="Screens")


def open_screen(page: Page, title: str) -> None:
    """Go to a screen with a click on the list."""
    screens(page).get_by_role("link", name=title).click()
    expect(page).to_have_title(f"{title} · cnnlab")
    wait_until_settled(page)


def visit_and_wait(page: Page, url: str) -> None:
    """Open a page and wait until it listens to the keyboard."""
    visit(page, url)
    expect(page.locator(".st-key-presenting button[aria-keyshortcuts]")).to_be_visible()


# ---- the list of screens


@pytest.mark.parametrize("url", SCREENS.values())
def test_on_a_phone_all_screens_are_one_tap_away(phone: Page, url: str) -> None:
    """Each with a target of 44 pixels, at the foot of the window however far the page is scrolled."""
    visit(phone, url)
    phone.get_by_test_id("stMain").evaluate("page => page.scrollTo(0, 500)")
    links = screens(phone).get_by_role("link")
    expect(links).to_have_count(len(SCREENS))
    boxes = [link.bounding_box() for link in links.all()]
    assert all(box and box["width"] >= SMALLEST and box["height"] >= SMALLEST for box in boxes)
    assert {box["y"] + box["height"] for box in boxes if box} == {PHONE["viewport"]["height"]}


def test_nothing_of_a_page_is_covered_by_the_bar_at_the_foot(phone: Page) -> None:
    """At the end of the page, its last line is above the bar; others are told how high that is."""
    visit(phone, "/train")
    expect(phone.get_by_role("heading", name="All runs")).to_be_visible()
    expect(phone.get_by_role("button", name="Start", exact=True)).to_be_visible()
    phone.wait_for_function(
        """() => {
          const page = document.querySelector('[data-testid="stMain"]');
          page.scrollTo(0, page.scrollHeight);
          const isBelow = (element) => element.getBoundingClientRect().bottom > innerHeight - 56;
          const bar = document.querySelector(".st-key-screens");
          const below = [...page.querySelectorAll("button, p, h2")].filter(isBelow);
          return below.length > 0 && below.every((each) => bar.contains(each));
        }"""
    )
    foot = phone.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--lab-foot')")
    assert "3.5rem" in foot


def test_a_tap_changes_the_screen_without_a_reload(phone: Page) -> None:
    """The tab, its language and its state stay."""
    visit(phone, "/?lang=zh")
    phone.evaluate("window.isSame = true")
    phone.get_by_role("link", name="搭建").tap()
    expect(phone).to_have_title("搭建 · cnnlab")
    assert phone.evaluate("window.isSame")
    expect(phone.get_by_role("link", name="搭建")).to_have_attribute("aria-current", "page")


@pytest.mark.parametrize("click", [{"button": "middle"}, {"modifiers": ["Control"]}])
def test_another_tab_opens_the_screen_that_was_asked_for(page: Page, click: dict[str, Any]) -> None:
    """The first one too, in present mode if this tab is; this tab stays where it is."""
    visit_and_wait(page, "/train?present=1&lang=en")
    for title in ("Draw", "Look inside"):
        with page.context.expect_page() as opened:
            screens(page).get_by_role("link", name=title).click(**click)
        expect(opened.value).to_have_title(f"{title} · cnnlab")
        is_present(opened.value)
        opened.value.close()
    expect(page).to_have_title("Train · cnnlab")


@pytest.mark.parametrize("title", SCREENS)
def test_a_screen_has_one_heading_and_a_title_of_its_own(page: Page, title: str) -> None:
    """In the browser's tab and for a screen reader; the list marks it."""
    visit(page, SCREENS[title])
    expect(page).to_have_title(f"{title} · cnnlab")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    current = screens(page).locator("[aria-current=page]")
    expect(current).to_have_count(1)
    expect(current).to_contain_text(title)


def test_the_focused_screen_has_a_ring(page: Page) -> None:
    """2 pixels wide, as on everything else."""
    visit(page)
    link = screens(page).get_by_role("link", name="Build")
    link.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    expect(link).to_have_css("outline-style", "solid")
    expect(link).to_have_css("outline-width", "2px")


# ---- present mode


def is_present(page: Page) -> None:
    """The text is larger, and Streamlit's bar is gone."""
    expect(page.locator("html")).to_have_css("font-size", "22.4px")
    expect(page.get_by_test_id("stHeader")).to_be_hidden()


def test_present_mode_is_a_switch_that_stays_on_other_screens(page: Page) -> None:
    """It is in the link, so that a reload keeps it as well; Esc ends it."""
    visit(page)
    page.get_by_role("button", name="Present").click()
    is_present(page)
    expect(page).to_have_url(re.compile(r"\?present=1$"))
    open_screen(page, "Train")
    is_present(page)
    expect(page).to_have_url(re.compile("present=1"))
    visit_and_wait(page, page.url)
    is_present(page)
    page.keyboard.press("Escape")
    expect(page.locator("html")).to_have_css("font-size", "16px")
    expect(page).not_to_have_url(re.compile("present"))


def test_a_link_opens_in_present_mode(page: Page) -> None:
    """And Alt+P ends and begins it."""
    visit_and_wait(page, "/look_inside?present=1")
    is_present(page)
    page.keyboard.press("Alt+p")
    expect(page.get_by_test_id("stHeader")).to_be_visible()
    page.keyboard.press("Alt+p")
    is_present(page)


def test_digits_change_the_screen_in_present_mode_only(page: Page) -> None:
    """Their order is that of the list."""
    visit_and_wait(page, "/")
    page.keyboard.press("4")
    visit_and_wait(page, "/?present=1")
    page.keyboard.press("2")
    expect(page).to_have_title("Build · cnnlab")
    wait_until_settled(page)
    page.keyboard.press("4")
    expect(page).to_have_title("Look inside · cnnlab")


def test_a_clicker_goes_through_the_layers(page: Page) -> None:
    """One row at the top of the window after the other, and back to the top of the page."""
    visit_and_wait(page, "/look_inside?present=1&rows=all")
    rows = page.locator(".map-row")
    expect(rows.nth(2)).to_be_attached()
    for index in range(3):
        page.keyboard.press("PageDown")
        expect_at_the_top(rows.nth(index))
    page.keyboard.press("ArrowLeft")
    expect_at_the_top(rows.nth(1))
    for _ in range(2):
        page.keyboard.press("PageUp")
    expect_scrolled_to(page, 0)


def test_a_clicker_goes_on_to_layers_that_are_not_shown_yet(page: Page) -> None:
    """Of a deep network only the layers around the chosen one are shown."""
    visit_and_wait(page, "/look_inside?present=1")
    rows = page.locator(".map-row:not(.kernels *)")
    expect(rows.nth(2)).to_be_visible()
    expect(rows.nth(4)).to_be_hidden()
    for index in range(5):
        page.keyboard.press("PageDown")
        expect_at_the_top(rows.nth(index))
    expect(page.get_by_text("Layer 5 of 18")).to_be_visible()
    for _ in range(5):
        page.keyboard.press("PageUp")
    expect_scrolled_to(page, 0)


def expect_at_the_top(row: Locator) -> None:
    """The row has arrived at the top of the window, just below the line that stays there."""
    below = "row => row.getBoundingClientRect().top - "
    below += "row.getRootNode().querySelector('.look > .head').getBoundingClientRect().bottom"
    row.page.wait_for_function(f"row => Math.abs(({below})(row) - 12) < 10", arg=row.element_handle())


def expect_scrolled_to(page: Page, top: int) -> None:
    """The page has arrived there."""
    page.wait_for_function("top => document.querySelector('[data-testid=stMain]').scrollTop === top", arg=top)


def test_the_keys_of_a_field_and_of_the_pad_stay_theirs(page: Page) -> None:
    """A typed digit changes no screen; Esc clears the pad."""
    visit_and_wait(page, "/train?present=1")
    epochs = page.get_by_role("spinbutton", name="Epochs")
    epochs.fill("")
    epochs.press("4")
    expect(epochs).to_have_value("4")
    epochs.press("Tab")
    wait_until_settled(page)
    open_screen(page, "Draw")
    pad = page.get_by_test_id("drawing-pad")
    expect(pad).to_be_visible()
    pad.focus()
    page.keyboard.press("Escape")
    page.keyboard.press("PageDown")
    expect(page).to_have_title("Draw · cnnlab")
    is_present(page)


# ---- help


@pytest.mark.parametrize("url", SCREENS.values())
def test_every_screen_explains_itself_and_its_keys(page: Page, url: str) -> None:
    """Behind the same button at the same place."""
    visit(page, url)
    page.get_by_role("button", name="How it works").click()
    table = page.get_by_role("table", name="On the keyboard")
    expect(table.get_by_role("row").filter(has_text="Alt+P")).to_have_count(1)
    assert table.get_by_role("row").count() > 4
    assert page.get_by_test_id("stPopoverBody").get_by_role("listitem").count() >= 4


# ---- hints for first visitors


@pytest.fixture
def newcomer(browser: Browser, server: Server) -> Iterator[Page]:
    """A browser that has never been here."""
    with_hints: dict[str, Any] = DESKTOP | {"base_url": server.url, "bypass_csp": True}
    context = browser.new_context(**with_hints)
    context.set_default_timeout(TIMEOUT * 1000)
    yield context.new_page()
    context.close()


def hint(page: Page) -> Locator:
    """The hint that is shown."""
    return page.get_by_role("complementary", name="Hint")


def test_a_hint_goes_for_good_once_the_thing_was_done(newcomer: Page) -> None:
    """Nothing moves, and after a reload it does not come back."""
    newcomer.goto("/")
    expect(hint(newcomer)).to_contain_text("Draw a digit here")
    pad = newcomer.get_by_test_id("drawing-pad")
    before = pad.bounding_box()
    pad.click()
    expect(hint(newcomer)).to_be_hidden()
    assert pad.bounding_box() == before
    newcomer.reload()
    wait_until_settled(newcomer)
    expect(newcomer.get_by_test_id("drawing-pad")).to_be_visible()
    open_screen(newcomer, "Build")
    expect(hint(newcomer)).to_contain_text("Change a number")
    open_screen(newcomer, "Draw")
    expect(hint(newcomer)).to_be_hidden()


@pytest.mark.parametrize("title", ["Draw", "Build", "Train"])
def test_a_hint_can_be_closed(newcomer: Page, title: str) -> None:
    """It stays closed on the next visit."""
    newcomer.goto(SCREENS[title])
    hint(newcomer).get_by_role("button", name="Close the hint").click()
    expect(hint(newcomer)).to_be_hidden()
    gone = newcomer.evaluate("localStorage['cnnlab.hints'].split(',').filter(Boolean)")
    assert gone == [title.lower()]


def test_present_mode_has_no_hints(newcomer: Page) -> None:
    """A class does not need them."""
    newcomer.goto("/?present=1")
    expect(newcomer.locator(".st-key-presenting button[aria-keyshortcuts]")).to_be_visible()
    expect(newcomer.get_by_test_id("drawing-pad")).to_be_visible()
    expect(hint(newcomer)).to_be_hidden()
    newcomer.keyboard.press("Escape")
    expect(hint(newcomer)).to_be_visible()
