"""Start the browser of the browser tests; `python -m tests.browser.chromium` checks that one starts."""

from __future__ import annotations

import shutil
import sys

from playwright.sync_api import Browser, BrowserType, Error, Playwright, sync_playwright

EXECUTABLES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",  # Chromium has none for root, as in a container
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LOCAL_ONLY = "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"  # no host but this machine is found


def launch(playwright: Playwright) -> Browser:
    """Start the browser for the tests; it can reach only this machine."""
    return start(playwright.chromium, LOCAL_ONLY)


def start(chromium: BrowserType, host_rules: str) -> Browser:
    """Start the system's Chromium or Chrome, else Playwright's; raises Playwright's Error if none starts.

    `host_rules` say how host names are resolved (Chromium's --host-resolver-rules). Ubuntu's
    `chromium-browser` may be a stub that only advertises snap, so the first one that actually starts is used.
    """
    for path in [*filter(None, map(shutil.which, EXECUTABLES)), None]:
        try:
            rules = f"--host-resolver-rules={host_rules}"
            return chromium.launch(executable_path=path, args=[*ARGUMENTS, rules])
        except Error as error:
            failure = error
    raise failure


def main() -> int:
    """Start the browser once and print its version."""
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
