"""A minute of scribbling in a real browser: are events lost, does memory grow?

`python -m tests.perf.scribble` sends pointer events at 60 per second. Every one has to reach the pad, and the
last answer has to be to the last drawing. The browser's heap after a forced garbage collection and the
server's memory are printed every ten seconds: neither should grow. Every five seconds the sheet is cleared.
"""

from __future__ import annotations

import math
import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import CDPSession, Page, expect, sync_playwright

from tests.browser.chromium import launch
from tests.browser.driving import running_lab, visit

SECONDS = 60
PER_SECOND = 60
STROKE_SECONDS = 1.0
SECONDS_PER_SHEET = 5.0  # until it is cleared
RECORDER = """() => {
  const hasAnswer = (element) => element.shadowRoot?.querySelector('[data-testid=prediction]');
  const root = [...document.querySelectorAll('*')].find(hasAnswer).shadowRoot;
  const pad = root.querySelector('[data-testid=drawing-pad]');
  const answer = root.querySelector('[data-testid=prediction]');
  Object.assign(window, {events: 0, requests: 0, failed: {}, canceled: 0, last: 0, answers: 0});
  const fail = (why) => (window.failed[why] = (window.failed[why] ?? 0) + 1);
  pad.addEventListener('pointermove', (event) => {
    if (event.buttons) window.events += Math.max(1, event.getCoalescedEvents().length);
  }, true);
  const plain = window.fetch;
  window.fetch = async (address, options) => {
    const seq = new URL(address, location).searchParams.get('seq');
    const ours = String(address).includes('api/classify');
    if (ours) { window.requests += 1; window.last = Number(seq); }
    try {
      const response = await plain(address, options);
      if (ours && !response.ok) fail((await response.clone().json()).error);
      return response;
    } catch (error) {
      if (ours && error.name === 'AbortError') window.canceled += 1;
      else if (ours) fail(error.message);
      throw error;
    }
  };
  new MutationObserver(() => (window.answers += 1)).observe(answer, {attributeFilter: ['data-seq']});
}"""


def megabytes_of_heap(cdp: CDPSession) -> float:
    """The heap of the page's scripts after a garbage collection."""
    cdp.send("HeapProfiler.collectGarbage")
    metrics = {each["name"]: each["value"] for each in cdp.send("Performance.getMetrics")["metrics"]}
    return float(metrics["JSHeapUsedSize"]) / 2**20


def megabytes_of_server() -> float:
    """Resident memory of the lab, the only child process that runs Streamlit."""
    lab = next(each for each in psutil.Process().children() if "streamlit" in " ".join(each.cmdline()))
    return float(lab.memory_info().rss) / 2**20


def report(elapsed: float, cdp: CDPSession) -> None:
    """Print a line of the table."""
    heap, server = megabytes_of_heap(cdp), megabytes_of_server()
    print(f"{elapsed:4.0f} s   heap {heap:5.1f} MB   server {server:5.0f} MB")


def scribble(page: Page, cdp: CDPSession) -> int:
    """Draw for SECONDS; return how many movements were sent with the pen down."""
    box = page.get_by_test_id("drawing-pad").bounding_box()
    assert box
    started = time.monotonic()
    sent = beat = reports = cleared = 0
    down = False
    while (elapsed := beat / PER_SECOND) < SECONDS:
        if int(elapsed / 10) >= reports:
            report(elapsed, cdp)
            reports += 1
            started = time.monotonic() - elapsed
        if int(elapsed / SECONDS_PER_SHEET) > cleared:
            page.mouse.up()
            down = False
            page.get_by_test_id("drawing-clear").click()
            cleared += 1
        if beat % int(STROKE_SECONDS * PER_SECOND) == 0 and down:
            page.mouse.up()
            down = False
        x = 0.5 + 0.4 * math.cos(elapsed * 5.1) * math.cos(elapsed * 0.7)
        y = 0.5 + 0.4 * math.sin(elapsed * 6.3)
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        if down:
            sent += 1
        else:
            page.mouse.down()
            down = True
        beat += 1
        time.sleep(max(0.0, started + beat / PER_SECOND - time.monotonic()))
    page.mouse.up()
    duration = time.monotonic() - started
    report(elapsed, cdp)
    print(f"{sent} movements in {duration:.0f} s")
    return sent


def main() -> None:
    """Start a lab and a browser on the same cores, and scribble."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        with running_lab(folder / "home", folder / "log") as server:
            browser = launch(playwright)
            page = browser.new_page(
                bypass_csp=True, base_url=server.url, viewport={"width": 1280, "height": 800}
            )
            visit(page)
            expect(page.get_by_test_id("prediction")).to_have_attribute("data-label", "")
            cdp = page.context.new_cdp_session(page)
            cdp.send("Performance.enable")
            page.evaluate(RECORDER)
            sent = scribble(page, cdp)
            page.wait_for_function("Number(window.last) > 0")
            last = page.evaluate("window.last")
            expect(page.get_by_test_id("prediction")).to_have_attribute("data-seq", str(last))
            counts = ("events", "requests", "answers", "canceled", "failed")
            counted = [page.evaluate(f"window.{name}") for name in counts]
            text = "{} reached the pad, {} requests, {} answers shown, {} requests canceled, failed: {}"
            print(text.format(*counted))
            print(f"movements lost: {max(0, sent - counted[0])}")
            browser.close()


if __name__ == "__main__":
    main()
