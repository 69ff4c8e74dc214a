"""A real server, and helpers that wait for what the page shows, never for a fixed time."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from playwright.sync_api import Locator, Page, StorageState, expect

from tests.processes import free_port

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 60.0  # seconds; a test must not fail on a machine that is only busy

expect.set_options(timeout=TIMEOUT * 1000)


@dataclass(frozen=True)
class Server:
    """A running server of the lab."""

    url: str
    home: Path
    log: Path
    pid: int
    base: str = ""

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.url.rpartition(":")[2])

    def log_end(self) -> str:
        """The last lines of the server's log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-60:])


@contextmanager
def running_lab(
    home: Path,
    log: Path,
    address: str = "127.0.0.1",
    base: str = "",
    limit: str = "",
    data: str = "",
    checkout: str = str(ROOT),
    **settings: str,
) -> Iterator[Server]:
    """Run a server of the lab: yield it once it responds, and shut it down in the end.

    `base` is its URL path behind a proxy, `limit` the arguments of a ulimit command, `data` its folder of
    data sets, `checkout` the folder of its code, and `settings` are environment variables.
    """
    port = free_port()
    options = {"port": port, "address": address, "headless": "true", "baseUrlPath": base}
    flags = [f"--server.{name}={value}" for name, value in options.items()]
    limited = ["sh", "-c", f'ulimit {limit} && exec "$@"', "sh"] if limit else []
    command = [*limited, sys.executable, "-m", "streamlit", "run", "app.py", *flags]
    environment = os.environ | {"CNNLAB_HOME": str(home)} | settings
    environment.pop("CNNLAB_DATA", None)
    if data:
        environment["CNNLAB_DATA"] = data
    with log.open("ab") as sink:
        process = subprocess.Popen(command, cwd=checkout, env=environment, stdout=sink, stderr=sink)
    running = Server(f"http://127.0.0.1:{port}", home, log, process.pid, base)
    try:
        wait_until_healthy(running, process)
        yield running
    finally:
        process.terminate()
        try:
            process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_healthy(running: Server, process: subprocess.Popen[bytes]) -> None:
    """Return once the server responds; if it does not, fail with the end of its log."""
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{running.url}{running.base}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the lab does not respond; the end of its log:\n{running.log_end()}")


def wait_until_settled(page: Page) -> None:
    """Wait until the page's script has finished."""
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-connection-state", "CONNECTED")
    expect(app).to_have_attribute("data-test-script-state", "notRunning")


def hide_hints(page: Page) -> None:
    """Have the pages opened here show no hints."""
    page.add_init_script("try { localStorage.setItem('cnnlab.hints', 'off'); } catch {}")


def visit(page: Page, url: str = "/") -> None:
    """Open a page of the lab, without its hints for first visitors, and wait until it is complete."""
    hide_hints(page)
    page.goto(url)
    wait_until_settled(page)


def open_run_menu(page: Page) -> Locator:
    """Open the menu of what is rarely done with a run; return it."""
    page.get_by_role("button", name="More", exact=True).click()
    menu = page.get_by_test_id("stPopoverBody")
    expect(menu.get_by_role("button", name="Delete")).to_be_visible()
    return menu


def greeted(url: str) -> StorageState:
    """The storage of a browser that has been on the Draw page before: no digit draws itself there."""
    stored = {"origin": url, "localStorage": [{"name": "cnnlab.greeted", "value": "yes"}]}
    return cast("StorageState", {"cookies": [], "origins": [stored]})


def batches_shown(curve: Locator) -> int:
    """The number of batches that a curve shows, according to its label."""
    found = re.search(r"After ([\d,]+) batch", curve.get_attribute("aria-label") or "")
    return int(found[1].replace(",", "")) if found else 0
