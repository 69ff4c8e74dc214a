"""The lab in a real browser: a `server` per test file, and a `page` (desktop) or a `phone` per test.

An exception in the page or in its script fails the test. A failed test prints the server's log and the
browser's errors, and saves a screenshot in .pytest_cache/screenshots.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.chromium import launch
from tests.browser.driving import ROOT, TIMEOUT, Server, greeted, hide_hints, running_lab, visit

SCREENSHOTS = ROOT / ".pytest_cache" / "screenshots"
FAILED = pytest.StashKey[bool]()
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test in this folder as a browser test."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Record whether the test failed, for the fixture of its page."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`streamlit run app.py` on a free port, with its own empty home folder."""
    home = tmp_path_factory.mktemp("lab")
    with running_lab(home / "home", home / "server.log") as running:
        yield running


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all browser tests."""
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, server: Server, request: pytest.FixtureRequest) -> Iterator[Page]:
    """An empty tab of 1280x800 pixels; relative URLs lead to the server."""
    with tab(browser, server, request, DESKTOP) as opened:
        yield opened


@pytest.fixture
def phone(browser: Browser, server: Server, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A touch screen of 390x844 pixels."""
    with tab(browser, server, request, PHONE) as opened:
        yield opened


@contextmanager
def tab(
    browser: Browser, server: Server, request: pytest.FixtureRequest, screen: dict[str, Any]
) -> Iterator[Page]:
    """A tab that fails the test on an uncaught exception, and prints evidence if the test failed."""
    context = browser.new_context(base_url=server.url, **({"storage_state": greeted(server.url)} | screen))
    context.set_default_timeout(TIMEOUT * 1000)
    page = context.new_page()
    hide_hints(page)
    exceptions: list[str] = []
    console: list[str] = []
    page.on("pageerror", lambda error: exceptions.append(f"{error}\n{error.stack}"))
    page.on("console", lambda message: console.append(message.text) if message.type == "error" else None)
    try:
        yield page
        if request.node.stash.get(FAILED, True):
            print_evidence(page, server, request.node.name, console)
        assert not exceptions, "uncaught exceptions in the page:\n" + "\n".join(exceptions)
        assert page.get_by_test_id("stException").count() == 0, f"the script failed:\n{server.log_end()}"
    finally:
        context.close()


def print_evidence(page: Page, server: Server, name: str, console: list[str]) -> None:
    """Save a screenshot, and print what is needed to understand the failure afterwards."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    screenshot = SCREENSHOTS / f"{name}.png"
    page.screenshot(path=screenshot, full_page=True)
    print(f"screenshot: {screenshot}\nURL: {page.url}")
    print("console:", *console, sep="\n  ")
    print(f"server log:\n{server.log_end()}")


@pytest.fixture
def draw_page(page: Page) -> Page:
    """The Draw page with a blank sheet."""
    return with_blank_sheet(page)


@pytest.fixture
def draw_phone(phone: Page) -> Page:
    """The same on a touch screen."""
    return with_blank_sheet(phone)


def with_blank_sheet(page: Page) -> Page:
    """Open the Draw page."""
    from tests.browser.test_pad import expect_blank  # not at the top, so that pytest rewrites its assertions

    visit(page)
    expect_blank(page)
    return page


@pytest.fixture
def build_page(page: Page) -> Page:
    """The Build page with article-1 in its editor."""
    from tests.browser.test_build import rows  # not at the top, so that pytest rewrites its assertions

    visit(page, "/build")
    expect(rows(page)).to_have_count(11)
    return page
