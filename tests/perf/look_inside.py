"""How fast Look inside answers: `python -m tests.perf.look_inside [CHECKOUT]`.

In a real browser, on the bundled network and two of the articles' after an epoch of training: the time from a
click on *Next picture* until its answer and maps are painted, from a movement of the pointer to another map
until what is said of it is, and from a click on a number until the card has its arithmetic.

With the folder of another checkout of the lab, a server of each runs side by side, and they take turns, click
by click: on a busy machine the load is then the same for both.
"""

from __future__ import annotations

import random
import shutil
import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from cnnlab.design.presets import preset
from cnnlab.layers import Conv2d
from cnnlab.reader.loaded_model import load_bundled
from cnnlab.training.config import make_config
from tests.browser.chromium import launch
from tests.browser.driving import ROOT, greeted, running_lab, visit
from tests.lab import open_lab

ARTICLES = ("article-1", "article-3-deep")
TIMES = 60
WARM_UP = 4
BUDGETS = {"next picture": 150, "hover": 30, "trace by click": 50}  # ms, for 95 of 100
SELECTORS = {"next picture": ".titled > p", "hover": ".strips > .loupe p", "trace by click": ".trace-card h3"}
# From the next event of this type until the text of this element has changed, and a frame with it is painted.
TIMER = """([type, selector]) => {
  const isHost = (each) => each.shadowRoot?.querySelector('.look');
  const root = [...document.querySelectorAll('*')].find(isHost).shadowRoot;
  const shown = root.querySelector(selector);
  window.took = new Promise((done, lost) => {
    setTimeout(() => lost(new Error(`nothing changed in ${selector}`)), 20_000);
    let at;
    root.addEventListener(type, (event) => (at ??= event.timeStamp), { capture: true, once: true });
    const observer = new MutationObserver(() => {
      if (at === undefined) return;
      observer.disconnect();
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => done(performance.now() - at); // a task after the frame
        port2.postMessage(null);
      });
    });
    observer.observe(shown, { childList: true, characterData: true, subtree: true });
  });
}"""
# Where in the window the maps of a row are that one can point at.
TILES = """(canvas) => {
  const { left, top } = canvas.getBoundingClientRect();
  const { row } = canvas;
  const places = Array.from({ length: row.size.count }, (_each, tile) => row.place(tile));
  const all = places.map(({ x, y, width, height }) => [left + x, top + y, width, height]);
  return all.filter(([, y, , height]) => y > 140 && y + height < innerHeight - 10);
}"""
Durations = dict[str, list[float]]


def took(page: Page, what: str, place: tuple[float, float]) -> float:
    """Move to this place, or click there, and return after how many ms the answer was on the screen."""
    page.evaluate(TIMER, ["pointermove" if what == "hover" else "click", SELECTORS[what]])
    page.mouse.move(*place)
    if what != "hover":
        page.mouse.down()
        page.mouse.up()
    return float(page.evaluate("window.took"))


class Bench:
    """A tab with one network of one lab."""

    def __init__(self, page: Page, query: str, row: int) -> None:
        self.page = page
        self.durations: Durations = {what: [] for what in BUDGETS}
        visit(page, f"/look_inside?{query}&row={row}&unit=0&cell=2-2&rows=near")
        expect(page.locator(".trace-card .value")).to_be_visible()
        shown = page.locator(".look .strips > .map-rows > .map-row .tiles").nth(row)
        shown.evaluate("each => each.scrollIntoView({ block: 'center', behavior: 'instant' })")
        page.wait_for_timeout(1000)
        self.tiles: list[list[float]] = shown.evaluate(TILES)
        assert len(self.tiles) > 3

    def turn(self, chance: random.Random) -> None:
        """Take one time of each kind."""
        step = self.page.get_by_role("button", name="Next picture").bounding_box()
        assert step
        self._take("next picture", (step["x"] + 20, step["y"] + 20))
        last = self.tiles[1]
        while last in self.tiles[:2]:  # what is said must change
            chance.shuffle(self.tiles)
        for what, (x, y, width, height) in zip(("hover", "trace by click"), self.tiles, strict=False):
            self._take(what, (x + chance.uniform(0.3, 0.7) * width, y + chance.uniform(0.3, 0.7) * height))

    def _take(self, what: str, place: tuple[float, float]) -> None:
        self.durations[what].append(took(self.page, what, place))
        self.page.wait_for_timeout(100)


def report(network: str, lab: str, durations: Durations) -> None:
    """Print a line for each kind."""
    for what, values in durations.items():
        kept = sorted(values[WARM_UP:])
        p95 = kept[int(0.95 * len(kept))]
        text = f"p50 {statistics.median(kept):4.0f} ms   p95 {p95:4.0f} ms   budget {BUDGETS[what]} ms"
        print(f"{network:<16}{lab:<12}{what:<16}{text}   {len(kept)} times", flush=True)


def report_difference(network: str, one: Durations, other: Durations) -> None:
    """Print how much longer each kind takes in the first lab, turn by turn."""
    for what in BUDGETS:
        pairs = zip(one[what][WARM_UP:], other[what][WARM_UP:], strict=True)
        longer = sorted(mine - theirs for mine, theirs in pairs)
        low, middle, high = (longer[int(share * len(longer))] for share in (0.25, 0.5, 0.75))
        text = f"p50 {middle:+4.0f} ms   half of the turns {low:+.0f} to {high:+.0f} ms"
        print(f"{network:<16}{'difference':<12}{what:<16}{text}", flush=True)


def trained(home: Path) -> dict[str, str]:
    """Train the articles' networks; return their runs by name."""
    runs = {}
    with open_lab(home) as lab:
        for article in ARTICLES:
            config = make_config(epochs=1, batch_size=128)
            runs[article] = lab.store.queue(preset(article).design, "digits", config).id
            lab.supervisor.wake()
            lab.wait_for_state(runs[article], "finished")
    return runs


def second_convolution(network: str) -> int:
    """The row of the second convolution: one that reads maps."""
    design = load_bundled().design if network == "bundled" else preset(network).design
    return [row for row, layer in enumerate(design.layers) if isinstance(layer, Conv2d)][1]


def opened(browser: Browser, url: str, network: str, runs: dict[str, str]) -> Bench:
    """A tab of a laptop's size with this network."""
    page = browser.new_page(
        bypass_csp=True,
        base_url=url,
        viewport={"width": 1280, "height": 800},
        storage_state=greeted(url),
    )
    query = f"run={runs[network]}" if network in runs else "run=bundled"
    return Bench(page, query, second_convolution(network))


def main() -> None:
    """Train the networks, start a lab or two and a browser on the same cores, and measure."""
    checkouts = {"this lab": ROOT}
    if len(sys.argv) > 1:
        checkouts["the other"] = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright, ExitStack() as stack:
        folder = Path(name)
        runs = trained(folder / "home")
        servers = {}
        for number, (lab, checkout) in enumerate(checkouts.items()):
            home = shutil.copytree(folder / "home", folder / f"home-{number}")
            server = running_lab(home, folder / f"log-{number}", checkout=str(checkout))
            servers[lab] = stack.enter_context(server)
        browser = launch(playwright)
        chance = random.Random(0)
        for network in ("bundled", *ARTICLES):
            benches = {lab: opened(browser, server.url, network, runs) for lab, server in servers.items()}
            for _ in range(TIMES + WARM_UP):
                for bench in chance.sample(list(benches.values()), len(benches)):
                    bench.page.bring_to_front()
                    bench.turn(chance)
            for lab, bench in benches.items():
                report(network, lab, bench.durations)
                bench.page.context.close()
            if len(benches) > 1:
                report_difference(network, *(bench.durations for bench in benches.values()))
        browser.close()


if __name__ == "__main__":
    main()
