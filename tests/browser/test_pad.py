"""The drawing pad with mouse, touch and keyboard, read by the bundled network."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.driving import visit, wait_until_settled

Points = list[tuple[float, float]]  # as fractions of the pad's width and height, or in pixels
SEVEN: Points = [(0.28, 0.25), (0.72, 0.25), (0.60, 0.5), (0.48, 0.8)]
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
    """Expect no label and no confidence, but an invitation to draw."""
    expect_label(page, "")
    expect(answer(page)).to_contain_text("Draw a digit")
    expect(answer(page).locator(".bars")).not_to_contain_text("%")


def sequence_number(page: Page) -> int:
    return int(answer(page).get_attribute("data-seq") or "")


def ink(page: Page) -> float:
    """The fraction of the sheet that is covered, once the next frame has painted all strokes so far."""
    page.evaluate("() => new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)))")
    covered: float = pad(page).evaluate(INK)
    return covered


def on_screen(page: Page, points: Iterable[tuple[float, float]]) -> Points:
    """Points of the pad in pixels of the window."""
    expect(pad(page)).to_be_visible()
    pad(page).scroll_into_view_if_needed()
    box = pad(page).bounding_box()
    assert box
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]


def draw(page: Page, points: Points) -> None:
    """Draw one stroke with the mouse."""
    start, *others = on_screen(page, points)
    page.mouse.move(*start)
    page.mouse.down()
    for point in others:
        page.mouse.move(*point, steps=8)
    page.mouse.up()


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_a_seven_is_read_as_a_seven(draw_page: Page) -> None:
    """The first thing that everyone tries."""
    draw(draw_page, SEVEN)
    expect_label(draw_page, "7")
    assert float(answer(draw_page).get_attribute("data-confidence") or "") > 0.8
    expect(answer(draw_page).locator(".winner")).to_have_text("7")
    expect(answer(draw_page).locator(".bars li")).to_have_count(10)
    expect(answer(draw_page).locator(".bars .wins")).to_contain_text("7")


def test_the_pad_appears_once_it_accepts_ink(page: Page) -> None:
    """While its scripts are loading, its space is reserved, but there is nothing yet to draw on."""
    delayed: list[Route] = []
    page.route("**/draw/drawing_pad/sheet.js", lambda route: delayed.append(route))  # noqa: PLW0108 - Playwright inspects its signature
    page.goto("/", wait_until="commit")
    expect(pad(page)).to_be_attached()
    expect(pad(page)).to_be_hidden()
    box = pad(page).bounding_box()
    assert box
    assert box["height"] > 100
    for route in delayed:
        route.continue_()
    draw(page, SEVEN)
    expect_label(page, "7")


def test_the_answer_changes_while_the_pen_is_down(draw_page: Page) -> None:
    """The pen need not be lifted; each answer has a higher sequence number than the one before."""
    start, *others = on_screen(draw_page, SEVEN)
    draw_page.mouse.move(*start)
    draw_page.mouse.down()
    seen = [sequence_number(draw_page)]
    for point in others:
        draw_page.mouse.move(*point, steps=8)
        expect(answer(draw_page)).not_to_have_attribute("data-seq", str(seen[-1]))
        seen.append(sequence_number(draw_page))
    expect_label(draw_page, "7")
    draw_page.mouse.up()
    assert seen == sorted(set(seen))


def test_every_layer_shows_its_output(draw_page: Page) -> None:
    """A row of tiles for each layer of the network, with its name, what it does, its shape and its scale."""
    rows = draw_page.locator(".map-row")
    expect(rows).to_have_count(18)
    expect(rows.first.locator("b")).to_have_text("1. Convolution")
    expect(rows.first).to_contain_text("Conv2d 24, 5×5")
    expect(rows.first.locator(".sentence")).to_contain_text("Slides small filters over the picture")
    expect(rows.first).to_contain_text("24×28×28")
    draw(draw_page, SEVEN)
    expect_label(draw_page, "7")
    rows.last.scroll_into_view_if_needed()
    expect(rows.last.locator(".range")).to_have_text("scale 0 … 1")
    expect(rows.last.locator(".name-tag")).to_have_text(list("0123456789"))
    expect(rows.first.locator("canvas")).to_have_attribute("aria-label", re.compile(r"from −\d.* to \d"))
    expect(rows.last.locator("canvas")).to_have_attribute("aria-label", re.compile("the highest in 7$"))
    rows.first.scroll_into_view_if_needed()
    expect(rows.first.locator(".range")).to_have_text(re.compile(r"^scale ±\d"))


def test_pointing_at_a_tile_shows_a_value(draw_page: Page) -> None:
    """A magnifier shows the map, the position and the value."""
    draw(draw_page, SEVEN)
    expect_label(draw_page, "7")
    tiles = draw_page.locator(".map-row canvas").first
    tiles.scroll_into_view_if_needed()
    expect(tiles).to_have_attribute("aria-label", re.compile("from"))
    tiles.hover(position={"x": 70, "y": 20})
    expect(draw_page.locator(".loupe p")).to_have_text(re.compile(r"^map 2, row \d+, column \d+: −?[\d.]+"))


def test_the_maps_are_read_by_keyboard(draw_page: Page) -> None:
    """One Tab stop: arrow keys move over maps and rows, Enter goes into a map; each number is spoken."""
    draw(draw_page, SEVEN)
    expect_label(draw_page, "7")
    draw_page.locator(".map-row").first.scroll_into_view_if_needed()
    expect(draw_page.locator(".map-row canvas").first).to_have_attribute("aria-label", re.compile("from"))
    boards = draw_page.locator(".map-row .board")
    assert boards.evaluate_all("boards => boards.filter(({ tabIndex }) => tabIndex === 0).length") == 1
    spoken = draw_page.locator(".map-words")
    draw_page.locator(".scope").focus()
    press(draw_page, "Tab")
    expect(boards.first).to_be_focused()
    expect(spoken).to_have_text(
        re.compile(r"^map 1, row \d+, column \d+: −?[\d.]+, the strongest of this map$")
    )
    press(draw_page, "ArrowRight")
    expect(spoken).to_have_text(re.compile("^map 2, "))
    expect(draw_page.locator(".loupe p")).to_have_text(re.compile("^map 2, "))
    press(draw_page, "Enter", *["ArrowUp"] * 28, *["ArrowLeft"] * 28, "ArrowRight")
    expect(spoken).to_have_text(re.compile("^map 2, row 1, column 2: "))
    press(draw_page, "Escape", "ArrowDown")
    expect(boards.nth(1)).to_be_focused()
    press(draw_page, *["ArrowDown"] * 16, *["ArrowRight"] * 7)
    expect(boards.last).to_be_focused()
    expect(spoken).to_have_text(re.compile(r"^7: \d+ %$"))
    press(draw_page, "Tab")
    expect(draw_page.locator(".loupe")).to_be_hidden()


def test_clearing_gives_a_blank_sheet_and_can_be_undone(draw_page: Page) -> None:
    """A blank sheet is not read, and a drawing that was cleared by mistake is not lost."""
    draw(draw_page, SEVEN)
    expect_label(draw_page, "7")
    draw_page.get_by_test_id("drawing-clear").click()
    expect_blank(draw_page)
    assert ink(draw_page) == 0
    draw_page.get_by_role("button", name="Undo").click()
    expect_label(draw_page, "7")


def test_undo_and_redo_give_the_same_ink(draw_page: Page) -> None:
    """Stroke by stroke, with the keyboard shortcuts."""
    draw(draw_page, SEVEN)
    one = ink(draw_page)
    draw(draw_page, [(0.2, 0.9), (0.8, 0.9)])
    expect(draw_page.get_by_role("button", name="Undo")).to_have_attribute("aria-disabled", "false")
    two = ink(draw_page)
    assert two > one
    press(draw_page, "Control+z")
    draw_page.wait_for_function(
        f"([canvas, wanted]) => ({INK})(canvas) === wanted", arg=[handle(draw_page), one]
    )
    press(draw_page, "Control+y")
    draw_page.wait_for_function(
        f"([canvas, wanted]) => ({INK})(canvas) === wanted", arg=[handle(draw_page), two]
    )


def handle(page: Page) -> object:
    return pad(page).element_handle()


def test_a_click_draws_a_dot_that_is_not_read(draw_page: Page) -> None:
    """Ink appears where the pen touches, but there is no answer."""
    pad(draw_page).click()
    draw_page.wait_for_function(f"(canvas) => ({INK})(canvas) > 0.002", arg=handle(draw_page))
    expect_blank(draw_page)


def test_the_eraser_removes_ink(draw_page: Page) -> None:
    """It is wide, and passes over the stem of a 7."""
    draw(draw_page, SEVEN)
    drawn = ink(draw_page)
    draw_page.get_by_role("button", name="Eraser").click()
    draw(draw_page, [(0.7, 0.35), (0.4, 0.9)])
    assert ink(draw_page) < 0.8 * drawn


def test_the_keyboard_draws_a_one(draw_page: Page) -> None:
    """Arrow keys move, the space bar lowers and lifts the pen, and Escape clears."""
    pad(draw_page).focus()
    press(draw_page, *["ArrowUp"] * 9, "Space", *["ArrowDown"] * 18, "Space")
    expect_label(draw_page, "1")
    press(draw_page, "Escape")
    expect_blank(draw_page)


def test_the_drawing_survives_other_pages_and_a_reload(draw_page: Page) -> None:
    """After a visit to another page the drawing and its answer are still there."""
    draw(draw_page, SEVEN)
    expect_label(draw_page, "7")
    draw_page.get_by_role("link", name="Build").click()
    wait_until_settled(draw_page)
    expect(pad(draw_page)).to_have_count(0)
    draw_page.get_by_role("link", name="Draw").click()
    expect_label(draw_page, "7")
    draw_page.reload()
    expect_label(draw_page, "7")


def test_the_drawing_survives_a_change_of_theme(draw_page: Page) -> None:
    """From light to dark, the ink stays and is still visible."""
    draw(draw_page, SEVEN)
    expect_label(draw_page, "7")
    before = ink(draw_page)
    draw_page.emulate_media(color_scheme="dark")
    expect(draw_page.locator(".lab.pad.dark")).to_have_count(1)
    assert ink(draw_page) == pytest.approx(before, rel=0.01)


def test_a_preprocessing_step_can_be_switched_off(draw_page: Page) -> None:
    """Without cropping, a small 7 in a corner becomes a smudge, and the answer changes at once."""
    draw(draw_page, [(0.05 + 0.25 * x, 0.05 + 0.25 * y) for x, y in SEVEN])
    expect_label(draw_page, "7")
    crop = draw_page.get_by_role("button", name="Crop to the ink")
    wait_for_final_answer(draw_page)
    _, cropped = label_and_confidence(draw_page)
    crop.click()
    expect(crop).to_have_attribute("aria-pressed", "false")
    expect(answer(draw_page)).not_to_have_attribute("data-confidence", cropped)
    label, uncropped = label_and_confidence(draw_page)
    assert label != "7" or float(uncropped) < float(cropped)


def label_and_confidence(draw_page: Page) -> tuple[str, str]:
    """The current answer's label and confidence, as in the page."""
    shown = answer(draw_page)
    return shown.get_attribute("data-label") or "", shown.get_attribute("data-confidence") or ""


def wait_for_final_answer(draw_page: Page) -> None:
    """Wait for the answer to the whole drawing, after which the sequence number no longer changes."""
    last = -1
    while sequence_number(draw_page) != last:
        last = sequence_number(draw_page)
        draw_page.wait_for_timeout(400)


def test_the_pad_waits_for_a_lab_that_does_not_respond(draw_page: Page) -> None:
    """It says so, and shows an answer by itself once the lab is back."""
    draw_page.route("**/api/classify*", lambda route: route.abort())
    draw(draw_page, SEVEN)
    expect(answer(draw_page)).to_contain_text("The lab is not responding")
    draw_page.unroute("**/api/classify*")
    expect_label(draw_page, "7")
    expect(answer(draw_page)).not_to_contain_text("The lab is not responding")


def test_the_pad_waits_for_a_lab_that_is_waking_up(draw_page: Page) -> None:
    """It says so, and repeats its request until torch is loaded."""
    waking = '{"error": "The network is waking up.", "waking": true}'
    draw_page.route("**/api/classify*", lambda route: route.fulfill(status=503, body=waking))
    draw(draw_page, SEVEN)
    expect(answer(draw_page)).to_contain_text("Waking up the network…")
    draw_page.unroute("**/api/classify*")
    expect_label(draw_page, "7")


def touch(page: Page, points: Points) -> None:
    """Draw one stroke with a finger."""
    touch_at(page, on_screen(page, points))


def touch_at(page: Page, points: Points) -> None:
    """Drag a finger through points of the window, by Chromium's own touch events."""
    finger = page.context.new_cdp_session(page)
    for number, (x, y) in enumerate(points):
        kind = "touchMove" if number else "touchStart"
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def interpolated(points: Points) -> Points:
    """The same line, with eight steps from each point to the next."""
    pairs = zip(points, points[1:], strict=False)
    steps = [(x + (u - x) * k / 8, y + (v - y) * k / 8) for (x, y), (u, v) in pairs for k in range(8)]
    return [*steps, points[-1]]


def test_a_finger_draws_on_a_phone(phone: Page) -> None:
    """It does not scroll the page; the pad is as wide as the screen, and nothing is cut off."""
    visit(phone)
    expect_blank(phone)
    box = pad(phone).bounding_box()
    assert box
    assert box["width"] > 340
    touch(phone, interpolated(SEVEN))
    expect_label(phone, "7")
    assert pad(phone).bounding_box() == box
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    for part in (".tools", ".answer", ".sees", ".maps"):
        inner = phone.locator(f".lab {part}").first.bounding_box()
        assert inner
        assert inner["x"] >= 0
        assert inner["x"] + inner["width"] <= 390


def test_a_tap_on_a_tile_shows_a_value(phone: Page) -> None:
    """In the card of how it was computed, in place of a magnifier; it stays until it is closed."""
    visit(phone)
    touch(phone, interpolated(SEVEN))
    expect_label(phone, "7")
    expect(phone.locator(".neighbors li")).to_have_count(5)  # above the maps: they move when it comes
    tiles = phone.locator(".map-row canvas").first
    tiles.scroll_into_view_if_needed()
    expect(tiles).to_have_attribute("aria-label", re.compile("from"))
    tiles.tap(position={"x": 20, "y": 20})
    card = phone.locator(".trace-card")
    expect(card.locator("h3")).to_have_text(re.compile(r"^Map 1, row \d+, column \d+$"))
    expect(card.locator(".value")).to_have_text(re.compile(r"^−?\d"))
    expect(phone.locator(".loupe")).to_be_hidden()
    card.get_by_role("button", name="Close").tap()
    expect(card).to_be_hidden()


def test_a_phone_scrolls_outside_the_pad(phone: Page) -> None:
    """A swipe over the answer scrolls the page, so that the layers can be reached."""
    visit(phone)
    expect_blank(phone)
    before = pad(phone).bounding_box()
    assert before
    assert before["y"] + before["height"] < 700
    touch(phone, interpolated([(0.5, 1.2), (0.5, 0.2)]))
    phone.wait_for_function(
        "([canvas, y]) => canvas.getBoundingClientRect().y < y", arg=[handle(phone), before["y"] - 100]
    )
    expect_blank(phone)
