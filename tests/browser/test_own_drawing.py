"""What happens to a drawing: it is named, kept in the browser, and shown on the other pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from cnnlab.data import own_drawings
from tests.browser.driving import Server, visit, wait_until_settled
from tests.browser.test_pad import (
    SEVEN,
    answer,
    draw,
    expect_blank,
    expect_label,
    ink,
    pad,
    press,
    wait_for_final_answer,
)
from tests.browser.test_pad_extras import add_untrained_run, photo
from tests.browser.test_steering import start_run, stop_run
from tests.browser.test_train_view import watched_drawing

SIZE = "element => [element.offsetWidth, element.offsetHeight]"
ONE = [(0.5, 0.15), (0.5, 0.85)]
BLANK_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8ffff3f0005fe02fe0def46b80000000049454e44ae426082"
)


@pytest.fixture(autouse=True)
def _no_drawings(server: Server) -> Iterator[None]:
    """Delete all named drawings after each test."""
    yield
    for name in own_drawings.read_all(server.home).drawings:
        own_drawings.delete(server.home, name)


def another_tab(page: Page, address: str) -> Page:
    """Open a new tab of the same browser."""
    tab = page.context.new_page()
    visit(tab, address)
    return tab


def name_drawing(draw_page: Page, digit: int) -> None:
    """Name the drawing, once the network has read some of it."""
    expect(answer(draw_page)).not_to_have_attribute("data-label", "")
    draw_page.get_by_role("button", name=f"That was a {digit}").click()
    expect_blank(draw_page)


# ---- names


def test_a_wrong_name_can_be_undone(draw_page: Page, server: Server) -> None:
    """A message says what was read and how it was named; Undo removes the record and restores the ink."""
    draw(draw_page, SEVEN)
    drawn = ink(draw_page)
    name_drawing(draw_page, 3)
    expect(draw_page.locator(".kept [role=status]")).to_have_text("Kept as 3. It read 7. You say 3.")
    assert own_drawings.count(server.home) == 1
    draw_page.locator(".kept").get_by_role("button", name="Undo").click()
    expect_label(draw_page, "7")
    expect(draw_page.locator(".score")).to_contain_text("Name a drawing")
    assert ink(draw_page) == drawn
    assert own_drawings.count(server.home) == 0
    name_drawing(draw_page, 7)
    expect(draw_page.locator(".kept [role=status]")).to_have_text("Kept as 7.")
    expect(draw_page.locator(".score")).to_have_text("Your drawings read correctly: 1 of 1")
    assert own_drawings.count(server.home) == 1


def test_a_name_given_before_the_answer_waits_for_it(draw_page: Page, server: Server) -> None:
    """The message says what was read; a network that had no time is not reported as one in doubt."""
    draw(draw_page, SEVEN)
    press(draw_page, "3")  # in the same moment
    expect(draw_page.locator(".kept [role=status]")).to_have_text("Kept as 3. It read 7. You say 3.")
    draw_page.route("**/api/classify*", lambda route: route.abort())
    draw(draw_page, SEVEN)
    press(draw_page, "3")
    expect(draw_page.locator(".kept [role=status]")).to_have_text("Kept as 3. It had not read it yet.")


def test_undo_on_the_pad_removes_the_record_too(draw_page: Page, server: Server) -> None:
    """With the keyboard alone; redo restores the same record."""
    draw(draw_page, SEVEN)
    expect_label(draw_page, "7")
    press(draw_page, "3")
    expect(draw_page.locator(".score")).to_have_text("Your drawings read correctly: 0 of 1")
    (first,) = own_drawings.read_all(server.home).drawings
    press(draw_page, "Control+z")
    expect(draw_page.locator(".score")).to_contain_text("Name a drawing")
    expect_label(draw_page, "7")
    assert own_drawings.count(server.home) == 0
    press(draw_page, "Control+y")
    expect(draw_page.locator(".score")).to_have_text("Your drawings read correctly: 0 of 1")
    expect_blank(draw_page)
    assert list(own_drawings.read_all(server.home).drawings) == [first]


def test_a_deleted_drawing_can_be_restored(draw_page: Page, server: Server) -> None:
    """The Undo button gets the focus, and the panel stays although nothing else is in it."""
    draw(draw_page, SEVEN)
    name_drawing(draw_page, 7)
    draw_page.get_by_text("Your drawings (1)").click()
    before = own_drawings.read_all(server.home).drawings
    draw_page.get_by_role("button", name="Delete this 7").click()
    expect(draw_page.locator(".own-deleted")).to_contain_text("Deleted a 7.")
    expect(draw_page.locator(".kept [role=status]")).to_be_empty()
    assert own_drawings.count(server.home) == 0
    undo = draw_page.locator(".own-deleted").get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    undo.press("Enter")
    expect(draw_page.get_by_text("Your drawings (1)")).to_be_visible()
    expect(draw_page.locator(".own-deleted")).to_have_text("Undo", use_inner_text=False)
    expect(undo).to_be_hidden()
    assert own_drawings.read_all(server.home).drawings == before


def test_the_text_beside_a_button_is_never_squeezed(draw_page: Page) -> None:
    """At any width "Name a drawing ..." gets 10 em beside *Learn my handwriting*, or its own line."""
    draw(draw_page, SEVEN)
    wait_for_final_answer(draw_page)
    text = draw_page.locator(".hand .score")
    widths = {}
    for width in range(360, 1440, 40):
        draw_page.set_viewport_size({"width": width, "height": 900})
        widths[width] = text.evaluate("e => e.clientWidth / parseFloat(getComputedStyle(e).fontSize)")
    assert min(widths.values()) >= 10, widths


def test_a_blank_sheet_selects_the_pen(draw_page: Page) -> None:
    """With the eraser still selected, nothing would happen under "Draw a digit"."""
    for make_blank in (
        lambda: draw_page.get_by_test_id("drawing-clear").click(),
        lambda: press(draw_page, "7"),
    ):
        draw(draw_page, SEVEN)
        expect(answer(draw_page)).to_have_attribute("data-sure", "true")
        draw_page.get_by_role("button", name="Eraser").click()
        draw(draw_page, [(0.1, 0.9), (0.2, 0.9)])
        pad(draw_page).focus()
        make_blank()
        expect_blank(draw_page)
        expect(draw_page.get_by_role("button", name="Pen", exact=True)).to_have_attribute(
            "aria-pressed", "true"
        )


# ---- messages about an earlier input


def open_bad_photo(draw_page: Page) -> None:
    """Open a photo without ink, which is rejected."""
    draw_page.locator(".file").set_input_files(
        {"name": "x.png", "mimeType": "image/png", "buffer": BLANK_PNG}
    )
    expect(draw_page.locator(".photo-trouble")).to_be_visible()


def test_the_steps_of_a_photo_disappear_with_the_next_action(draw_page: Page, tmp_path: Path) -> None:
    """Clearing, a stroke, a rejected photo, a replay, an undo to the blank sheet, and naming."""
    undo = draw_page.locator(".tools").get_by_role("button", name="Undo")
    actions = {
        "clear": lambda: draw_page.get_by_test_id("drawing-clear").click(),
        "stroke": lambda: draw(draw_page, [(0.1, 0.1), (0.2, 0.1)]),
        "bad photo": lambda: open_bad_photo(draw_page),
        "replay": lambda: draw_page.get_by_role("button", name="Replay").click(),
        "undo": undo.click,
        "name": lambda: draw_page.get_by_role("button", name="That was a 7").click(),
    }
    for name, act in actions.items():
        draw_page.locator(".file").evaluate(
            "file => file.value = ''"
        )  # as the button does: else the same file would not be a change
        draw_page.locator(".file").set_input_files(photo(tmp_path))
        expect(draw_page.locator(".photo"), f"before {name}").to_be_visible()
        expect(answer(draw_page)).to_have_attribute("data-sure", "true")
        act()
        expect(draw_page.locator(".photo"), name).to_be_hidden()
        if name == "replay":
            expect(draw_page.get_by_role("button", name="Stop")).to_be_visible()


def test_the_message_about_a_bad_photo_disappears_with_the_next_action(draw_page: Page) -> None:
    """It is about a picture that is not on the sheet."""
    message = draw_page.locator(".photo-trouble")
    draw(draw_page, SEVEN)
    expect_label(draw_page, "7")
    actions = (
        lambda: draw(draw_page, [(0.1, 0.1), (0.2, 0.1)]),
        lambda: draw_page.get_by_role("button", name="Replay").click(),
        lambda: draw_page.get_by_test_id("drawing-clear").click(),
        lambda: press(draw_page, "Control+z"),
    )
    for act in actions:
        open_bad_photo(draw_page)
        pad(draw_page).focus()
        act()
        expect(message).to_be_hidden()


def test_a_new_stroke_cancels_the_reading_of_a_photo(draw_page: Page, tmp_path: Path) -> None:
    """The photo does not replace what has been drawn meanwhile."""
    delayed: list[Route] = []
    draw_page.route("**/api/photo*", lambda route: delayed.append(route))
    draw_page.locator(".file").set_input_files(photo(tmp_path))
    expect(draw_page.locator(".photo-trouble")).to_have_text("Reading the photo…")
    draw(draw_page, ONE)
    expect_label(draw_page, "1")
    expect(draw_page.locator(".photo-trouble")).to_be_hidden()
    for route in delayed:
        route.continue_()
    wait_for_final_answer(draw_page)
    expect_label(draw_page, "1")
    expect(draw_page.locator(".photo-trouble")).to_be_hidden()
    assert ink(draw_page) > 0


def test_another_network_clears_the_reasons(page: Page, server: Server) -> None:
    """The reasons and the path are about the network that gave the answer."""
    add_untrained_run(server)
    visit(page)
    expect_blank(page)
    draw(page, SEVEN)
    expect_label(page, "7")
    expect(page.locator(".neighbors li")).to_have_count(5)
    page.route("**/api/why*", lambda route: route.abort())
    page.get_by_label("Network", exact=True).click()
    page.get_by_role("option", name="Untrained").click()
    wait_until_settled(page)
    expect(answer(page)).to_have_attribute("data-sure", "false")
    expect(page.locator(".reasons")).to_be_hidden()
    expect(page.locator(".path rect")).to_have_count(0)


def test_failed_reasons_do_not_leave_old_ones(draw_page: Page) -> None:
    """No panel is better than that of the previous drawing."""
    draw(draw_page, SEVEN)
    expect(draw_page.locator(".reasons")).to_be_visible()
    draw_page.route("**/api/why*", lambda route: route.abort())
    draw(draw_page, [(0.3, 0.55), (0.7, 0.55)])
    expect(draw_page.locator(".reasons")).to_be_hidden()


def test_outdated_results_are_pale(draw_page: Page) -> None:
    """If the lab does not respond: not only the bars, but the pictures and maps as well."""
    draw(draw_page, SEVEN)
    expect_label(draw_page, "7")
    draw_page.route("**/api/classify*", lambda route: route.abort())
    draw(draw_page, [(0.3, 0.55), (0.7, 0.55)])
    expect(answer(draw_page)).to_contain_text("The lab is not responding")
    for part in (".bars", ".map-rows", ".input"):
        expect(draw_page.locator(part)).to_have_css("opacity", "0.35")
    draw_page.unroute("**/api/classify*")
    expect(draw_page.locator(".map-rows")).to_have_css("opacity", "1")


# ---- kept in the browser


def draw_in_a_closed_tab(page: Page) -> None:
    """Draw a 7 in a tab of the same browser, and close the tab."""
    first = another_tab(page, "/")
    draw(first, SEVEN)
    expect_label(first, "7")
    first.close()


def test_a_drawing_survives_closing_its_tab(page: Page) -> None:
    """A new tab shows it with its answer; a cleared sheet stays blank."""
    draw_in_a_closed_tab(page)
    again = another_tab(page, "/")
    expect_label(again, "7")
    again.get_by_test_id("drawing-clear").click()
    expect_blank(again)
    third = another_tab(again, "/")
    expect_blank(third)
    assert ink(third) == 0


def test_two_open_tabs_have_separate_drawings(draw_page: Page) -> None:
    """A reload restores the tab's own drawing; a third tab starts with the most recent one."""
    draw(draw_page, SEVEN)
    expect_label(draw_page, "7")
    other = another_tab(draw_page, "/")
    expect_label(other, "7")
    other.get_by_test_id("drawing-clear").click()
    draw(other, ONE)
    expect_label(other, "1")
    third = another_tab(other, "/")
    expect_label(third, "1")
    draw_page.bring_to_front()
    draw_page.reload()
    expect_label(draw_page, "7")


def test_a_photo_survives_closing_its_tab(draw_page: Page, tmp_path: Path) -> None:
    """It has no strokes, so its ink is stored."""
    draw_page.locator(".file").set_input_files(photo(tmp_path))
    expect_label(draw_page, "7")
    before = ink(draw_page)
    again = another_tab(draw_page, "/")
    expect_label(again, "7")
    assert ink(again) == pytest.approx(before, rel=0.01)


@pytest.mark.parametrize("stored", ["{", "[]", '{"format": 1, "list": [{"tool": "pen"}]}', '{"format": 9}'])
def test_damaged_storage_gives_a_blank_sheet(page: Page, stored: str) -> None:
    """There is no exception in the page, and drawing works."""
    page.add_init_script(
        f"localStorage['cnnlab.last-drawing'] = sessionStorage['cnnlab.drawing'] = {json.dumps(stored)}"
    )
    visit(page)
    expect_blank(page)
    draw(page, SEVEN)
    expect_label(page, "7")


def forbid_storage(context: BrowserContext) -> None:
    """Make storage raise an exception for the lab's keys; Streamlit could not cope with that for its own."""
    context.add_init_script(
        """for (const name of ['getItem', 'setItem']) {
          const plain = Storage.prototype[name];
          Storage.prototype[name] = function (key, ...rest) {
            if (key.startsWith('cnnlab.')) throw new DOMException('forbidden', 'SecurityError');
            return plain.call(this, key, ...rest);
          };
        }"""
    )


def test_drawing_and_naming_work_without_storage(page: Page, server: Server) -> None:
    """In a private window, too, one's own drawings are distinguished from other people's."""
    own_drawings.keep(server.home, label=1, read_as=1, pixels=bytes([9] * 784), strokes=[], author="")
    forbid_storage(page.context)
    visit(page)
    expect_blank(page)
    draw(page, SEVEN)
    name_drawing(page, 7)
    expect(page.locator(".score")).to_have_text("Your drawings read correctly: 1 of 1")


# ---- on the other pages


def test_the_other_pages_offer_the_drawing_in_new_tabs(page: Page) -> None:
    """Without a visit to Draw; Look inside does not select it, since nothing was just drawn, Build does."""
    draw_in_a_closed_tab(page)
    look_inside = another_tab(page, "/look_inside")
    build_page = another_tab(page, "/build")
    look_inside.bring_to_front()
    source = look_inside.get_by_role("combobox", name="Picture from")
    expect(source).to_have_value("Digits, test pictures")
    source.click()
    look_inside.get_by_role("option", name="My drawing").click()
    expect(look_inside.get_by_text("Your drawing, as the network sees it")).to_be_visible()
    expect(look_inside.get_by_text("The network reads 7")).to_be_visible()
    build_page.bring_to_front()
    pictures = build_page.locator("[data-preview=source]")
    expect(pictures).to_have_value("drawing")
    expect(build_page.locator(".strip").first).to_be_visible()
    expect(build_page.locator(".preview-note")).to_be_empty()


def test_a_cleared_sheet_is_blank_in_a_new_tab(draw_page: Page) -> None:
    """Another page says there that nothing has been drawn yet."""
    draw(draw_page, SEVEN)
    expect_label(draw_page, "7")
    draw_page.get_by_test_id("drawing-clear").click()
    expect_blank(draw_page)
    look_inside = another_tab(draw_page, "/look_inside")
    look_inside.get_by_role("combobox", name="Picture from").click()
    look_inside.get_by_role("option", name="My drawing").click()
    expect(look_inside.get_by_role("button", name="Draw something first")).to_be_visible()


def test_a_new_drawing_is_selected_on_the_other_pages(draw_page: Page) -> None:
    """Once: a data set chosen there afterwards stays selected until something new is drawn."""
    draw(draw_page, SEVEN)
    expect_label(draw_page, "7")
    draw_page.get_by_role("link", name="Look inside").click()
    expect(draw_page.get_by_text("Your drawing, as the network sees it")).to_be_visible()
    draw_page.get_by_role("combobox", name="Picture from").click()
    draw_page.get_by_role("option", name="Digits, test pictures").click()
    expect(draw_page.get_by_text("Digits, test picture 1:")).to_be_visible()
    draw_page.get_by_role("link", name="Build").click()
    pictures = draw_page.locator("[data-preview=source]")
    expect(pictures).to_have_value("drawing")
    pictures.select_option("digits")
    expect(draw_page.locator(".number-of")).to_be_visible()
    draw_page.get_by_role("link", name="Look inside").click()
    expect(draw_page.get_by_text("Digits, test picture 1:")).to_be_visible()
    draw_page.get_by_role("link", name="Build").click()
    expect(pictures).to_have_value("digits")
    draw_page.get_by_role("link", name="Draw").click()
    expect_label(draw_page, "7")
    draw(draw_page, [(0.35, 0.55), (0.7, 0.55)])
    wait_for_final_answer(draw_page)
    draw_page.get_by_role("link", name="Build").click()
    expect(pictures).to_have_value("drawing")


@pytest.mark.timeout(240)
def test_a_run_that_trains_is_asked_about_the_drawing(draw_page: Page) -> None:
    """Also on a page loaded anew. It is the first picture; an epoch changes its words, not its size."""
    draw(draw_page, SEVEN)
    expect_label(draw_page, "7")
    start_run(draw_page)
    drawing = watched_drawing(draw_page)
    expect(drawing.get_by_role("img", name="Your drawing, as the network sees it")).to_be_visible()
    answered = re.compile(r"(untrained.*|.*after epoch \d+)\n\d \(\d+\s%\)")
    expect(drawing).to_have_text(answered, use_inner_text=True)
    expect(draw_page.locator(".samples li").first).to_contain_text("Your drawing")
    _name, weights, *_answer = drawing.inner_text().splitlines()
    size = drawing.evaluate(SIZE)
    expect(drawing).not_to_have_text(re.compile(rf"\n{weights}\n"), use_inner_text=True)
    expect(drawing).to_have_text(re.compile(r"kept after epoch \d+\n\d"), use_inner_text=True)
    assert drawing.evaluate(SIZE) == size
    stop_run(draw_page)


def test_failed_strips_do_not_leave_old_ones(draw_page: Page) -> None:
    """If the lab does not respond, the maps of the previous picture disappear."""
    draw_page.get_by_role("link", name="Build").click()
    expect(draw_page.locator(".strip").first).to_be_visible()
    draw_page.route("**/api/editor/thumbnails*", lambda route: route.abort())
    draw_page.get_by_role("button", name="Next picture").click()
    expect(draw_page.locator(".preview-note")).to_contain_text("is not responding")
    expect(draw_page.locator(".strip").first).to_be_hidden()
