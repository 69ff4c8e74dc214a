"""How long an edit of a stack of 40 layers takes to show its result: `python -m tests.perf.edit_latency`.

Measured inside the page, from the key that makes the edit to the frame that shows its result.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from cnnlab.design.design import Design
from cnnlab.layers import Conv2d, Flatten, Layer, Linear, ReLU
from tests.browser.chromium import launch
from tests.browser.driving import Server, running_lab, visit, wait_until_settled

ROUNDS = 40
WARM_UP = 10_000  # ms: a server that has just started loads torch beside the page
WATCH = """() => {
  const holds = (element) => element.shadowRoot?.querySelector('.stack');
  const root = [...document.querySelectorAll('*')].find(holds).shadowRoot;
  window.took = [];
  let begun = 0;
  const start = (event) => { if (event.key !== 'Alt') begun ||= performance.now(); };
  root.addEventListener('keydown', start, true);
  new MutationObserver(() => {
    if (!begun) return;
    const from = begun;
    begun = 0;
    requestAnimationFrame(() => setTimeout(() => window.took.push(performance.now() - from)));
  }).observe(root.querySelector('.spoken'), { childList: true, characterData: true, subtree: true });
}"""


def forty_layers() -> Design:
    """Nineteen thin convolutions, each with its activation, and a dense layer."""
    pair: list[Layer] = [Conv2d(out_channels=8, padding="same"), ReLU()]
    layers = (*pair * 19, Flatten(), Linear(out_features=10))
    return Design(name="forty").with_layers(layers)


def open_stack(page: Page, folder: Path) -> None:
    """The forty layers on the Build page, through its file menu."""
    file = folder / "forty.json"
    file.write_text(forty_layers().to_json(), encoding="utf-8")
    visit(page, "/build")
    page.get_by_role("button", name="File").click()
    page.locator("input[type=file]").set_input_files(file)
    page.locator(".row[data-kind]").nth(39).wait_for()
    page.keyboard.press("Escape")
    wait_until_settled(page)
    page.wait_for_timeout(WARM_UP)
    page.evaluate(WATCH)


def measure(page: Page, press: list[str], focus: str) -> list[float]:
    """Milliseconds of each edit; the keys are pressed in turn on the focused element."""
    page.evaluate("window.took = []")
    page.locator(focus).first.focus()
    for number in range(ROUNDS):
        page.keyboard.press(press[number % len(press)])
        page.wait_for_function("count => window.took.length === count", arg=number + 1)
        page.wait_for_timeout(60)
    return list(page.evaluate("window.took"))


def report(name: str, took: list[float]) -> None:
    """One line: the median and the 95th of 100."""
    p95 = statistics.quantiles(took, n=20)[-1]
    print(f"{name:<24} p50 {statistics.median(took):6.0f} ms   p95 {p95:6.0f} ms   of {len(took)}")


def run(server: Server, folder: Path) -> None:
    """All edits, each in its own line."""
    with sync_playwright() as playwright:
        page = launch(playwright).new_context(bypass_csp=True, base_url=server.url).new_page()
        open_stack(page, folder)
        third = ".row[data-kind=Conv2d] >> nth=2"
        report("change a number", measure(page, ["ArrowUp", "ArrowDown"], f"{third} >> input[type=number]"))
        report("move a row", measure(page, ["Alt+ArrowDown", "Alt+ArrowUp"], third))
        report("undo and redo", measure(page, ["Control+z", "Control+Shift+z"], third))
        report("delete and undo", measure(page, ["Delete", "Control+z"], third))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        with running_lab(place / "home", place / "server.log") as lab:
            run(lab, place)
