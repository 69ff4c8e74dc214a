"""What a trace costs on the Draw page: `python -m tests.perf.trace_latency`.

In a real browser whose window has room for the pad and the first maps (an argument sets its height): the time
from a movement of the pen to the new bars and maps, as in pen_to_bars.py, in turns without and with the trace
of a number open; then the time from a click on a number until the card shows it.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.chromium import launch
from tests.browser.driving import greeted, running_lab, visit
from tests.browser.test_pad import SEVEN, draw, expect_label
from tests.perf.pen_to_bars import TIMER, scribble, wait_until_idle

TURNS = 4  # of each kind
SECONDS = 6  # of a turn
CLICKS = 60
ROW = 4  # the second convolution of the bundled network, with 216 products to a number
CLICK_TIMER = """() => {
  const hasPad = (element) => element.shadowRoot?.querySelector('[data-testid=drawing-pad]');
  const root = [...document.querySelectorAll('*')].find(hasPad).shadowRoot;
  window.clicks = [];
  let at = null;
  root.addEventListener('click', (event) => (at = event.timeStamp), true);
  new MutationObserver(() => {
    if (at !== null) window.clicks.push(performance.now() - at);
    at = null;
  }).observe(root.querySelector('.trace-card h3'), {childList: true, characterData: true, subtree: true});
}"""


def report(title: str, values: list[float]) -> None:
    """Print a line of the table."""
    ordered = sorted(values)
    p95 = ordered[int(0.95 * len(ordered))]
    print(f"{title:<32} p50 {statistics.median(ordered):4.0f} ms   p95 {p95:4.0f} ms   {len(ordered)} times")


def open_trace(page: Page) -> None:
    """Draw a 7, and click a number in the middle of it."""
    clear = page.get_by_test_id("drawing-clear")
    if clear.is_enabled():
        clear.click()
    draw(page, SEVEN)
    expect_label(page, "7")
    maps = page.locator(".map-row .tiles").nth(ROW)
    maps.evaluate("(element) => element.scrollIntoView({block: 'center'})")
    maps.click(position={"x": 110, "y": 25})
    expect(page.locator(".trace-card .heading .quiet")).to_contain_text("5. ")
    page.get_by_test_id("drawing-pad").scroll_into_view_if_needed()


def measure_pen(page: Page) -> None:
    """Scribble in turns without and with a trace."""
    page.evaluate(TIMER)
    durations: dict[str, list[float]] = {"without a trace": [], "with a trace open": []}
    scribble(page, 3)  # to warm up
    wait_until_idle()
    for turn in range(2 * TURNS):
        opened = turn % 2 == 1
        if opened:
            open_trace(page)
        scribble(page, SECONDS)
        kept = page.evaluate("window.durations.move")
        durations["with a trace open" if opened else "without a trace"] += kept
        if opened:
            page.locator(".trace-card .close").click()
            page.get_by_test_id("drawing-pad").scroll_into_view_if_needed()
    for title, values in durations.items():
        report(f"pen moves, {title}", values)


def measure_clicks(page: Page) -> None:
    """Click numbers all over the second convolution."""
    open_trace(page)
    page.evaluate(CLICK_TIMER)
    maps = page.locator(".map-row .tiles").nth(ROW)
    maps.scroll_into_view_if_needed()
    size = maps.bounding_box()
    assert size
    chance = random.Random(0)
    for _ in range(CLICKS):
        place = card_place(page)
        while card_place(page) == place:
            at = {"x": chance.uniform(5, size["width"] - 100), "y": chance.uniform(3, 80)}
            maps.click(position=at)  # type: ignore[arg-type]
            page.wait_for_timeout(150)
    report("a click on a number", page.evaluate("window.clicks"))


def card_place(page: Page) -> str:
    """Which number the card is about."""
    return page.locator(".trace-card h3").inner_text()


def main() -> None:
    """Start a lab and a browser on the same cores, and measure."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        with running_lab(folder / "home", folder / "log") as server:
            browser = launch(playwright)
            page = browser.new_page(
                base_url=server.url,
                bypass_csp=True,
                viewport={"width": 1280, "height": int(sys.argv[1]) if len(sys.argv) > 1 else 1700},
                storage_state=greeted(server.url),
            )
            visit(page)
            expect(page.get_by_test_id("prediction")).to_have_attribute("data-label", "")
            measure_pen(page)
            measure_clicks(page)
            browser.close()


if __name__ == "__main__":
    main()
