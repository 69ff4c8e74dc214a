"""The drawing pad under mouse, finger and keyboard, with the bundled network."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.driving import settled, visit

Places = list[tuple[float, float]]  # parts of the pad's width and height
SEVEN: Places = [(0.28, 0.25), (0.72, 0.25), (0.60, 0.5), (0.48, 0.8)]
INK = """canvas => {
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let ink = 0;
  for (let at = 3; at < pixels.length; at += 4) ink += pixels[at] > 127;
  return ink / (canvas.width * canvas.height);
}"""


def pad(page: Page) -> Locator:
    return page.get_by_test_id("drawing-pad")


def answer(page: Page) -> Locator:
    return page.get_by_test_id("prediction")


def expect_label(page: Page, label: str) -> None:
    expect(answer(page)).to_have_attribute("data-label", label)


def expect_blank(page: Page) -> None:
    """No label, no confidence, an invitation in words."""
    expect_label(page, "")
    expect(answer(page)).to_contain_text("Draw a digit")
    expect(answer(page)).not_to_contain_text("%")


def seq(page: Page) -> int:
    return int(answer(page).get_attribute("data-seq") or "")


def ink(page: Page) -> float:
    """The part of the sheet that is covered, once the strokes so far are painted: in the next frame."""
    page.evaluate("() => new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)))")
    covered: float = pad(page).evaluate(INK)
    return covered


def on_screen(page: Page, places: Iterable[tuple[float, float]]) -> Places:
    expect(pad(page)).to_be_visible()
    box = pad(page).bounding_box()
    assert box
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in places]


def draw(page: Page, places: Places) -> None:
    """One stroke with the mouse."""
    start, *others = on_screen(page, places)
    page.mouse.move(*start)
    page.mouse.down()
    for place in others:
        page.mouse.move(*place, steps=8)
    page.mouse.up()


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_a_seven_is_read_as_a_seven(sheet: Page) -> None:
    """The first thing that everyone does."""
    draw(sheet, SEVEN)
    expect_label(sheet, "7")
    assert float(answer(sheet).get_attribute("data-confidence") or "") > 0.8
    expect(answer(sheet).locator(".winner")).to_have_text("7")
    expect(answer(sheet).locator(".bars li")).to_have_count(10)
    expect(answer(sheet).locator(".bars .wins")).to_contain_text("7")


def test_a_pad_is_seen_once_it_takes_ink(page: Page) -> None:
    """Its scripts are late: it keeps its place, but nobody draws on what is not listening yet."""
    held: list[Route] = []
    page.route("**/draw/drawing_pad/sheet.js", lambda route: held.append(route))  # noqa: PLW0108 - its signature is asked for
    page.goto("/", wait_until="commit")
    expect(pad(page)).to_be_attached()
    expect(pad(page)).to_be_hidden()
    box = pad(page).bounding_box()
    assert box
    assert box["height"] > 100
    for route in held:
        route.continue_()
    draw(page, SEVEN)
    expect_label(page, "7")


def test_the_answer_changes_while_the_pen_is_down(sheet: Page) -> None:
    """Nobody has to let go; each answer has a higher number than the one before."""
    start, *others = on_screen(sheet, SEVEN)
    sheet.mouse.move(*start)
    sheet.mouse.down()
    seen = [seq(sheet)]
    for place in others:
        sheet.mouse.move(*place, steps=8)
        expect(answer(sheet)).not_to_have_attribute("data-seq", str(seen[-1]))
        seen.append(seq(sheet))
    expect_label(sheet, "7")
    sheet.mouse.up()
    assert seen == sorted(set(seen))


def test_every_layer_shows_what_it_makes_of_the_drawing(sheet: Page) -> None:
    """A row of tiles for each layer of the network, with its number, kind, shape and figures."""
    rows = sheet.locator(".map-row")
    expect(rows).to_have_count(18)
    expect(rows.first).to_contain_text("1. Conv2d 24, 5×5")
    expect(rows.first).to_contain_text("24×28×28")
    draw(sheet, SEVEN)
    expect_label(sheet, "7")
    rows.last.scroll_into_view_if_needed()
    expect(rows.first.locator("canvas")).to_have_attribute("aria-label", re.compile(r"from −\d.* to \d"))
    expect(rows.last.locator("canvas")).to_have_attribute("aria-label", re.compile("the highest in 7$"))


def test_pointing_at_a_tile_names_its_value(sheet: Page) -> None:
    """Map, place and number, in a loupe."""
    draw(sheet, SEVEN)
    expect_label(sheet, "7")
    tiles = sheet.locator(".map-row canvas").first
    expect(tiles).to_have_attribute("aria-label", re.compile("from"))
    tiles.hover(position={"x": 70, "y": 20})
    expect(sheet.locator(".loupe p")).to_have_text(re.compile(r"^map 2, row \d+, column \d+: −?[\d.]+"))


def test_clear_gives_a_blank_sheet_and_undo_takes_it_back(sheet: Page) -> None:
    """A blank sheet gets no guess; nothing that was drawn is lost by a slip."""
    draw(sheet, SEVEN)
    expect_label(sheet, "7")
    sheet.get_by_test_id("drawing-clear").click()
    expect_blank(sheet)
    assert ink(sheet) == 0
    sheet.get_by_role("button", name="Undo").click()
    expect_label(sheet, "7")


def test_undo_and_redo_give_the_same_ink(sheet: Page) -> None:
    """Stroke by stroke, by the shortcuts."""
    draw(sheet, SEVEN)
    one = ink(sheet)
    draw(sheet, [(0.2, 0.9), (0.8, 0.9)])
    expect(sheet.get_by_role("button", name="Undo")).to_have_attribute("aria-disabled", "false")
    two = ink(sheet)
    assert two > one
    press(sheet, "Control+z")
    sheet.wait_for_function(f"([canvas, wanted]) => ({INK})(canvas) === wanted", arg=[handle(sheet), one])
    press(sheet, "Control+y")
    sheet.wait_for_function(f"([canvas, wanted]) => ({INK})(canvas) === wanted", arg=[handle(sheet), two])


def handle(page: Page) -> object:
    return pad(page).element_handle()


def test_a_click_makes_a_dot_that_is_no_digit(sheet: Page) -> None:
    """Ink appears where the pen touches, but a dot is not guessed at."""
    pad(sheet).click()
    sheet.wait_for_function(f"(canvas) => ({INK})(canvas) > 0.002", arg=handle(sheet))
    expect_blank(sheet)


def test_the_eraser_takes_ink_away(sheet: Page) -> None:
    """A wide eraser over the stem of a 7."""
    draw(sheet, SEVEN)
    drawn = ink(sheet)
    sheet.get_by_role("button", name="Eraser").click()
    draw(sheet, [(0.7, 0.35), (0.4, 0.9)])
    assert ink(sheet) < 0.8 * drawn


def test_the_keyboard_draws_a_one(sheet: Page) -> None:
    """Arrow keys move, the space bar puts the pen down, Escape clears: no pointer is needed."""
    pad(sheet).focus()
    press(sheet, *["ArrowUp"] * 9, "Space", *["ArrowDown"] * 18, "Space")
    expect_label(sheet, "1")
    press(sheet, "Escape")
    expect_blank(sheet)


def test_the_drawing_survives_other_pages_and_a_reload(sheet: Page) -> None:
    """Who looks elsewhere finds the drawing again, and its answer."""
    draw(sheet, SEVEN)
    expect_label(sheet, "7")
    sheet.get_by_role("link", name="Build").click()
    settled(sheet)
    expect(pad(sheet)).to_have_count(0)
    sheet.get_by_role("link", name="Draw").click()
    expect_label(sheet, "7")
    sheet.reload()
    expect_label(sheet, "7")


def test_the_drawing_survives_a_change_of_theme(sheet: Page) -> None:
    """From light to dark the ink stays, and stays visible."""
    draw(sheet, SEVEN)
    expect_label(sheet, "7")
    before = ink(sheet)
    sheet.emulate_media(color_scheme="dark")
    expect(sheet.locator(".lab.dark")).to_have_count(1)
    assert ink(sheet) == pytest.approx(before, rel=0.01)


def test_a_step_of_the_preparation_can_be_switched_off(sheet: Page) -> None:
    """Uncropped, a small 7 in a corner becomes a smudge: the answer changes at once."""
    draw(sheet, [(0.05 + 0.25 * x, 0.05 + 0.25 * y) for x, y in SEVEN])
    expect_label(sheet, "7")
    crop = sheet.get_by_role("button", name="Crop to the ink")
    settled_answer(sheet)
    sure = reading(sheet)
    crop.click()
    expect(crop).to_have_attribute("aria-pressed", "false")
    expect(answer(sheet)).not_to_have_attribute("data-confidence", sure[1])
    label, confidence = reading(sheet)
    assert label != "7" or float(confidence) < float(sure[1])


def reading(sheet: Page) -> tuple[str, str]:
    """What the answer says, as the page has it: label and confidence."""
    found = answer(sheet)
    return found.get_attribute("data-label") or "", found.get_attribute("data-confidence") or ""


def settled_answer(sheet: Page) -> None:
    """Wait for the answer to the whole drawing: the number of answers stands still."""
    last = -1
    while seq(sheet) != last:
        last = seq(sheet)
        sheet.wait_for_timeout(400)


def test_a_lab_that_does_not_answer_is_waited_for(sheet: Page) -> None:
    """The pad says so, and answers by itself once the lab is back."""
    sheet.route("**/api/classify*", lambda route: route.abort())
    draw(sheet, SEVEN)
    expect(answer(sheet)).to_contain_text("The lab is not responding")
    sheet.unroute("**/api/classify*")
    expect_label(sheet, "7")
    expect(answer(sheet)).not_to_contain_text("The lab is not responding")


def test_a_lab_that_wakes_up_says_so(sheet: Page) -> None:
    """Until torch is loaded the pad asks again by itself."""
    waking = '{"error": "The network is waking up.", "waking": true}'
    sheet.route("**/api/classify*", lambda route: route.fulfill(status=503, body=waking))
    draw(sheet, SEVEN)
    expect(answer(sheet)).to_contain_text("Waking up the network…")
    sheet.unroute("**/api/classify*")
    expect_label(sheet, "7")


def touch(page: Page, places: Places) -> None:
    """One stroke with a finger, as Chromium sends it."""
    finger = page.context.new_cdp_session(page)
    for number, (x, y) in enumerate(on_screen(page, places)):
        kind = "touchMove" if number else "touchStart"
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def dense(places: Places) -> Places:
    """The same line with eight steps between two corners."""
    pairs = zip(places, places[1:], strict=False)
    steps = [(x + (u - x) * k / 8, y + (v - y) * k / 8) for (x, y), (u, v) in pairs for k in range(8)]
    return [*steps, places[-1]]


def test_a_finger_draws_on_a_phone(phone: Page) -> None:
    """The finger draws and does not scroll; the pad is as wide as the screen, and nothing is cut off."""
    visit(phone)
    expect_blank(phone)
    box = pad(phone).bounding_box()
    assert box
    assert box["width"] > 340
    touch(phone, dense(SEVEN))
    expect_label(phone, "7")
    assert pad(phone).bounding_box() == box
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    for part in (".tools", ".answer", ".sees", ".maps"):
        inner = phone.locator(f".lab {part}").first.bounding_box()
        assert inner
        assert inner["x"] >= 0
        assert inner["x"] + inner["width"] <= 390


def test_a_tap_on_a_tile_names_its_value(phone: Page) -> None:
    """The loupe stays when the finger is lifted, and goes with the next tap."""
    visit(phone)
    touch(phone, dense(SEVEN))
    expect_label(phone, "7")
    tiles = phone.locator(".map-row canvas").first
    tiles.scroll_into_view_if_needed()
    expect(tiles).to_have_attribute("aria-label", re.compile("from"))
    tiles.tap(position={"x": 20, "y": 20})
    expect(phone.locator(".loupe p")).to_have_text(re.compile(r"^map 1, row \d+"))
    phone.locator(".maps h3").tap()
    expect(phone.locator(".loupe")).to_be_hidden()


def test_a_phones_page_scrolls_beside_the_pad(phone: Page) -> None:
    """A finger on the answer moves the page, so that the layers can be reached."""
    visit(phone)
    expect_blank(phone)
    before = pad(phone).bounding_box()
    assert before
    assert before["y"] + before["height"] < 700
    touch(phone, dense([(0.5, 1.2), (0.5, 0.2)]))
    phone.wait_for_function(
        "([canvas, y]) => canvas.getBoundingClientRect().y < y", arg=[handle(phone), before["y"] - 100]
    )
    expect_blank(phone)
