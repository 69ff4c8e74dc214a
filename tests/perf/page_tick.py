"""What a watched run costs the server, and how fast a click answers: `python -m tests.perf.page_tick`.

A run trains the whole time. The cost is the processor time of the server (not of the worker) with viewers
less that without, by viewer and second; the page ticks once a second. A click is timed inside the page, from
the press to the frame that shows its effect.
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
SETTLE = 6.0  # seconds before the first measurement: torch loads, the first epochs pass
WATCH = """words => {
  window.took = null;
  const line = document.querySelector('.st-key-train_state');
  const shown = () => words.some((word) => line.textContent.includes(word));
  document.addEventListener('pointerdown', () => {
    const from = performance.now();
    const look = () => {
      if (shown()) window.took = performance.now() - from;
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, { once: true, capture: true });
}"""


def prepare(home: Path) -> None:
    """A run in the queue that outlasts all measurements."""
    store = RunStore(home)
    store.queue(preset("article-3-deep").design, "digits", TrainConfig(epochs=1000))
    store.close()


def server_process(server: Server) -> psutil.Process:
    """The process that listens on the server's port."""
    port = server.url.rpartition(":")[2]
    children = psutil.Process().children(recursive=True)
    return next(child for child in children if f"--server.port={port}" in child.cmdline())


def milliseconds_a_second(process: psutil.Process) -> float:
    """Processor time per second, over some seconds."""

    def used() -> float:
        times = process.cpu_times()
        return float(times.user + times.system)

    before = used()
    time.sleep(SECONDS)
    return (used() - before) / SECONDS * 1000


def watching(browser: Browser, server: Server) -> Page:
    """A tab of its own that shows the run's curves."""
    page = browser.new_context(bypass_csp=True, base_url=server.url).new_page()
    visit(page, "/train")
    page.get_by_test_id("curve-loss").wait_for()
    return page


def measure_cost(browser: Browser, server: Server) -> None:
    """A line for each number of viewers: with them, less the mean of before and after them.

    What the server does for the run itself changes while the run grows.
    """
    process = server_process(server)
    watching(browser, server).context.close()
    time.sleep(SETTLE)
    before = milliseconds_a_second(process)
    print(f"no viewer                {before:6.1f} ms of processor time a second")
    for viewers in VIEWERS:
        pages = [watching(browser, server) for _ in range(viewers)]
        time.sleep(SETTLE)
        watched = milliseconds_a_second(process)
        for page in pages:
            page.context.close()
        time.sleep(SETTLE)
        after = milliseconds_a_second(process)
        cost = (watched - (before + after) / 2) / viewers
        print(f"{viewers} watching               {cost:6.1f} ms for each tick and viewer")
        before = after


def measure_clicks(browser: Browser, server: Server) -> None:
    """Pause and resume in turn, while it trains."""
    page = watching(browser, server)
    for name, words in (("Pause", ["Pausing…", "Paused"]), ("Resume", ["Resuming…", "Training"])):
        print(f"{name:<24} {summary([click(page, name, words) for _ in range(CLICKS)])}")


def click(page: Page, name: str, words: list[str]) -> float:
    """Milliseconds from the press to the effect, with the run in the state that it takes."""
    back = "Resume" if name == "Pause" else "Pause"
    button, other = (page.get_by_role("button", name=label, exact=True) for label in (name, back))
    if not button.count():
        other.click()
        other.wait_for(state="detached")
    wait_until_settled(page)
    page.evaluate(WATCH, words)
    button.click()
    page.wait_for_function("window.took !== null")
    took = float(page.evaluate("window.took"))
    button.wait_for(state="detached")
    other.wait_for()
    return took


def summary(took: list[float]) -> str:
    """The median and the 95th of 100."""
    p95 = statistics.quantiles(took, n=20)[-1]
    return f"p50 {statistics.median(took):6.0f} ms   p95 {p95:6.0f} ms   of {len(took)}"


def main() -> None:
    """Print all figures."""
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        place = Path(scratch)
        prepare(place / "home")
        with running_lab(place / "home", place / "server.log") as server:
            browser = launch(playwright)
            measure_cost(browser, server)
            measure_clicks(browser, server)
            browser.close()


if __name__ == "__main__":
    main()
