"""From `streamlit run app.py` to the first content in a real browser.

    python -m tests.perf.startup [--rounds 5]

The browser is already running, as a person's would be. The first content is the drawing pad; the first
reading is the answer to a drawing, for which torch has to be loaded. The first round warms up the disk caches
and does not count.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from pathlib import Path

from playwright.sync_api import Browser, Error, Page, sync_playwright

from tests.browser.chromium import launch
from tests.browser.driving import TIMEOUT, running_lab


def measure(browser: Browser) -> tuple[float, float]:
    """Seconds from the start of the server to the first content, and to the first reading."""
    context = browser.new_context(bypass_csp=True, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    with tempfile.TemporaryDirectory() as home:
        started = time.perf_counter()
        with running_lab(Path(home), Path(home) / "server.log") as server:
            _open(page, server.url)
            page.get_by_test_id("drawing-pad").wait_for()
            content = time.perf_counter() - started
            _draw_a_line(page)
            page.wait_for_selector('[data-testid="prediction"]:not([data-label=""])')
            reading = time.perf_counter() - started
            context.close()
    return content, reading


def _open(page: Page, url: str) -> None:
    end = time.perf_counter() + TIMEOUT
    while True:
        try:
            page.goto(url, wait_until="commit")
            return
        except Error:
            if time.perf_counter() > end:
                raise
            threading.Event().wait(0.02)


def _draw_a_line(page: Page) -> None:
    box = page.get_by_test_id("drawing-pad").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"]
    page.mouse.move(x, y + 0.2 * box["height"])
    page.mouse.down()
    page.mouse.move(x, y + 0.8 * box["height"], steps=8)
    page.mouse.up()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with sync_playwright() as playwright:
        browser = launch(playwright)
        measure(browser)
        results = [measure(browser) for _ in range(rounds)]
        browser.close()
    for name, values in zip(("first content", "first reading"), zip(*results, strict=True), strict=True):
        seconds = " ".join(f"{value:.2f}" for value in values)
        print(f"{name}: median {statistics.median(values):.2f} s of {seconds}")


if __name__ == "__main__":
    main()
