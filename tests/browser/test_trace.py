"""How a number on the Draw page was computed: the card that a click on it opens, against the trace itself."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch
from playwright.sync_api import Browser, Locator, Page, expect

from cnnlab.design.address import LayerAddress
from cnnlab.interpret.reach import Position
from cnnlab.interpret.recording import record
from cnnlab.interpret.trace import trace
from cnnlab.reader.loaded_model import load_bundled
from tests.browser.conftest import DESKTOP, PHONE, tab
from tests.browser.driving import Server, visit, wait_until_settled
from tests.browser.measures import shifts, watch_shifts
from tests.browser.test_identity import appears, menu
from tests.browser.test_pad import SEVEN, draw, expect_blank, expect_label, on_screen, pad, press
from tests.browser.test_pad_extras import add_untrained_run
from tests.browser.test_pad_layout import box, foot
from tests.ui.unpacking import unpack

SECOND_CONVOLUTION = 4  # rows of the bundled network
SOFTMAX = 17


def card(page: Page) -> Locator:
    return page.locator(".trace-card")


def drawn_seven(page: Page) -> torch.Tensor:
    """Draw a 7; return it as the network gets it, from the answer to the whole stroke."""
    draw(page, SEVEN)
    expect_label(page, "7")
    expect(page.locator(".neighbors li")).to_have_count(5)  # above the maps: they move when it comes
    for scope in ("network", "map"):  # each asks again; the first answer may be one to a part of the stroke
        with page.expect_response(re.compile("api/classify")) as response:
            page.locator(".scope").select_option(scope)
    answer = unpack(response.value.body())
    shown = page.get_by_test_id("prediction").element_handle()
    page.wait_for_function("([shown, seq]) => Number(shown.dataset.seq) >= seq", arg=[shown, answer["seq"]])
    return torch.from_numpy(answer["pictures"]["width"].copy())[None].float() / 255


def maps_of(page: Page, row: int) -> Locator:
    """The maps of a row, in view and painted."""
    maps = page.locator(".map-row .tiles").nth(row)
    maps.scroll_into_view_if_needed()
    expect(maps).to_have_attribute("aria-label", re.compile("from"))
    return maps


def click_number(page: Page, row: int, x: int = 90, y: int = 18) -> None:
    """Click into the maps of a row."""
    maps_of(page, row).click(position={"x": x, "y": y})
    expect(card(page).locator(".heading .quiet")).to_have_text(re.compile(rf"^{row + 1}\. "))


def place_of(page: Page) -> tuple[LayerAddress, Position]:
    """Which number the card is about, according to its words."""
    place = card(page).locator("h3").inner_text()
    row = int(card(page).locator(".heading .quiet").inner_text().split(".")[0]) - 1
    if found := re.fullmatch(r"Map (\d+), row (\d+), column (\d+)", place):
        return LayerAddress(row), tuple(int(each) - 1 for each in found.groups())
    found = re.fullmatch(r"Number (\d+)|Class (\d)", place)
    assert found, place
    return LayerAddress(row), (int(found[1]) - 1 if found[1] else int(found[2]),)


def number_on(page: Page) -> float:
    """The number on the card, with all its digits."""
    text = card(page).locator(".check").inner_text()
    found = re.match(r"✓ (−?[\d.,]+(?: × 10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?);", text)
    assert found, text
    raised = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-", ",")
    return float(found[1].replace(" × 10", "e").translate(raised))


def value_of(picture: torch.Tensor, address: LayerAddress, position: Position) -> float:
    """The number in the trace of the bundled network."""
    bundled = load_bundled()
    return trace(record(bundled.design, bundled.model, picture), address, position).value


def test_a_click_on_a_number_shows_how_it_is_computed(draw_page: Page) -> None:
    """The card has the trace's own value for exactly the number under the pointer."""
    picture = drawn_seven(draw_page)
    click_number(draw_page, SECOND_CONVOLUTION)
    pointed = draw_page.locator(".loupe p").inner_text().partition(":")[0]
    expect(card(draw_page).locator("h3")).to_have_text(f"M{pointed[1:]}")
    address, position = place_of(draw_page)
    assert address == LayerAddress(SECOND_CONVOLUTION)
    assert number_on(draw_page) == pytest.approx(value_of(picture, address, position), rel=1e-4)
    click_number(draw_page, 15, 22, 5)
    address, position = place_of(draw_page)
    assert (address, position) == (LayerAddress(15), (1,))
    assert number_on(draw_page) == pytest.approx(value_of(picture, address, position), rel=1e-4, abs=1e-6)


def test_the_number_and_its_window_are_framed(draw_page: Page) -> None:
    """In the maps; the strongest map's window is thicker. What it sees is framed on the small picture."""
    drawn_seven(draw_page)
    click_number(draw_page, SECOND_CONVOLUTION)
    rows = draw_page.locator(".map-row")
    expect(rows.nth(4).locator(".picked .cell:not(.halo)")).to_have_count(1)
    expect(rows.nth(3).locator(".picked .window:not(.halo)")).to_have_count(24)
    expect(rows.nth(3).locator(".picked .first:not(.halo)")).to_have_count(1)
    frame = draw_page.locator(".sight i").evaluate("({ style }) => [style.top, style.height, style.width]")
    top, height, width = (float(each.rstrip("%")) * 28 / 100 for each in frame)
    sees = f"rows {top + 1:.0f} to {top + height:.0f} and columns 1 to {width:.0f} of the picture"
    expect(card(draw_page)).to_contain_text(sees)


def test_walking_leads_to_the_picture_and_to_the_answer(draw_page: Page) -> None:
    """Layer by layer, each number that of the trace; at both ends there is nothing more."""
    picture = drawn_seven(draw_page)
    click_number(draw_page, SECOND_CONVOLUTION)
    for button, end in ((".back", 0), (".on", SOFTMAX)):
        for _ in range(SOFTMAX + 1):
            if card(draw_page).locator(button).get_attribute("aria-disabled") == "true":
                break
            before = place_of(draw_page)
            card(draw_page).locator(button).click()
            draw_page.wait_for_function(
                "([card, row]) => !card.querySelector('.heading .quiet').textContent.startsWith(`${row}.`)",
                arg=[card(draw_page).element_handle(), before[0].row + 1],
            )
            place = place_of(draw_page)
            assert number_on(draw_page) == pytest.approx(value_of(picture, *place), rel=1e-4, abs=1e-5)
        assert place_of(draw_page)[0] == LayerAddress(end)
    expect(card(draw_page).locator("h3")).to_have_text("Class 7")
    expect(draw_page.locator(".map-row").last.locator(".picked .cell:not(.halo)")).to_be_visible()


def test_the_card_follows_the_pen_and_waits_for_the_next_drawing(draw_page: Page) -> None:
    """While the pen is down; a blank sheet says what to do, and the next drawing shows the number again."""
    drawn_seven(draw_page)
    click_number(draw_page, SECOND_CONVOLUTION, 110, 25)
    seen = [number_on(draw_page)]
    start, *others = on_screen(draw_page, [(0.3, 0.5), (0.5, 0.52), (0.7, 0.5)])
    draw_page.mouse.move(*start)
    draw_page.mouse.down()
    check = card(draw_page).locator(".check")
    for point in others:
        before = check.inner_text()
        draw_page.mouse.move(*point, steps=8)
        expect(check).not_to_have_text(before)
        seen.append(number_on(draw_page))
    draw_page.mouse.up()
    assert len(set(seen)) == 3
    draw_page.get_by_test_id("drawing-clear").click()
    trouble = draw_page.locator(".tracing .trouble")
    expect(trouble).to_have_text("Draw, and the number is shown here again.")
    picture = drawn_seven(draw_page)
    expect(trouble).to_be_hidden()
    expect(draw_page.locator(".tracing.stale")).to_have_count(0)
    assert number_on(draw_page) == pytest.approx(value_of(picture, *place_of(draw_page)), rel=1e-4)


def test_the_keyboard_picks_walks_and_comes_back(draw_page: Page) -> None:
    """Enter on a number opens the card and goes into it; Escape closes it, back on the number."""
    picture = drawn_seven(draw_page)
    board = draw_page.locator(".map-row .board").nth(SECOND_CONVOLUTION)
    draw_page.locator(".scope").focus()
    press(draw_page, "Tab", *["ArrowDown"] * SECOND_CONVOLUTION, "ArrowRight", "Enter")
    expect(board).to_be_focused()
    expect(board).to_have_attribute("aria-description", re.compile("on a number shows how it is computed"))
    expect(draw_page.locator(".map-words")).to_have_text(re.compile("^map 2, row"))
    spoken = draw_page.locator(".map-words").inner_text()
    press(draw_page, "Enter")
    expect(card(draw_page).locator(".back")).to_be_focused()
    place = place_of(draw_page)
    row, column = place[1][1] + 1, place[1][2] + 1
    assert spoken.startswith(f"map 2, row {row}, column {column}: ")
    assert number_on(draw_page) == pytest.approx(value_of(picture, *place), rel=1e-4)
    draw_page.keyboard.press("Enter")
    expect(card(draw_page).locator(".heading .quiet")).to_have_text("4. ReLU")
    draw_page.keyboard.press("Escape")
    expect(card(draw_page)).to_be_hidden()
    expect(draw_page.locator(".map-row .board").nth(3)).to_be_focused()
    expect(draw_page.locator(".loupe")).to_be_visible()
    expect(draw_page.locator(".picked .cell")).to_have_count(0)


def test_escape_closes_it_from_anywhere_but_the_pad(draw_page: Page) -> None:
    """There, Escape clears the drawing, as ever."""
    drawn_seven(draw_page)
    click_number(draw_page, 0)
    pad(draw_page).focus()
    press(draw_page, "Escape")
    expect_blank(draw_page)
    expect(card(draw_page)).to_be_visible()
    pad(draw_page).blur()
    press(draw_page, "Escape")
    expect(card(draw_page)).to_be_hidden()


def test_a_number_that_another_network_does_not_have_closes_it(page: Page, server: Server) -> None:
    """And says so; what is in both networks stays open."""
    add_untrained_run(server)
    visit(page)
    drawn_seven(page)
    click_number(page, 0)
    choose_network(page, "Untrained")
    expect(card(page).locator(".heading .quiet")).to_contain_text("Convolution 6")
    choose_network(page, "Bundled digit reader")
    expect(card(page).locator(".heading .quiet")).to_contain_text("Convolution 24")
    click_number(page, SOFTMAX, 30, 10)
    choose_network(page, "Untrained")
    expect(card(page)).to_be_hidden()
    expect(page.locator(".pick-hint")).to_contain_text("does not have the number")


def choose_network(page: Page, name: str) -> None:
    entry = page.get_by_role("option", name=name)
    wait_until_settled(page)
    menu(page, "Network").click()
    while not appears(entry):  # a rerun of the page may have closed the menu
        page.keyboard.press("Escape")
        menu(page, "Network").click()
    entry.click()
    wait_until_settled(page)


def test_play_slides_over_the_map(draw_page: Page) -> None:
    """From number to number, until it is stopped."""
    drawn_seven(draw_page)
    click_number(draw_page, SECOND_CONVOLUTION)
    place = card(draw_page).locator("h3")
    place_before = place_of(draw_page)[1]
    draw_page.get_by_role("button", name="▶ Play").focus()
    draw_page.keyboard.press("Enter")
    channel, y, x = place_before
    expect(place).to_have_text(f"Map {channel + 1}, row {y + 1}, column {x + 3}")
    draw_page.keyboard.press("Enter")
    expect(draw_page.get_by_role("button", name="▶ Play")).to_be_visible()


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nothing_moves_when_it_opens(
    browser: Browser, server: Server, request: pytest.FixtureRequest, screen: dict[str, Any]
) -> None:
    """Neither what is around it nor, with other numbers, what is in it."""
    with tab(browser, server, request, screen | {"bypass_csp": True}) as page:
        watch_shifts(page)
        visit(page)
        drawn_seven(page)
        expect(page.locator(".neighbors li")).to_have_count(5)
        maps = maps_of(page, SECOND_CONVOLUTION)
        shifts(page)
        before = maps.evaluate("(maps) => [maps.offsetTop, maps.clientWidth, maps.clientHeight]")
        click_number(page, SECOND_CONVOLUTION)
        assert maps.evaluate("(maps) => [maps.offsetTop, maps.clientWidth, maps.clientHeight]") == before
        assert shifts(page) == []


def test_beside_the_maps_it_hides_none_of_them(draw_page: Page) -> None:
    """Nor the pad and the bars with their per cents."""
    drawn_seven(draw_page)
    click_number(draw_page, SECOND_CONVOLUTION)
    left = box(draw_page.locator(".tracing")).left
    assert box(draw_page.locator(".map-rows")).right <= left
    draw_page.get_by_test_id("drawing-pad").scroll_into_view_if_needed()
    assert box(draw_page.locator(".bars")).right <= left
    assert box(draw_page.locator(".tracing")).bottom <= 800


def test_on_a_phone_it_is_a_sheet_at_the_foot(draw_phone: Page) -> None:
    """A tap picks; the sheet is above the bar of screens, the tapped maps above the sheet; × closes it."""
    drawn_seven(draw_phone)
    maps = maps_of(draw_phone, SECOND_CONVOLUTION)
    maps.tap(position={"x": 90, "y": 18})
    sheet = draw_phone.locator(".tracing")
    expect(sheet).to_be_visible()
    expect(draw_phone.locator(".loupe")).to_be_hidden()
    draw_phone.wait_for_function(
        "([maps, sheet]) => maps.getBoundingClientRect().bottom <= sheet.getBoundingClientRect().top",
        arg=[maps.element_handle(), sheet.element_handle()],
    )
    shown = box(sheet)
    assert shown.bottom <= 844 - foot(draw_phone) + 1
    assert shown.bottom - shown.top <= 0.55 * 844 + 1
    assert sheet.evaluate("(sheet) => sheet.scrollHeight > sheet.clientHeight")
    close = box(sheet.get_by_role("button", name="Close"))
    assert min(close.right - close.left, close.bottom - close.top) >= 43.5
    sheet.get_by_role("button", name="Close").tap()
    expect(sheet).to_be_hidden()


def test_in_present_mode_a_walk_leads_to_the_other_layer(page: Page) -> None:
    """One layer is shown at a time; the first Escape closes the card, not the mode."""
    visit(page, "/?present=1")
    draw(page, SEVEN)
    expect_label(page, "7")
    page.get_by_role("button", name="Next layer").click()
    page.locator(".map-row.current .tiles").click(position={"x": 90, "y": 18})
    expect(card(page).locator(".heading .quiet")).to_contain_text("2. Max pooling")
    card(page).locator(".back").click()
    expect(page.locator(".map-row.current b")).to_have_text("1. Convolution")
    expect(page.locator(".map-row.current .picked .cell:not(.halo)")).to_be_visible()
    page.keyboard.press("Escape")
    expect(card(page)).to_be_hidden()
    expect(page.locator(".stepper")).to_be_visible()
