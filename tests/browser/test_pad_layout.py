"""What is in view on each screen: a phone, a phone on its side, a projector, and in present mode."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import DESKTOP, tab
from tests.browser.driving import Server, visit
from tests.browser.test_pad import (
    SEVEN,
    answer,
    draw,
    expect_blank,
    expect_label,
    ink,
    interpolated,
    pad,
    touch,
)
from tests.browser.test_pad_extras import add_untrained_run

NEWCOMER = {"storage_state": None, "bypass_csp": True}
SMALL_CONTROLS = """() => {
  const lab = [...document.querySelectorAll("*")].find((each) => each.shadowRoot?.querySelector(".pad"));
  const areas = [...lab.shadowRoot.querySelectorAll("button, summary, select, input, .near label")];
  const small = [];
  for (const area of areas) {
    const shown = area.checkVisibility({ visibilityProperty: true });
    if (!shown || area.matches(".near label input")) continue;
    const { width, height } = area.getBoundingClientRect();
    const grown = getComputedStyle(area, "::after");
    const inset = grown.content === "none" ? 0 : Math.min(0, parseFloat(grown.inset)) || 0;
    if (Math.min(width, height) - 2 * inset < 43.5)
      small.push(`${area.className || area.dataset.do || area.textContent} ${width}×${height}`);
  }
  return small;
}"""


@dataclass(frozen=True)
class Box:
    """A part of the screen, in pixels of the window."""

    left: float
    top: float
    right: float
    bottom: float


def box(part: Locator) -> Box:
    found = part.bounding_box()
    assert found
    return Box(found["x"], found["y"], found["x"] + found["width"], found["y"] + found["height"])


def foot(page: Page) -> float:
    """The height of what is fixed at the foot of the window."""
    height: float = page.evaluate(
        "() => parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--lab-foot')) || 0"
    )
    return height


# ---- a phone


@pytest.mark.parametrize("height", [844, 664])
@pytest.mark.parametrize("runs", [0, 1])
def test_pad_and_answer_are_in_one_view_on_a_phone(
    phone: Page, server: Server, height: int, runs: int
) -> None:
    """While the finger draws: the digit and all ten bars with their numbers, also below two menus."""
    for _ in range(runs):
        add_untrained_run(server)
    phone.set_viewport_size({"width": 390, "height": height})
    visit(phone)
    expect_blank(phone)
    touch(phone, interpolated(SEVEN))
    expect_label(phone, "7")
    assert box(pad(phone)).top > 0
    bars = phone.locator(".bars li")
    for part in (pad(phone), phone.locator(".headline"), *bars.all()):
        assert box(part).bottom <= height - foot(phone)
    for number in phone.locator(".bars span.first").all():
        assert number.evaluate("e => e.scrollWidth <= e.parentElement.clientWidth + 1")
    assert box(phone.locator(".tools").first).top >= box(answer(phone)).bottom


def test_the_pad_fits_a_phone_on_its_side(phone: Page) -> None:
    """With the answer beside it, and room to scroll with a finger."""
    phone.set_viewport_size({"width": 844, "height": 390})
    visit(phone)
    expect_blank(phone)
    sheet, bars = box(pad(phone)), box(phone.locator(".bars"))
    assert sheet.bottom <= 390
    assert bars.left >= sheet.right
    assert bars.bottom <= 390
    before = sheet.top
    touch(phone, [(1.5, 0.9), (1.5, 0.5), (1.5, 0.1)])
    phone.wait_for_function(
        "([canvas, y]) => canvas.getBoundingClientRect().y < y - 50",
        arg=[pad(phone).element_handle(), before],
    )


def test_controls_are_large_enough_for_a_finger(phone: Page) -> None:
    """At least 44 pixels in both directions, the brush, the names and the kept drawings included."""
    visit(phone)
    expect_blank(phone)
    draw(phone, SEVEN)
    expect_label(phone, "7")
    phone.get_by_role("button", name="That was a 7").click()
    phone.locator(".own summary").click()
    pad(phone).scroll_into_view_if_needed()
    draw(phone, SEVEN)
    expect(phone.locator(".neighbors li")).to_have_count(5)
    assert phone.evaluate(SMALL_CONTROLS) == []
    brush = box(phone.locator(".brush"))
    assert brush.right - brush.left > 200
    tops = [box(button).top for button in phone.locator(".labels button").all()]
    assert tops[:5] == [tops[0]] * 5
    assert tops[5:] == [tops[5]] * 5
    phone.locator(".own-grid button").first.click()


@pytest.mark.parametrize("screen", ["page", "phone"])
def test_a_reason_does_not_move_the_bars(screen: str, request: pytest.FixtureRequest) -> None:
    """A dot is explained in the space that was kept for it."""
    page: Page = request.getfixturevalue(screen)
    visit(page)
    expect_blank(page)
    before = box(page.locator(".bars"))
    pad(page).click()
    expect(answer(page).locator(".verdict")).to_contain_text("no more than a dot")
    assert box(page.locator(".bars")) == before


# ---- a projector


def test_everything_grows_with_a_projector(page: Page) -> None:
    """Pad, digit, bars and the network's picture, in place of bars as long as the screen."""
    visit(page)
    expect_blank(page)
    parts = [page.locator(name) for name in (".paper", ".winner", ".bars", ".input")]
    small = [box(part) for part in parts]
    page.set_viewport_size({"width": 1920, "height": 1080})
    expect(page.locator(".desk")).not_to_have_css("font-size", "14.4px")
    large = [box(part) for part in parts]
    for before, after in zip(small, large, strict=True):
        assert after.bottom - after.top >= 1.3 * (before.bottom - before.top)
    assert large[2].right - large[2].left < 850


def test_present_mode_shows_one_layer_at_a_time(page: Page) -> None:
    """Below the pad and the answer, larger; nothing else but the pen's own tools."""
    page.set_viewport_size({"width": 1920, "height": 1080})
    visit(page, "/?present=1")
    expect_blank(page)
    draw(page, SEVEN)
    expect_label(page, "7")
    rows = page.locator(".map-row").filter(visible=True)
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("24×28×28")
    previous, following = (page.get_by_role("button", name=f"{name} layer") for name in ("Previous", "Next"))
    expect(previous).to_have_attribute("aria-disabled", "true")
    following.click()
    expect(page.locator(".which")).to_have_text("Layer 2 of 18")
    expect(rows).to_have_count(1)
    previous.click()
    expect(page.locator(".which")).to_have_text("Layer 1 of 18")
    assert box(rows.locator("canvas")).bottom <= 1080
    for name in (".hand", ".sees", ".reasons", ".maps header"):
        expect(page.locator(name)).to_be_hidden()
    expect(page.get_by_role("combobox", name="Network")).to_be_hidden()


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720)])
def test_present_mode_is_one_view(page: Page, size: tuple[int, int]) -> None:
    """The pad, every tool, the answer and a layer are inside the window, whatever its size."""
    width, height = size
    page.set_viewport_size({"width": width, "height": height})
    visit(page, "/?present=1")
    expect_blank(page)
    draw(page, SEVEN)
    expect_label(page, "7")
    parts = page.locator(".pad :is(.paper, button, .brush, .bars, .board)").filter(visible=True)
    outside = [
        part
        for part in map(box, parts.all())
        if part.left < 0 or part.top < 0 or part.right > width or part.bottom > height
    ]
    assert outside == []
    assert parts.count() > 8


# ---- a first visit


@pytest.fixture
def newcomer(browser: Browser, server: Server, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A tab in a browser that has never been on the Draw page."""
    motion = getattr(request, "param", "no-preference")
    with tab(browser, server, request, DESKTOP | NEWCOMER | {"reduced_motion": motion}) as opened:
        yield opened


still = pytest.mark.parametrize("newcomer", ["reduce"], indirect=True)


def test_a_first_visit_shows_what_will_happen(newcomer: Page) -> None:
    """A digit draws itself, the network reads it on the way, and the sheet is blank again; once."""
    asked: list[str] = []
    newcomer.on("request", lambda request: asked.append(request.url) if "classify" in request.url else None)
    visit(newcomer)
    newcomer.wait_for_function("localStorage['cnnlab.greeted']")
    expect(newcomer.locator(".lab.ghost")).to_have_count(0)
    expect_blank(newcomer)
    assert ink(newcomer) == 0
    assert sum("tab=" not in url for url in asked) > 2  # no other page has it as the drawing
    asked.clear()
    newcomer.reload()
    expect_blank(newcomer)
    assert not [url for url in asked if "tab=" not in url]


@still
def test_without_motion_the_ghost_stands_still(newcomer: Page) -> None:
    """The whole digit at once, pale and read, but not to be named; it stays until a key is pressed."""
    visit(newcomer)
    expect_label(newcomer, "4")
    expect(newcomer.locator(".lab.ghost")).to_have_count(1)
    expect(pad(newcomer)).to_have_css("opacity", "0.35")
    expect(newcomer.locator(".promise")).to_be_visible()
    expect(newcomer.get_by_role("button", name="That was a 4")).to_have_attribute("aria-disabled", "true")
    pad(newcomer).press("Tab")
    expect_blank(newcomer)
    assert ink(newcomer) == 0


@still
def test_the_first_touch_ends_the_ghost(newcomer: Page) -> None:
    """Nothing of it is ink: what is read is what was drawn."""
    visit(newcomer)
    expect_label(newcomer, "4")
    draw(newcomer, SEVEN)
    expect(newcomer.locator(".lab.ghost")).to_have_count(0)
    expect_label(newcomer, "7")
    newcomer.get_by_test_id("drawing-clear").click()
    expect_blank(newcomer)


def test_a_blank_sheet_promises_the_layers(draw_page: Page) -> None:
    """One line in place of eighteen rows of empty boxes."""
    rows = draw_page.locator(".map-row").filter(visible=True)
    expect(rows).to_have_count(0)
    expect(draw_page.locator(".promise")).to_have_text("Draw, and each layer's answer appears here.")
    draw(draw_page, SEVEN)
    expect(rows).to_have_count(18)
    expect(draw_page.locator(".promise")).to_be_hidden()
