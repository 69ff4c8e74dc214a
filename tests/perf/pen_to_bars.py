"""The time from a movement of the pen to the change of the bars: `python -m tests.perf.pen_to_bars`.

In a real browser, strokes of 50 movements at 60 per second, again and again. Each answer is timed from the
oldest movement that no earlier answer included to the moment when the bars change. Once while the lab is
idle, and once while it trains.
"""

from __future__ import annotations

import math
import statistics
import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import Page, expect, sync_playwright

from cnnlab.design.presets import preset
from cnnlab.runs.store import RunStore
from cnnlab.training.config import TrainConfig
from tests.browser.chromium import launch
from tests.browser.driving import Server, greeted, running_lab, visit

SECONDS = 12
PER_SECOND = 60
TIMER = """() => {
  const hasAnswer = (element) => element.shadowRoot?.querySelector('[data-testid=prediction]');
  const root = [...document.querySelectorAll('*')].find(hasAnswer).shadowRoot;
  const pad = root.querySelector('[data-testid=drawing-pad]');
  const answer = root.querySelector('[data-testid=prediction]');
  const inputs = new Map(); // the oldest input in each request, by the request's number
  let oldest = null;
  const note = (event) => {
    if (event.type === 'pointermove' && !event.buttons) return;
    if (event.type === 'pointermove') window.moves += 1;
    oldest ??= {at: event.timeStamp, kind: 'move'};
    if (event.type === 'pointerup') oldest.kind = 'up';
  };
  pad.addEventListener('pointermove', note, true);
  pad.addEventListener('pointerup', note, true);
  const plain = window.fetch;
  window.fetch = (address, options) => {
    const seq = new URL(address, location).searchParams.get('seq');
    if (seq && oldest) { inputs.set(seq, oldest); oldest = null; }
    return plain(address, options);
  };
  new MutationObserver(() => {
    const input = inputs.get(answer.dataset.seq);
    if (input) window.durations[input.kind].push(performance.now() - input.at);
  }).observe(answer, {attributes: true, attributeFilter: ['data-seq']});
}"""


def scribble(page: Page, seconds: float) -> None:
    """Draw strokes with pauses, as a person would."""
    box = page.get_by_test_id("drawing-pad").bounding_box()
    assert box
    page.evaluate("window.moves = 0; window.durations = {move: [], up: []}")
    end = time.monotonic() + seconds
    turn = 0
    while time.monotonic() < end:
        turn += 1
        for step in range(50):
            beat = time.monotonic()
            x = 0.5 + 0.3 * math.cos(step / 8 + turn) * math.cos(step / 31)
            y = 0.5 + 0.35 * math.sin(step / 8 + turn)
            page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
            if step == 0:
                page.mouse.down()
            time.sleep(max(0.0, 1 / PER_SECOND - (time.monotonic() - beat)))
        page.mouse.up()
        time.sleep(0.4)
        if turn % 3 == 0:
            page.get_by_test_id("drawing-clear").click()


def report(page: Page, title: str) -> None:
    """Print a line for the movements, and one for the ends of strokes."""
    durations = page.evaluate("window.durations")
    moves = page.evaluate("window.moves")
    for kind, name in (("move", "pen moves"), ("up", "pen lifted")):
        values = sorted(durations[kind])
        p95 = values[int(0.95 * len(values))]
        line = f"{title:<22} {name:<11} p50 {statistics.median(values):4.0f} ms   p95 {p95:4.0f} ms"
        print(f"{line}   {len(values)} answers" + (f" to {moves} movements" if kind == "move" else ""))


def start_training(server: Server) -> str:
    """Start to train article-1 on the bundled digits, for longer than the measurement; return its state."""
    store = RunStore(server.home)
    run = store.queue(preset("article-1").design, "digits", TrainConfig(epochs=1_000))
    end = time.monotonic() + 60
    while store.run(run.id).progress.step == 0 and time.monotonic() < end:
        time.sleep(0.2)
    state = store.run(run.id).state
    store.close()
    return state


def wait_until_idle() -> None:
    """Wait until the lab has done what it does once: load torch and its pictures, warm up its worker."""
    lab = next(each for each in psutil.Process().children() if "streamlit" in " ".join(each.cmdline()))
    end = time.monotonic() + 60
    busy = True
    while busy and time.monotonic() < end:
        before = cpu_seconds(lab)
        time.sleep(2)
        busy = cpu_seconds(lab) - before > 0.1


def cpu_seconds(lab: psutil.Process) -> float:
    """CPU time of the lab and its workers."""
    times = [each.cpu_times() for each in (lab, *lab.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def measure(page: Page, server: Server) -> None:
    """Measure twice, while the lab is idle and while it trains."""
    visit(page)
    expect(page.get_by_test_id("prediction")).to_have_attribute("data-label", "")
    page.evaluate(TIMER)
    scribble(page, 3)  # to warm up
    wait_until_idle()
    scribble(page, SECONDS)
    report(page, "idle")
    print(f"training: {start_training(server)}")
    scribble(page, SECONDS)
    report(page, "while a run trains")


def main() -> None:
    """Start a lab and a browser on the same cores, and measure."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        with running_lab(folder / "home", folder / "log") as server:
            browser = launch(playwright)
            measure(
                browser.new_page(
                    bypass_csp=True,
                    base_url=server.url,
                    viewport={"width": 1280, "height": 800},
                    storage_state=greeted(server.url),
                ),
                server,
            )
            browser.close()


if __name__ == "__main__":
    main()
