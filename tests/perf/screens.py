"""Tab stops, violations of accessibility and layout shifts of every screen: `python -m tests.perf.screens`.

The screens are those of tests/browser/states.py, each in all its states; the stops are counted on the page as
it opens. `--details` prints what axe finds, and what moves from where to where.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.browser.chromium import launch
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.driving import TIMEOUT, Server, running_lab, visit
from tests.browser.measures import shifts, tab_stops, violations, watch_shifts
from tests.browser.states import SCREENS, prepare
from tests.browser.test_accessible import STREAMLITS
from tests.browser.test_shell import SCREENS as ADDRESSES


def measure(page: Page, server: Server, screen: str, details: bool) -> tuple[int, int, float]:
    """Tab stops, violations in all states, and the sum of the layout shifts."""
    found: list[str] = []
    moves: list[dict[str, Any]] = []
    for _state in SCREENS[screen](page, server):
        found += violations(page, STREAMLITS)
        moves += shifts(page)
    if details:
        print(*found, *moves, sep="\n")
    visit(page, ADDRESSES[screen])
    return tab_stops(page), len(found), sum(each["value"] for each in moves)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--details", action="store_true")
    details = parser.parse_args().details
    print(f"{'screen':<14}{'width':>6}{'stops':>7}{'violations':>12}{'shift':>9}")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        prepare(Path(folder))
        browser = launch(playwright)
        with running_lab(Path(folder), Path(folder) / "server.log") as server:
            for screen in SCREENS:
                for size in (DESKTOP, PHONE):
                    context = browser.new_context(base_url=server.url, bypass_csp=True, **size)
                    context.set_default_timeout(TIMEOUT * 1000)
                    page = context.new_page()
                    watch_shifts(page)
                    stops, found, shift = measure(page, server, screen, details)
                    width = size["viewport"]["width"]
                    print(f"{screen:<14}{width:>6}{stops:>7}{found:>12}{shift:>9.4f}", flush=True)
                    context.close()
        browser.close()


if __name__ == "__main__":
    main()
