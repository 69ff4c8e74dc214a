"""The picture of the whole network on Build, with one's own drawing; and the dialogs with pictures."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.driving import visit, wait_until_settled
from tests.browser.test_build import row, rows, start_from
from tests.browser.test_story import CROSSED_SEVEN, stroke


@pytest.fixture
def picture_page(build_page: Page) -> Page:
    """The Build page with article-1, when the maps are on the slabs of its picture."""
    expect(slabs(build_page).locator("image")).to_have_count(12)
    return build_page


def picture(page: Page) -> Locator:
    return page.locator(".network-picture svg")


def slabs(page: Page) -> Locator:
    """That of the input, then those of the rows."""
    return page.locator(".network-picture .slab")


def slab(page: Page, number: int) -> Locator:
    """The slab of a row, by the number on its card; 0 is the input."""
    return slabs(page).nth(number)


def map_on(page: Page, number: int) -> str:
    """The address of the bitmap on a slab."""
    return slab(page, number).locator("image").get_attribute("href") or ""


def test_the_picture_follows_an_edit(picture_page: Page) -> None:
    """With the maps of the new network."""
    row(picture_page, 1).get_by_label("Filters").fill("48")
    expect(picture(picture_page)).to_contain_text("48×26×26")
    row(picture_page, 2).get_by_role("button", name="Delete").click()
    expect(slabs(picture_page)).to_have_count(11)
    expect(slabs(picture_page).locator("image")).to_have_count(11)


@pytest.mark.parametrize(("kind", "beginning"), [("SVG", b"<svg"), ("PNG", b"\x89PNG")])
def test_the_picture_is_saved(picture_page: Page, kind: str, beginning: bytes) -> None:
    """With its maps, on white."""
    with picture_page.expect_download() as download:
        picture_page.get_by_role("button", name=f"Save as {kind}").click()
    assert download.value.suggested_filename == f"article-1.{kind.lower()}"
    saved = download.value.path().read_bytes()
    assert saved.startswith(beginning)
    assert kind != "SVG" or saved.count(b"data:image/png") == 12


def test_a_slab_and_its_card_light_each_other(picture_page: Page) -> None:
    """Whichever is pointed at, or has the focus."""
    lit = re.compile(r"\blit\b")
    slab(picture_page, 3).hover()
    expect(row(picture_page, 3)).to_have_class(lit)
    row(picture_page, 1).locator(".card").hover(position={"x": 5, "y": 5})
    expect(slab(picture_page, 1)).to_have_class(lit)
    expect(slab(picture_page, 3)).not_to_have_class(lit)
    picture_page.mouse.move(0, 0)  # else the page may scroll another card under the pointer
    row(picture_page, 2).focus()
    expect(slab(picture_page, 2)).to_have_class(lit)


def test_the_picture_leads_to_the_cards(picture_page: Page) -> None:
    """With a click, or with Tab, arrow keys and Enter; screen readers hear what the card is called."""
    slab(picture_page, 11).click()
    expect(row(picture_page, 11)).to_be_focused()
    expect(row(picture_page, 11)).to_be_in_viewport()
    slab(picture_page, 0).focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
        picture_page.keyboard.press(key)
    expect(slab(picture_page, 1)).to_be_focused()
    expect(slab(picture_page, 1)).to_have_attribute("aria-label", re.compile("^Row 1 of 11: Convolution"))
    picture_page.keyboard.press("Enter")
    expect(row(picture_page, 1)).to_be_focused()


def test_a_folded_picture_stays_folded(picture_page: Page) -> None:
    """In this browser, also after a reload."""
    picture_page.get_by_text("Picture of the whole network").click()
    expect(picture(picture_page)).to_be_hidden()
    picture_page.reload()
    wait_until_settled(picture_page)
    expect(rows(picture_page)).to_have_count(11)
    expect(picture(picture_page)).to_have_count(0)
    picture_page.get_by_text("Picture of the whole network").click()
    expect(picture(picture_page)).to_be_visible()


def test_on_a_phone_the_picture_is_folded_at_first(phone: Page) -> None:
    """It would push the cards off the screen; a tap opens it."""
    visit(phone, "/build")
    expect(rows(phone)).to_have_count(11)
    expect(phone.locator(".network-view")).not_to_have_attribute("open", "")
    phone.get_by_text("Picture of the whole network").tap()
    expect(slabs(phone).locator("image")).to_have_count(12)


def test_ones_own_drawing_flows_through_the_network(page: Page) -> None:
    """What was drawn last in this browser is the picture of strips and slabs, in a new tab as well."""
    visit(page, "/build")
    expect(slabs(page).locator("image")).to_have_count(12)
    expect(page.get_by_label("Input picture")).to_have_value("digits")
    strangers = map_on(page, 0)
    visit(page)
    for line in CROSSED_SEVEN:
        stroke(page, line)
    expect(page.get_by_test_id("prediction")).to_have_attribute("data-label", "7")
    other = page.context.new_page()
    visit(other, "/build")
    source = other.get_by_label("Input picture")
    expect(source).to_have_value("drawing")
    expect(source.locator("option").first).to_have_text("My drawing")
    expect(slab(other, 0).locator("image")).not_to_have_attribute("href", strangers)
    mine = map_on(other, 0)
    other.reload()
    wait_until_settled(other)
    expect(slab(other, 0).locator("image")).to_have_attribute("href", mine)


def test_presets_are_walked_through_as_they_are_read(page: Page) -> None:
    """Each has its picture and a button with its name; Tab goes from left to right, line by line."""
    visit(page, "/build")
    page.get_by_role("button", name="Start from").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("tab")).to_have_text(
        ["From the articles", "Find the fault", "Classics", "Made here"]
    )
    expect(dialog.get_by_role("img", name="Picture of article-1", exact=True)).to_be_visible()
    dialog.get_by_role("button", name="Start with article-1", exact=True).focus()
    for name in ("article-2", "article-3", "article-3-deep"):
        page.keyboard.press("Tab")
        expect(dialog.get_by_role("button", name=f"Start with {name}", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    start_from(page, "Find the fault", "vanishing")
    expect(rows(page)).to_have_count(21)


def test_pasted_code_can_be_opened_without_scrolling(page: Page) -> None:
    """The button stands beside what was understood, and the picture below fills the dialog."""
    visit(page, "/build")
    page.get_by_role("button", name="Code", exact=True).click()
    dialog = page.get_by_role("dialog")
    layers = "Conv2D(8, 3, input_shape=(28, 28, 1)), MaxPooling2D(), Flatten(), Dense(10)"
    dialog.get_by_role("textbox").fill(f"# A reader of digits\nmodel = Sequential([{layers}])")
    dialog.get_by_role("button", name="Read it").click()
    expect(dialog.get_by_text("reader of digits: 1×28×28 in")).to_be_in_viewport()
    expect(dialog.get_by_role("button", name="Open in the editor")).to_be_in_viewport()
    drawn = dialog.get_by_role("img", name="Picture of reader of digits").first
    shares = drawn.evaluate("image => image.clientWidth / image.closest('[role=dialog]').clientWidth")
    assert shares > 0.85


def test_a_deleted_design_is_back_after_undo(page: Page) -> None:
    """The button is there in the dialog, and on the page after the dialog is closed."""
    visit(page, "/build")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="My designs").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Deleted “article-1”.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.locator("[class*=st-key-undo_design]").get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Deleted “article-1”.")).to_have_count(0)
    page.get_by_role("button", name="My designs").click()
    expect(dialog.get_by_role("button", name="Delete")).to_be_visible()
