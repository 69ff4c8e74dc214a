"""What becomes of a drawing: named and taken back, kept in the browser, and shown on the other pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from cnnlab.data import own_drawings
from tests.browser.driving import Server, settled, visit
from tests.browser.test_pad import (
    SEVEN,
    answer,
    draw,
    expect_blank,
    expect_label,
    ink,
    pad,
    press,
    settled_answer,
)
from tests.browser.test_pad_extras import finished_run, photo

ONE = [(0.5, 0.15), (0.5, 0.85)]
BLANK_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8ffff3f0005fe02fe0def46b80000000049454e44ae426082"
)


@pytest.fixture(autouse=True)
def _no_drawings(server: Server) -> Iterator[None]:
    """Each test begins with an empty home."""
    yield
    for name in own_drawings.read_all(server.home).drawings:
        own_drawings.delete(server.home, name)


def another_tab(page: Page, address: str) -> Page:
    """Of the same browser, at the front."""
    tab = page.context.new_page()
    visit(tab, address)
    return tab


def name_it(sheet: Page, digit: int) -> None:
    """Say what it was, once the network has read some of it."""
    expect(answer(sheet)).not_to_have_attribute("data-label", "")
    sheet.get_by_role("button", name=f"That was a {digit}").click()
    expect_blank(sheet)


def notice(sheet: Page) -> str:
    return sheet.locator(".kept span").inner_text()


# ---- named, and taken back


def test_a_name_that_was_a_slip_is_taken_back(sheet: Page, server: Server) -> None:
    """What was read and said stands beside the buttons; Undo removes the record and brings the ink back."""
    draw(sheet, SEVEN)
    drawn = ink(sheet)
    name_it(sheet, 3)
    expect(sheet.locator(".kept [role=status]")).to_have_text("Kept as 3. It read 7. You say 3.")
    assert own_drawings.count(server.home) == 1
    sheet.locator(".kept").get_by_role("button", name="Undo").click()
    expect_label(sheet, "7")
    expect(sheet.locator(".score")).to_contain_text("Name a drawing")
    assert ink(sheet) == drawn
    assert own_drawings.count(server.home) == 0
    name_it(sheet, 7)
    expect(sheet.locator(".kept [role=status]")).to_have_text("Kept as 7.")
    expect(sheet.locator(".score")).to_have_text("My drawings read correctly: 1 of 1")
    assert own_drawings.count(server.home) == 1


def test_a_name_that_comes_before_the_answer_waits_for_it(sheet: Page, server: Server) -> None:
    """What it read is told as it was, and never as doubt where it only had no time."""
    draw(sheet, SEVEN)
    press(sheet, "3")  # in the same moment
    expect(sheet.locator(".kept [role=status]")).to_have_text("Kept as 3. It read 7. You say 3.")
    sheet.route("**/api/classify*", lambda route: route.abort())
    draw(sheet, SEVEN)
    press(sheet, "3")
    expect(sheet.locator(".kept [role=status]")).to_have_text("Kept as 3. It had not read it yet.")


def test_the_pads_own_undo_takes_the_record_back_too(sheet: Page, server: Server) -> None:
    """By the keyboard alone; redo keeps it again, as the same record."""
    draw(sheet, SEVEN)
    expect_label(sheet, "7")
    press(sheet, "3")
    expect(sheet.locator(".score")).to_have_text("My drawings read correctly: 0 of 1")
    (first,) = own_drawings.read_all(server.home).drawings
    press(sheet, "Control+z")
    expect(sheet.locator(".score")).to_contain_text("Name a drawing")
    expect_label(sheet, "7")
    assert own_drawings.count(server.home) == 0
    press(sheet, "Control+y")
    expect(sheet.locator(".score")).to_have_text("My drawings read correctly: 0 of 1")
    expect_blank(sheet)
    assert list(own_drawings.read_all(server.home).drawings) == [first]


def test_a_deleted_drawing_can_be_brought_back(sheet: Page, server: Server) -> None:
    """The offer has the focus, and the panel stays though nothing else is in it."""
    draw(sheet, SEVEN)
    name_it(sheet, 7)
    sheet.get_by_text("My drawings (1)").click()
    before = own_drawings.read_all(server.home).drawings
    sheet.get_by_role("button", name="Delete this 7").click()
    expect(sheet.locator(".own-deleted")).to_contain_text("Deleted a 7.")
    expect(sheet.locator(".kept [role=status]")).to_be_empty()
    assert own_drawings.count(server.home) == 0
    undo = sheet.locator(".own-deleted").get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    undo.press("Enter")
    expect(sheet.get_by_text("My drawings (1)")).to_be_visible()
    expect(sheet.locator(".own-deleted")).to_have_text("Undo", use_inner_text=False)
    expect(undo).to_be_hidden()
    assert own_drawings.read_all(server.home).drawings == before


def test_no_window_width_squeezes_the_words_beside_a_button(sheet: Page) -> None:
    """ "Name a drawing ..." keeps 10 em beside *Learn my handwriting*, or has a line of its own."""
    draw(sheet, SEVEN)
    settled_answer(sheet)
    words = sheet.locator(".hand .score")
    widths = {}
    for width in range(360, 1440, 40):
        sheet.set_viewport_size({"width": width, "height": 900})
        widths[width] = words.evaluate("e => e.clientWidth / parseFloat(getComputedStyle(e).fontSize)")
    assert min(widths.values()) >= 10, widths


def test_a_blank_sheet_is_for_the_pen(sheet: Page) -> None:
    """An eraser that stayed chosen would do nothing under "Draw a digit"."""
    for empty in (lambda: sheet.get_by_test_id("drawing-clear").click(), lambda: press(sheet, "7")):
        draw(sheet, SEVEN)
        expect(answer(sheet)).to_have_attribute("data-sure", "true")
        sheet.get_by_role("button", name="Eraser").click()
        draw(sheet, [(0.1, 0.9), (0.2, 0.9)])
        pad(sheet).focus()
        empty()
        expect_blank(sheet)
        expect(sheet.get_by_role("button", name="Pen", exact=True)).to_have_attribute("aria-pressed", "true")


# ---- what an earlier input told goes with it


def refuse(sheet: Page) -> None:
    """A photo of nothing."""
    sheet.locator(".file").set_input_files({"name": "x.png", "mimeType": "image/png", "buffer": BLANK_PNG})
    expect(sheet.locator(".photo-trouble")).to_be_visible()


def test_a_photos_story_goes_with_whatever_comes_next(sheet: Page, tmp_path: Path) -> None:
    """Clear, a stroke, a photo that is refused, a replay, an undo to the blank sheet, a name."""
    undo = sheet.locator(".tools").get_by_role("button", name="Undo")
    ways = {
        "clear": lambda: sheet.get_by_test_id("drawing-clear").click(),
        "stroke": lambda: draw(sheet, [(0.1, 0.1), (0.2, 0.1)]),
        "refused": lambda: refuse(sheet),
        "replay": lambda: sheet.get_by_role("button", name="Replay").click(),
        "undo": undo.click,
        "name": lambda: sheet.get_by_role("button", name="That was a 7").click(),
    }
    for way, act in ways.items():
        sheet.locator(".file").evaluate("file => file.value = ''")  # as the button does: it is the same file
        sheet.locator(".file").set_input_files(photo(tmp_path))
        expect(sheet.locator(".photo"), f"before {way}").to_be_visible()
        expect(answer(sheet)).to_have_attribute("data-sure", "true")
        act()
        expect(sheet.locator(".photo"), way).to_be_hidden()
        if way == "replay":
            expect(sheet.get_by_role("button", name="Stop")).to_be_visible()


def test_a_failed_photos_message_goes_with_whatever_comes_next(sheet: Page) -> None:
    """It tells of a picture that is not on the sheet."""
    trouble = sheet.locator(".photo-trouble")
    draw(sheet, SEVEN)
    expect_label(sheet, "7")
    ways = (
        lambda: draw(sheet, [(0.1, 0.1), (0.2, 0.1)]),
        lambda: sheet.get_by_role("button", name="Replay").click(),
        lambda: sheet.get_by_test_id("drawing-clear").click(),
        lambda: press(sheet, "Control+z"),
    )
    for act in ways:
        refuse(sheet)
        pad(sheet).focus()
        act()
        expect(trouble).to_be_hidden()


def test_a_photo_that_is_still_read_comes_too_late_for_a_new_stroke(sheet: Page, tmp_path: Path) -> None:
    """Whoever goes on drawing keeps the drawing."""
    held: list[Route] = []
    sheet.route("**/api/photo*", lambda route: held.append(route))
    sheet.locator(".file").set_input_files(photo(tmp_path))
    expect(sheet.locator(".photo-trouble")).to_have_text("Reading the photo…")
    draw(sheet, ONE)
    expect_label(sheet, "1")
    expect(sheet.locator(".photo-trouble")).to_be_hidden()
    for route in held:
        route.continue_()
    settled_answer(sheet)
    expect_label(sheet, "1")
    expect(sheet.locator(".photo-trouble")).to_be_hidden()
    assert ink(sheet) > 0


def test_another_network_has_other_reasons(page: Page, server: Server) -> None:
    """Photo strip, reasons, path and notice speak of the network that read; a new one begins anew."""
    finished_run(server)
    visit(page)
    expect_blank(page)
    draw(page, SEVEN)
    expect_label(page, "7")
    expect(page.locator(".neighbors li")).to_have_count(5)
    page.route("**/api/why*", lambda route: route.abort())
    page.get_by_label("Network", exact=True).click()
    page.get_by_role("option", name="Untrained").click()
    settled(page)
    expect(answer(page)).to_have_attribute("data-sure", "false")
    expect(page.locator(".reasons")).to_be_hidden()
    expect(page.locator(".path rect")).to_have_count(0)


def test_reasons_that_do_not_come_leave_no_old_ones(sheet: Page) -> None:
    """Better no panel than that of the drawing before."""
    draw(sheet, SEVEN)
    expect(sheet.locator(".reasons")).to_be_visible()
    sheet.route("**/api/why*", lambda route: route.abort())
    draw(sheet, [(0.3, 0.55), (0.7, 0.55)])
    expect(sheet.locator(".reasons")).to_be_hidden()


def test_what_is_shown_of_an_earlier_drawing_is_pale(sheet: Page) -> None:
    """Where the lab does not answer: not only the bars, but pictures and maps as well."""
    draw(sheet, SEVEN)
    expect_label(sheet, "7")
    sheet.route("**/api/classify*", lambda route: route.abort())
    draw(sheet, [(0.3, 0.55), (0.7, 0.55)])
    expect(answer(sheet)).to_contain_text("The lab is not responding")
    for part in (".bars", ".map-rows", ".input"):
        expect(sheet.locator(part)).to_have_css("opacity", "0.35")
    sheet.unroute("**/api/classify*")
    expect(sheet.locator(".map-rows")).to_have_css("opacity", "1")


# ---- kept in the browser


def draw_in_a_closed_tab(page: Page) -> None:
    """A 7, in a tab of the same browser that is then closed."""
    first = another_tab(page, "/")
    draw(first, SEVEN)
    expect_label(first, "7")
    first.close()


def test_a_drawing_is_there_when_the_tab_was_closed(page: Page) -> None:
    """In a new tab, with its answer; a cleared sheet stays blank."""
    draw_in_a_closed_tab(page)
    again = another_tab(page, "/")
    expect_label(again, "7")
    again.get_by_test_id("drawing-clear").click()
    expect_blank(again)
    third = another_tab(again, "/")
    expect_blank(third)
    assert ink(third) == 0


def test_two_open_tabs_have_each_their_own_drawing(sheet: Page) -> None:
    """A reload gives back one's own; a third tab begins with what was drawn last."""
    draw(sheet, SEVEN)
    expect_label(sheet, "7")
    other = another_tab(sheet, "/")
    expect_label(other, "7")
    other.get_by_test_id("drawing-clear").click()
    draw(other, ONE)
    expect_label(other, "1")
    third = another_tab(other, "/")
    expect_label(third, "1")
    sheet.bring_to_front()
    sheet.reload()
    expect_label(sheet, "7")


def test_a_photo_is_there_when_the_tab_was_closed(sheet: Page, tmp_path: Path) -> None:
    """It has no strokes: its ink is kept."""
    sheet.locator(".file").set_input_files(photo(tmp_path))
    expect_label(sheet, "7")
    before = ink(sheet)
    again = another_tab(sheet, "/")
    expect_label(again, "7")
    assert ink(again) == pytest.approx(before, rel=0.01)


@pytest.mark.parametrize("kept", ["{", "[]", '{"format": 1, "list": [{"tool": "pen"}]}', '{"format": 9}'])
def test_damaged_storage_is_a_blank_sheet(page: Page, kept: str) -> None:
    """No word, no error in the page, and drawing works."""
    page.add_init_script(
        f"localStorage['cnnlab.last-drawing'] = sessionStorage['cnnlab.drawing'] = {json.dumps(kept)}"
    )
    visit(page)
    expect_blank(page)
    draw(page, SEVEN)
    expect_label(page, "7")


def forbid_storage(context: BrowserContext) -> None:
    """Only what is ours asks in a way that bears it; Streamlit's own settings go by another name."""
    context.add_init_script(
        """for (const name of ['getItem', 'setItem']) {
          const plain = Storage.prototype[name];
          Storage.prototype[name] = function (key, ...rest) {
            if (key.startsWith('cnnlab.')) throw new DOMException('forbidden', 'SecurityError');
            return plain.call(this, key, ...rest);
          };
        }"""
    )


def test_without_storage_one_can_draw_and_name(page: Page, server: Server) -> None:
    """In a private window: one's own drawings are still told from other people's."""
    own_drawings.keep(server.home, label=1, read_as=1, pixels=bytes([9] * 784), strokes=[], author="")
    forbid_storage(page.context)
    visit(page)
    expect_blank(page)
    draw(page, SEVEN)
    name_it(page, 7)
    expect(page.locator(".score")).to_have_text("My drawings read correctly: 1 of 1")


# ---- on the other pages


def test_a_tab_that_opens_beside_the_pad_has_the_drawing(page: Page) -> None:
    """Look inside and Build, without a visit to Draw; it is not chosen, for nothing was just drawn."""
    draw_in_a_closed_tab(page)
    look = another_tab(page, "/look_inside")
    build = another_tab(page, "/build")
    look.bring_to_front()
    source = look.get_by_role("combobox", name="Picture from")
    expect(source).to_have_value("Digits, test pictures")
    source.click()
    look.get_by_role("option", name="My drawing").click()
    expect(look.get_by_text("Your drawing, as the network sees it")).to_be_visible()
    expect(look.get_by_text("The network reads 7")).to_be_visible()
    build.bring_to_front()
    pictures = build.locator("[data-through=source]")
    expect(pictures).to_have_value("digits")
    pictures.select_option("drawing")
    expect(build.locator(".strip").first).to_be_visible()
    expect(build.locator(".through-note")).to_be_empty()


def test_a_cleared_sheet_is_blank_in_a_new_tab_as_well(sheet: Page) -> None:
    """The pages say that there is nothing yet."""
    draw(sheet, SEVEN)
    expect_label(sheet, "7")
    sheet.get_by_test_id("drawing-clear").click()
    expect_blank(sheet)
    look = another_tab(sheet, "/look_inside")
    look.get_by_role("combobox", name="Picture from").click()
    look.get_by_role("option", name="My drawing").click()
    expect(look.get_by_role("button", name="Draw something first")).to_be_visible()


def test_a_drawing_just_made_is_chosen_on_the_other_pages(sheet: Page) -> None:
    """Once; who then chooses a data set finds it again on coming back, until they draw anew."""
    draw(sheet, SEVEN)
    expect_label(sheet, "7")
    sheet.get_by_role("link", name="Look inside").click()
    expect(sheet.get_by_text("Your drawing, as the network sees it")).to_be_visible()
    sheet.get_by_role("combobox", name="Picture from").click()
    sheet.get_by_role("option", name="Digits, test pictures").click()
    expect(sheet.get_by_text("Digits, test picture 1:")).to_be_visible()
    sheet.get_by_role("link", name="Build").click()
    pictures = sheet.locator("[data-through=source]")
    expect(pictures).to_have_value("drawing")
    pictures.select_option("digits")
    expect(sheet.locator(".number-of")).to_be_visible()
    sheet.get_by_role("link", name="Look inside").click()
    expect(sheet.get_by_text("Digits, test picture 1:")).to_be_visible()
    sheet.get_by_role("link", name="Build").click()
    expect(pictures).to_have_value("digits")
    sheet.get_by_role("link", name="Draw").click()
    expect_label(sheet, "7")
    draw(sheet, [(0.35, 0.55), (0.7, 0.55)])
    settled_answer(sheet)
    sheet.get_by_role("link", name="Build").click()
    expect(pictures).to_have_value("drawing")


def test_strips_that_cannot_be_made_leave_no_old_ones(sheet: Page) -> None:
    """Where the lab does not answer, the maps of the picture before are gone."""
    sheet.get_by_role("link", name="Build").click()
    expect(sheet.locator(".strip").first).to_be_visible()
    sheet.route("**/api/bench/maps*", lambda route: route.abort())
    sheet.get_by_role("button", name="Next picture").click()
    expect(sheet.locator(".through-note")).to_contain_text("is not responding")
    expect(sheet.locator(".strip").first).to_be_hidden()
