"""A real server, and how a test finds its way: it waits on what the page says, never by the clock."""

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

from playwright.sync_api import Locator, Page, expect

from tests.processes import free_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0  # seconds; a busy machine is slow, not wrong

expect.set_options(timeout=PATIENCE * 1000)


@dataclass(frozen=True)
class Server:
    """A running lab."""

    url: str
    home: Path
    log: Path
    pid: int
    base: str = ""

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rpartition(":")[2])

    def log_end(self) -> str:
        """The last lines that the server wrote."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-60:])


@contextmanager
def running_lab(
    home: Path,
    log: Path,
    address: str = "127.0.0.1",
    base: str = "",
    limit: str = "",
    data: str = "",
    **settings: str,
) -> Iterator[Server]:
    """A lab's server from its first answer to its orderly end; a test may stop one and start the next.

    `base` is the path that it lives at behind a proxy, `limit` what the shell's ulimit sets before,
    `data` its folder of data sets, and `settings` are variables of its environment.
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
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=sink, stderr=sink)
    running = Server(f"http://127.0.0.1:{port}", home, log, process.pid, base)
    try:
        wait_until_healthy(running, process)
        yield running
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_healthy(running: Server, process: subprocess.Popen[bytes]) -> None:
    """Return when the server answers; fail with its log where it does not."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{running.url}{running.base}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the lab does not answer; the end of its log:\n{running.log_end()}")


def settled(page: Page) -> None:
    """Wait until the script behind the page has run to its end."""
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-connection-state", "CONNECTED")
    expect(app).to_have_attribute("data-test-script-state", "notRunning")


def visit(page: Page, address: str = "/") -> None:
    """Open a page of the lab and wait until it stands."""
    page.goto(address)
    settled(page)


def batches_shown(curve: Locator) -> int:
    """The number of batches that a curve shows, according to its label."""
    found = re.search(r"After ([\d,]+) batch", curve.get_attribute("aria-label") or "")
    return int(found[1].replace(",", "")) if found else 0
