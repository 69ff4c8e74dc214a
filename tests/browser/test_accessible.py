"""Accessibility of every screen, dialog and popover as axe sees it, and moves of the layout."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESKTOP, PHONE, tab
from tests.browser.driving import Server, running_lab, visit, wait_until_settled
from tests.browser.measures import (
    MAX_STOPS,
    deliver_one_by_one,
    shifts,
    tab_stops,
    violations,
    wait_for_messages,
    watch_shifts,
)
from tests.browser.states import SCREENS, prepare, run_id

SIZES: dict[int, dict[str, Any]] = {1280: DESKTOP, 390: PHONE}
# Inside Streamlit's own widgets, out of our reach: what axe passes over, and why.
STREAMLITS = {
    '[data-testid="stFileUploaderDropzone"]': "a section without a role of its own, but with a name",
}
FEW_STOPS = 40  # of Tab on Build
# What has come when a screen is complete.
PARTS = {"/": ".map-row", "/build": ".row .strip", "/train": ".watched section", "/look_inside": ".map-row"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A lab with a finished run and an endless one."""
    home = tmp_path_factory.mktemp("accessible")
    prepare(home / "home")
    with running_lab(home / "home", home / "server.log") as running:
        yield running


@pytest.mark.parametrize("width", SIZES)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_axe_finds_nothing(
    browser: Browser, server: Server, request: pytest.FixtureRequest, screen: str, theme: str, width: int
) -> None:
    """On the screen in all its states, and in all that opens over it."""
    settings = SIZES[width] | {"color_scheme": theme, "bypass_csp": True, "reduced_motion": "reduce"}
    with tab(browser, server, request, settings) as page:
        found = {state: violations(page, STREAMLITS) for state in SCREENS[screen](page, server)}
    assert {state: each for state, each in found.items() if each} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_present_mode(
    browser: Browser, server: Server, request: pytest.FixtureRequest, theme: str
) -> None:
    """At the top of each screen, and at the part that comes after it."""
    settings = DESKTOP | {"color_scheme": theme, "bypass_csp": True, "reduced_motion": "reduce"}
    addresses = ["/", "/build", f"/train?run={run_id(server, 'finished')}", "/look_inside"]
    found = {}
    with tab(browser, server, request, settings) as page:
        for address in addresses:
            visit(page, f"{address}{'&' if '?' in address else '?'}present=1")
            expect(page.locator(PARTS[address.partition("?")[0]]).first).to_be_attached()
            found[address] = violations(page, STREAMLITS)
            page.keyboard.press("PageDown")
            wait_until_settled(page)
            found[f"{address}, a part"] = violations(page, STREAMLITS)
    assert {state: each for state, each in found.items() if each} == {}


@pytest.fixture
def open_page(browser: Browser, server: Server, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A tab in which measures can be taken."""
    with tab(browser, server, request, DESKTOP | {"bypass_csp": True}) as page:
        yield page


@pytest.mark.parametrize("width", SIZES)
@pytest.mark.parametrize("screen", SCREENS)
def test_nothing_moves_by_itself(
    browser: Browser, server: Server, request: pytest.FixtureRequest, screen: str, width: int
) -> None:
    """From the first paint on, and whatever is done: what is on the screen stays where it is."""
    with tab(browser, server, request, SIZES[width] | {"bypass_csp": True}) as page:
        watch_shifts(page)
        moves = [(state, each) for state in SCREENS[screen](page, server) for each in shifts(page)]
    lines = [f"{state}: {moved}" for state, each in moves for moved in each["moved"] or [each]]
    assert not lines, "\n".join(lines)


@pytest.mark.parametrize("width", SIZES)
@pytest.mark.parametrize("address", ["/", "/build", "/train?new=1", "/train", "/look_inside"])
def test_nothing_moves_while_a_page_comes_together(
    browser: Browser, server: Server, request: pytest.FixtureRequest, address: str, width: int
) -> None:
    """Not even where each of its parts is painted by itself: all have their places from the beginning."""
    with tab(browser, server, request, SIZES[width] | {"bypass_csp": True}) as page:
        watch_shifts(page)
        deliver_one_by_one(page)
        page.goto(address)
        wait_for_messages(page)
        wait_until_settled(page)
        expect(page.locator(".st-key-language button")).to_be_visible()
        lines = [moved for each in shifts(page) for moved in each["moved"] or [str(each)]]
    assert not lines, "\n".join(lines)


def test_a_move_is_seen_and_named(open_page: Page) -> None:
    """What pushes a paragraph down, without a click, a moment after the page has been painted."""
    watch_shifts(open_page)
    push = "setTimeout(() => document.body.prepend(Object.assign(document.createElement('div'), "
    push += "{ style: 'height: 90px' })), 250)"
    open_page.goto(f"data:text/html,<p class='st-key-pushed'>text</p><script>{push}</script>")
    open_page.wait_for_function("window.labShifts.length")
    (move,) = shifts(open_page)
    assert move["value"] > 0
    (moved,) = move["moved"]
    assert moved.startswith('p.st-key-pushed "text": ')


def test_build_has_few_tab_stops(open_page: Page) -> None:
    """Each card is one: arrow keys go on from there."""
    visit(open_page, "/build")
    assert tab_stops(open_page) <= FEW_STOPS


@pytest.mark.parametrize("address", PARTS)
def test_tab_leads_through_the_whole_screen(open_page: Page, server: Server, address: str) -> None:
    """Nothing holds the focus: from the last stop, Tab leaves the page."""
    finished = f"?run={run_id(server, 'finished')}" if address == "/train" else ""
    visit(open_page, address + finished)
    expect(open_page.locator(PARTS[address]).first).to_be_attached()
    assert tab_stops(open_page) < MAX_STOPS
