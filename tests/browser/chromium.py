"""Which browser the browser tests drive, and how it starts. `python -m tests.browser.chromium` tries it."""

from __future__ import annotations

import shutil
import sys

from playwright.sync_api import Browser, BrowserType, Error, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",  # a container's root has no sandbox
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NOWHERE = "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"  # nothing beyond this machine


def launch(playwright: Playwright) -> Browser:
    """The browser of the tests, which reaches this machine only."""
    return start(playwright.chromium, NOWHERE)


def start(chromium: BrowserType, names: str) -> Browser:
    """The system's Chromium or Chrome, else Playwright's own; raises Playwright's Error where none starts.

    `names` are rules for what a host's name means (Chromium's --host-resolver-rules).
    Ubuntu's `chromium-browser` may be a stub that only speaks of snap: the first that really starts counts.
    """
    for path in [*filter(None, map(shutil.which, NAMES)), None]:
        try:
            rules = f"--host-resolver-rules={names}"
            return chromium.launch(executable_path=path, args=[*ARGUMENTS, rules])
        except Error as error:
            failure = error
    raise failure


def main() -> int:
    """Start the browser once and say which it is."""
    with sync_playwright() as playwright:
        try:
            browser = launch(playwright)
        except Error as error:
            print(f"no browser starts: {error.message.splitlines()[0]}", file=sys.stderr)
            return 1
        print(f"browser: Chromium {browser.version}")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
