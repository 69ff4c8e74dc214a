"""How fast Look inside answers: `python -m tests.perf.look_inside`.

In a real browser, on each of the articles' networks after an epoch of training: the time from a click on
*Next picture* until its answer is painted, from a movement of the pointer until the number under it is, and
from a click on a number until the card has its arithmetic.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from cnnlab.design.presets import preset
from cnnlab.training.config import make_config
from tests.browser.chromium import launch
from tests.browser.driving import greeted, running_lab, visit
from tests.lab import open_lab

ARTICLES = [f"article-{number}" for number in range(1, 6)]
TIMES = 30
BUDGETS = {"next picture": 150, "hover": 30, "trace by click": 50}  # ms, for 95 of 100
SELECTORS = {"next picture": ".answer > p", "hover": ".loupe p", "trace by click": ".trace-card h3"}
# From the next event of this type until the text of this element has changed and been painted.
TIMER = """([type, selector]) => {
  const isHost = (each) => each.shadowRoot?.querySelector('.look');
  const root = [...document.querySelectorAll('*')].find(isHost).shadowRoot;
  const shown = root.querySelector(selector);
  window.took = new Promise((done) => {
    let at;
    root.addEventListener(type, (event) => (at ??= event.timeStamp), { capture: true, once: true });
    const observer = new MutationObserver(() => {
      if (at === undefined) return;
      observer.disconnect();
      requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - at)));
    });
    observer.observe(shown, { childList: true, characterData: true, subtree: true });
  });
}"""


def took(page: Page, what: str, place: tuple[float, float]) -> float:
    """Move to this place, or click there, and return after how many ms the answer was on the screen."""
    page.evaluate(TIMER, ["pointermove" if what == "hover" else "click", SELECTORS[what]])
    page.mouse.move(*place)
    if what != "hover":
        page.mouse.down()
        page.mouse.up()
    return float(page.evaluate("window.took"))


def measure(page: Page) -> dict[str, list[float]]:
    """The durations of each kind, on the network that is shown."""
    step = page.get_by_role("button", name="Next picture").bounding_box()
    maps = page.locator(".map-row .tiles").first.bounding_box()
    assert step
    assert maps
    durations: dict[str, list[float]] = {what: [] for what in BUDGETS}
    for turn in range(TIMES + 3):
        cell = (maps["x"] + 8 + 13 * (turn % 30), maps["y"] + 8 + turn % 20)
        places = {"next picture": (step["x"] + 20, step["y"] + 20), "hover": cell, "trace by click": cell}
        for what, place in places.items():
            durations[what].append(took(page, what, place))
    return {what: values[3:] for what, values in durations.items()}  # the first ones warm up


def report(network: str, durations: dict[str, list[float]]) -> None:
    """Print a line for each kind."""
    for what, values in durations.items():
        p95 = sorted(values)[int(0.95 * len(values))]
        text = f"p50 {statistics.median(values):4.0f} ms   p95 {p95:4.0f} ms   budget {BUDGETS[what]} ms"
        print(f"{network:<12}{what:<16}{text}", flush=True)


def main() -> None:
    """Train the networks, start a lab and a browser on the same cores, and measure."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        runs = {}
        with open_lab(folder / "home") as lab:
            for article in ARTICLES:
                config = make_config(epochs=1, batch_size=128)
                runs[article] = lab.store.queue(preset(article).design, "digits", config).id
                lab.supervisor.wake()
                lab.wait_for_state(runs[article], "finished")
        with running_lab(folder / "home", folder / "log") as server:
            browser = launch(playwright)
            page = browser.new_page(
                bypass_csp=True,
                base_url=server.url,
                viewport={"width": 1280, "height": 1000},
                storage_state=greeted(server.url),
            )
            for article, run in runs.items():
                visit(page, f"/look_inside?run={run}&row=0&unit=0&cell=3-3&rows=near")
                expect(page.locator(".trace-card .value")).to_be_visible()
                report(article, measure(page))
            browser.close()


if __name__ == "__main__":
    main()
