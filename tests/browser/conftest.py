"""The lab as a person meets it: `server` is a lab per test file, `page` a desktop, `phone` a small screen.

An exception in the page or in the script behind it fails its test. A failed test prints the server's log and
the browser's errors, and leaves a picture in .pytest_cache/screens.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import launch
from tests.browser.driving import PATIENCE, ROOT, Server, running_lab, visit

SCREENS = ROOT / ".pytest_cache" / "screens"
FAILED = pytest.StashKey[bool]()
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the page's fixture know whether its test failed."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`streamlit run app.py` on a free port, with an empty home folder of its own."""
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
    """A tab of 1280x800 pixels, empty; relative addresses lead to the server."""
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
    """A tab that tells what went wrong in it."""
    context = browser.new_context(base_url=server.url, **screen)
    context.set_default_timeout(PATIENCE * 1000)
    page = context.new_page()
    exceptions: list[str] = []
    console: list[str] = []
    page.on("pageerror", lambda error: exceptions.append(f"{error}\n{error.stack}"))
    page.on("console", lambda message: console.append(message.text) if message.type == "error" else None)
    try:
        yield page
        if request.node.stash.get(FAILED, True):
            print_evidence(page, server, request.node.name, console)
        assert not exceptions, "uncaught in the page:\n" + "\n".join(exceptions)
        assert page.get_by_test_id("stException").count() == 0, f"the script failed:\n{server.log_end()}"
    finally:
        context.close()


def print_evidence(page: Page, server: Server, name: str, console: list[str]) -> None:
    """What a person needs who was not there when the test failed."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    picture = SCREENS / f"{name}.png"
    page.screenshot(path=picture, full_page=True)
    print(f"screen: {picture}\naddress: {page.url}")
    print("console:", *console, sep="\n  ")
    print(f"server's log:\n{server.log_end()}")


@pytest.fixture
def sheet(page: Page) -> Page:
    """The Draw page, ready and blank."""
    from tests.browser.test_pad import expect_blank  # here, so that pytest rewrites its assertions

    visit(page)
    expect_blank(page)
    return page
