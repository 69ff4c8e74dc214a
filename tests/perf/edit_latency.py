"""How long the editor takes to show an edit in a stack of 40 layers: `python -m tests.perf.edit_latency`.

Measured inside the page, from the keystroke to the frame that shows its result.
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
WARM_UP = 10_000  # ms; a new server is still loading torch
TIMER = """() => {
  const hasStack = (element) => element.shadowRoot?.querySelector('.stack');
  const root = [...document.querySelectorAll('*')].find(hasStack).shadowRoot;
  window.durations = [];
  let started = 0;
  const press = (event) => { if (event.key !== 'Alt') started ||= performance.now(); };
  root.addEventListener('keydown', press, true);
  new MutationObserver(() => {
    if (!started) return;
    const start = started;
    started = 0;
    requestAnimationFrame(() => setTimeout(() => window.durations.push(performance.now() - start)));
  }).observe(root.querySelector('.spoken'), { childList: true, characterData: true, subtree: true });
}"""


def forty_layers() -> Design:
    """Nineteen thin convolutions, each with its activation, and a dense layer."""
    pair: list[Layer] = [Conv2d(out_channels=8, padding="same"), ReLU()]
    layers = (*pair * 19, Flatten(), Linear(out_features=10))
    return Design(name="forty").with_layers(layers)


def open_stack(page: Page, folder: Path) -> None:
    """Open the forty layers on the Build page, through its file menu."""
    file = folder / "forty.json"
    file.write_text(forty_layers().to_json(), encoding="utf-8")
    visit(page, "/build")
    page.get_by_role("button", name="File").click()
    page.locator("input[type=file]").set_input_files(file)
    page.locator(".row[data-kind]").nth(39).wait_for()
    page.keyboard.press("Escape")
    wait_until_settled(page)
    page.wait_for_timeout(WARM_UP)
    page.evaluate(TIMER)


def measure(page: Page, keys: list[str], focus: str) -> list[float]:
    """Milliseconds of each edit; the keys are pressed in turn in the element with the focus."""
    page.evaluate("window.durations = []")
    page.locator(focus).first.focus()
    for number in range(ROUNDS):
        page.keyboard.press(keys[number % len(keys)])
        page.wait_for_function("count => window.durations.length === count", arg=number + 1)
        page.wait_for_timeout(60)
    return list(page.evaluate("window.durations"))


def report(name: str, durations: list[float]) -> None:
    """Print the median and the 95th percentile."""
    p95 = statistics.quantiles(durations, n=20)[-1]
    print(f"{name:<24} p50 {statistics.median(durations):6.0f} ms   p95 {p95:6.0f} ms   of {len(durations)}")


def run(server: Server, folder: Path) -> None:
    """Measure all edits, and print a line for each."""
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
        folder = Path(scratch)
        with running_lab(folder / "home", folder / "server.log") as lab:
            run(lab, folder)
