"""The server's cost per viewer of a run, and how soon a click takes effect: `python -m tests.perf.page_tick`.

A run trains the whole time. The cost is the CPU time of the server (not of the worker) with viewers minus
that without, per viewer and second; the page ticks once a second. A click is timed inside the page, from the
press to the frame that shows its effect.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from cnnlab.design.presets import preset
from cnnlab.runs.store import RunStore
from cnnlab.training.config import TrainConfig
from tests.browser.chromium import launch
from tests.browser.driving import Server, running_lab, visit, wait_until_settled

SECONDS = 15.0
VIEWERS = (1, 4)
CLICKS = 20
SETTLE = 6.0  # seconds before a measurement, in which torch is loaded and pages are opened or closed
TIMER = """texts => {
  window.duration = null;
  const line = document.querySelector('.st-key-train_state');
  const isShown = () => texts.some((text) => line.textContent.includes(text));
  document.addEventListener('pointerdown', () => {
    const start = performance.now();
    const check = () => {
      if (isShown()) window.duration = performance.now() - start;
      else requestAnimationFrame(check);
    };
    requestAnimationFrame(check);
  }, { once: true, capture: true });
}"""


def prepare(home: Path) -> None:
    """Queue a run that outlasts all measurements."""
    store = RunStore(home)
    store.queue(preset("article-3-deep").design, "digits", TrainConfig(epochs=1000))
    store.close()


def server_process(server: Server) -> psutil.Process:
    """The process that listens on the server's port."""
    port = server.url.rpartition(":")[2]
    children = psutil.Process().children(recursive=True)
    return next(child for child in children if f"--server.port={port}" in child.cmdline())


def cpu_milliseconds_per_second(process: psutil.Process) -> float:
    """Average CPU time of a process over the next SECONDS."""

    def used() -> float:
        times = process.cpu_times()
        return float(times.user + times.system)

    before = used()
    time.sleep(SECONDS)
    return (used() - before) / SECONDS * 1000


def open_viewer(browser: Browser, server: Server) -> Page:
    """Open a browser window that shows the run's curves."""
    page = browser.new_context(bypass_csp=True, base_url=server.url).new_page()
    visit(page, "/train")
    page.get_by_test_id("curve-loss").wait_for()
    return page


def measure_cost(browser: Browser, server: Server) -> None:
    """Print a line for each number of viewers: the cost with them minus the mean before and after them.

    The cost of the run itself changes while the run grows.
    """
    process = server_process(server)
    open_viewer(browser, server).context.close()
    time.sleep(SETTLE)
    before = cpu_milliseconds_per_second(process)
    print(f"no viewer                {before:6.1f} ms of CPU time per second")
    for viewers in VIEWERS:
        pages = [open_viewer(browser, server) for _ in range(viewers)]
        time.sleep(SETTLE)
        watched = cpu_milliseconds_per_second(process)
        for page in pages:
            page.context.close()
        time.sleep(SETTLE)
        after = cpu_milliseconds_per_second(process)
        cost = (watched - (before + after) / 2) / viewers
        print(f"{viewers} watching               {cost:6.1f} ms per tick and viewer")
        before = after


def measure_clicks(browser: Browser, server: Server) -> None:
    """Time pausing and resuming, in turn, while the run trains."""
    page = open_viewer(browser, server)
    for name, texts in (("Pause", ["Pausing…", "Paused"]), ("Resume", ["Resuming…", "Training"])):
        print(f"{name:<24} {summary([click(page, name, texts) for _ in range(CLICKS)])}")


def click(page: Page, name: str, texts: list[str]) -> float:
    """Milliseconds from the press to the effect; first brings the run into the state that has the button."""
    back = "Resume" if name == "Pause" else "Pause"
    button, other = (page.get_by_role("button", name=label, exact=True) for label in (name, back))
    if not button.count():
        other.click()
        other.wait_for(state="detached")
    wait_until_settled(page)
    page.evaluate(TIMER, texts)
    button.click()
    page.wait_for_function("window.duration !== null")
    duration = float(page.evaluate("window.duration"))
    button.wait_for(state="detached")
    other.wait_for()
    return duration


def summary(durations: list[float]) -> str:
    """The median and the 95th percentile."""
    p95 = statistics.quantiles(durations, n=20)[-1]
    return f"p50 {statistics.median(durations):6.0f} ms   p95 {p95:6.0f} ms   of {len(durations)}"


def main() -> None:
    """Print all measurements."""
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folder = Path(scratch)
        prepare(folder / "home")
        with running_lab(folder / "home", folder / "server.log") as server:
            browser = launch(playwright)
            measure_cost(browser, server)
            measure_clicks(browser, server)
            browser.close()


if __name__ == "__main__":
    main()
