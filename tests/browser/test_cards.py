"""What the layer cards explain, how the keyboard walks through them, and how they fold on a phone."""

from __future__ import annotations

import re

import pytest
import torch
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import DESKTOP
from tests.browser.driving import Server, visit
from tests.browser.test_build import ARTICLE_1, expect_kinds, row, rows
from tests.browser.test_trace import card as trace_card
from tests.browser.test_trace import number_on, place_of
from tests.catalogue import catalogue

MAX_STOPS = 40
# Visible elements that the Tab key stops at, in all shadow roots.
TAB_STOPS = """() => {
  let stops = 0;
  const walk = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) walk(element.shadowRoot);
      if (element.tabIndex >= 0 && !element.disabled && element.checkVisibility()) stops += 1;
    }
  };
  walk(document);
  return stops;
}"""
TOO_SMALL = """all => all.flatMap((element) => {
  const target = element.type === "checkbox" ? element.closest("label") : element;
  const { width, height } = target.getBoundingClientRect();
  const isSmall = width && (width < 43.5 || height < 43.5);
  return isSmall ? [`${element.outerHTML.slice(0, 120)} ${width}×${height}`] : [];
})"""


def toast(page: Page) -> Locator:
    return page.locator(".toast")


def test_a_sentence_explains_each_card(build_page: Page) -> None:
    """In view, for layers with and without settings; one tick hides all, also after a reload."""
    expect(row(build_page, 1).get_by_text("Slides small filters over the picture")).to_be_visible()
    expect(row(build_page, 2).get_by_text("Sets every negative number to 0")).to_be_visible()
    expect(row(build_page, 1).get_by_text("Each number depends on 3×3 pixels.")).to_be_visible()
    build_page.get_by_role("checkbox", name="Explanations").uncheck()
    expect(row(build_page, 1).get_by_text("Slides small filters")).to_be_hidden()
    build_page.reload()
    expect(row(build_page, 2).get_by_text("Sets every negative number")).to_be_hidden()
    build_page.get_by_role("checkbox", name="Explanations").check()
    expect(row(build_page, 2).get_by_text("Sets every negative number")).to_be_visible()


def test_a_moving_picture_shows_what_a_layer_computes(build_page: Page) -> None:
    """It plays by itself, can be stepped through, and shows the settings of the card."""
    card = row(build_page, 3)
    card.get_by_role("button", name="How Max pooling works").click()
    picture = card.get_by_role("region", name="How Max pooling works")
    expect(picture.get_by_role("img")).to_have_accessible_name(re.compile("only its largest number is kept"))
    expect(picture).to_contain_text("Step 2 of 9")
    picture.get_by_role("button", name="One step on").click()
    expect(picture).to_contain_text(re.compile(r"The largest of [\d, ]+ is \d"))
    card.get_by_label("Stride").fill("3")
    expect(picture).to_contain_text("of 4")


def test_a_moving_picture_stands_still_where_motion_is_not_wanted(browser: Browser, server: Server) -> None:
    """Its last step, with the whole result, is shown at once."""
    context = browser.new_context(base_url=server.url, reduced_motion="reduce", **DESKTOP)
    page = context.new_page()
    visit(page, "/build")
    row(page, 11).get_by_role("button", name="How Softmax works").click()
    expect(row(page, 11)).to_contain_text("Step 3 of 3")
    context.close()


def test_the_stack_is_one_stop_of_the_tab_key(build_page: Page) -> None:
    """Enter goes into a card, whose controls Tab then reaches; Escape leads back to the row."""
    assert build_page.evaluate(TAB_STOPS) <= MAX_STOPS
    row(build_page, 1).focus()
    build_page.keyboard.press("Enter")
    expect(row(build_page, 1).get_by_label("Filters")).to_be_focused()
    build_page.keyboard.press("Tab")
    expect(row(build_page, 1).get_by_label("Kernel size")).to_be_focused()
    build_page.keyboard.press("Escape")
    expect(row(build_page, 1)).to_be_focused()
    build_page.keyboard.press("ArrowDown")
    build_page.keyboard.press("ArrowRight")
    expect(row(build_page, 2).get_by_role("button", name="How ReLU works")).to_be_focused()
    build_page.keyboard.press("ArrowRight")
    build_page.keyboard.press("ArrowRight")
    expect(row(build_page, 2).get_by_role("button", name="Move down")).to_be_focused()
    assert build_page.evaluate(TAB_STOPS) <= MAX_STOPS + 20


def test_keys_work_on_after_each_edit(build_page: Page) -> None:
    """The focus is on the row concerned after adding, undoing, deleting and dropping, never on the page."""
    row(build_page, 1).focus()
    build_page.keyboard.press("+")
    build_page.keyboard.type("drop")
    build_page.keyboard.press("Enter")
    expect(row(build_page, 2)).to_be_focused()
    build_page.keyboard.press("Control+z")
    expect(rows(build_page)).to_have_count(11)
    expect(row(build_page, 1)).to_be_focused()
    row(build_page, 5).focus()
    build_page.keyboard.press("Delete")
    expect(rows(build_page)).to_have_count(10)
    expect(row(build_page, 4)).to_be_focused()
    build_page.keyboard.press("Control+z")
    expect(row(build_page, 5)).to_be_focused()
    expect_kinds(build_page, ARTICLE_1)
    row(build_page, 1).get_by_role("button", name="Delete").click()
    expect(row(build_page, 1)).to_have_attribute("data-kind", "ReLU")
    expect(row(build_page, 1)).to_be_focused()


def test_a_deleted_layer_comes_back_from_the_message(build_page: Page) -> None:
    """The message is one stop behind the stack, and goes with the next edit."""
    row(build_page, 4).focus()
    build_page.keyboard.press("Delete")
    expect(toast(build_page)).to_contain_text("Deleted Convolution.")
    build_page.keyboard.press("Tab")
    expect(toast(build_page).get_by_role("button", name="Undo")).to_be_focused()
    build_page.keyboard.press("Enter")
    expect_kinds(build_page, ARTICLE_1)
    expect(row(build_page, 4)).to_be_focused()
    expect(toast(build_page)).to_be_hidden()


def test_maps_are_enlarged_down_to_single_values(build_page: Page) -> None:
    """With the keyboard; the pointer then shows row, column and value."""
    card = row(build_page, 1)
    expect(card.locator(".strip")).to_be_visible()
    card.locator(".enlarge").focus()
    build_page.keyboard.press("Enter")
    tiles = card.locator(".enlarged canvas.tiles")
    expect(tiles).to_have_attribute("aria-label", re.compile("Convolution: 32 maps of 26×26"))
    tiles.hover(position={"x": 20, "y": 20})
    expect(card.locator(".loupe p")).to_have_text(re.compile(r"map 1, row \d+, column \d+: "))


def test_a_number_of_the_maps_leads_to_its_arithmetic(build_page: Page) -> None:
    """With the keyboard, as torch computes it; an edit renews it, and it leaves with its row."""
    build_page.locator("[data-preview=source]").select_option("digits")
    first, trace = row(build_page, 1), trace_card(build_page)
    expect(first.locator(".strip")).to_be_visible()
    first.locator(".enlarge").press("Enter")
    expect(first.locator(".enlarged canvas.tiles")).to_have_attribute("aria-label", re.compile("32 maps"))
    for key in ("ArrowRight", "Enter", "Enter"):  # to the second map, into it, and its strongest number
        first.locator(".enlarged .board").press(key)
    expect(trace.locator(".ways .back")).to_be_focused()
    address, position = place_of(build_page)
    assert (address.row, position[0]) == (0, 1)
    assert number_on(build_page) == pytest.approx(float(untrained(32)[position]), rel=1e-5)
    trace.locator(".ways .on").press("Enter")
    expect(trace.locator(".heading .quiet")).to_have_text("2. ReLU")
    expect(first.locator(".trace-card")).to_have_count(1)  # the maps of that row are not enlarged
    trace.locator(".ways .back").press("Enter")
    expect(trace.locator(".heading .quiet")).to_have_text(re.compile("^1. Convolution"))
    with build_page.expect_response(re.compile("api/editor/trace")):
        first.get_by_label("Filters").fill("4")
    expect(trace.locator(".heading .quiet")).to_have_text("1. Convolution 4, 3×3")
    assert number_on(build_page) == pytest.approx(float(untrained(4)[position]), rel=1e-5)
    first.get_by_role("button", name="Delete").click()
    expect(trace).to_have_count(0)


def untrained(filters: int) -> torch.Tensor:
    """The first convolution's output for the first digit, which the strips show; (C, H, W)."""
    with torch.random.fork_rng(devices=[]), torch.inference_mode():
        torch.manual_seed(0)
        convolution = torch.nn.Conv2d(1, filters, 3)
        return convolution(catalogue().load("digits").test.images[0].float() / 255)


def test_an_open_block_shows_the_output_of_its_layers(build_page: Page) -> None:
    """As strips, below the layer's shape and counts."""
    row(build_page, 1).get_by_role("button", name="Add a layer here").click()
    build_page.get_by_label("Layers to add").locator("[data-kind=Residual]").click()
    row(build_page, 2).get_by_role("button", name="Show inside").click()
    part = row(build_page, 2).locator(".part").first
    expect(part).to_contain_text("32×26×26")
    expect(part.locator(".strip")).to_have_attribute("aria-label", re.compile("maps, up to ±"))


def test_a_card_on_a_phone_opens_with_a_tap(phone: Page) -> None:
    """One at a time, and again after a reload; folded it has name, settings, shape and the sentence."""
    visit(phone, "/build")
    expect(row(phone, 1)).to_contain_text("32, 3×3 → 32×26×26")
    expect(row(phone, 1).get_by_text("Slides small filters")).to_be_visible()
    expect(row(phone, 1).get_by_label("Filters")).to_be_hidden()
    row(phone, 1).locator(".kind").tap()
    expect(row(phone, 1).get_by_label("Filters")).to_be_visible()
    row(phone, 4).locator(".kind").tap()
    expect(row(phone, 4).get_by_label("Filters")).to_be_visible()
    expect(row(phone, 1).get_by_label("Filters")).to_be_hidden()
    phone.reload()
    expect(row(phone, 4).get_by_label("Filters")).to_be_visible()
    row(phone, 4).locator(".kind").tap()
    expect(row(phone, 4).get_by_label("Filters")).to_be_hidden()


def test_a_phone_keeps_the_state_in_sight(phone: Page) -> None:
    """Parameters while all is well; what is wrong otherwise, and a tap leads there."""
    visit(phone, "/build")
    expect(rows(phone)).to_have_count(11)
    row(phone, 11).scroll_into_view_if_needed()
    expect(phone.locator(".sum")).to_be_in_viewport()
    expect(phone.locator(".sum")).to_have_text("121,930 parameters")
    row(phone, 7).locator(".kind").tap()
    row(phone, 7).get_by_role("button", name="Delete").tap()
    wrong = phone.get_by_role("button", name="Row 7 cannot work")
    row(phone, 10).scroll_into_view_if_needed()
    expect(wrong).to_be_in_viewport()
    wrong.tap()
    expect(row(phone, 7)).to_be_focused()
    expect(row(phone, 7).get_by_text("Dense needs one long row of numbers")).to_be_in_viewport()


def test_a_finger_hits_every_control(phone: Page) -> None:
    """Each is at least 44 pixels wide and high, in an open card with its explanation as well."""
    visit(phone, "/build")
    row(phone, 1).locator(".kind").tap()
    row(phone, 1).get_by_role("button", name="How Convolution works").tap()
    expect(row(phone, 1).locator(".stage")).to_be_visible()
    assert phone.locator(".stack :is(button, input, select, summary)").evaluate_all(TOO_SMALL) == []


# ---- in present mode


def open_cards(page: Page) -> Locator:
    """The cards that are not folded to a line."""
    return page.locator(".row.open")


def present_build(page: Page) -> None:
    """Build in present mode, with article-1."""
    page.set_viewport_size({"width": 1920, "height": 1080})
    visit(page, "/build?present=1")
    expect(rows(page)).to_have_count(11)
    expect(page.locator(".network-picture .slab").first).to_be_visible()


def test_a_clicker_goes_from_card_to_card(page: Page) -> None:
    """One is open, in view below the picture, which shows the same layer; before the first one, none is."""
    present_build(page)
    expect(open_cards(page)).to_have_count(0)
    expect(row(page, 1).get_by_label("Filters")).to_be_hidden()
    for number in (1, 2, 3, 4):
        page.keyboard.press("PageDown")
        expect(open_cards(page)).to_have_count(1)
        expect(open_cards(page)).to_have_attribute("aria-label", re.compile(f"^Row {number} of 11"))
        expect(row(page, number).locator(".enlarged .board")).to_be_in_viewport(ratio=1)
        expect(page.locator(".network-picture .slab.lit")).to_have_attribute("data-row", str(number - 1))
    expect(page.locator(".network-picture")).to_be_in_viewport(ratio=1)
    page.keyboard.press("PageUp")
    expect(open_cards(page)).to_have_attribute("aria-label", re.compile("^Row 3 of 11"))
    for _ in range(3):
        page.keyboard.press("PageUp")
    expect(open_cards(page)).to_have_count(0)
    page.wait_for_function("() => document.querySelector('[data-testid=stMain]').scrollTop === 0")


def test_the_open_card_has_the_arithmetic_and_is_edited(page: Page) -> None:
    """As anywhere; an added layer is the one that is presented, and so is one that a slab leads to."""
    present_build(page)
    page.get_by_role("button", name="Next layer").click()
    sums = row(page, 1).locator(".sums").filter(visible=True)
    expect(sums).to_contain_text("Parameters: 32 × (3×3×1) + 32 = 320")
    row(page, 1).get_by_label("Filters").fill("16")
    expect(sums).to_contain_text("= 160")
    row(page, 1).get_by_role("button", name="Duplicate").click()
    expect(rows(page)).to_have_count(12)
    expect(open_cards(page)).to_have_attribute("aria-label", re.compile("^Row 2 of 12"))
    slabs = page.locator(".network-picture .slab")
    expect(slabs).to_have_count(13)  # with the input
    slabs.nth(5).click()
    expect(open_cards(page)).to_have_attribute("aria-label", re.compile("^Row 5 of 12"))
    expect(page.locator(".stepper .which")).to_have_text("Layer 5 of 12")
    row(page, 5).get_by_role("button", name="Delete").click()
    expect(rows(page)).to_have_count(11)
    expect(open_cards(page)).to_have_count(1)


def test_after_present_mode_all_cards_are_open(page: Page) -> None:
    """With their strips, and none with large maps."""
    present_build(page)
    page.get_by_role("button", name="Next layer").click()
    expect(row(page, 1).locator(".enlarged")).to_be_visible()
    page.keyboard.press("Escape")
    expect(row(page, 4).get_by_label("Filters")).to_be_visible()
    expect(row(page, 1).locator(".strip")).to_be_visible()
    expect(page.locator(".enlarged").filter(visible=True)).to_have_count(0)
    expect(page.locator(".stepper")).to_be_hidden()
