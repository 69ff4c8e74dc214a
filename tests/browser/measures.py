"""What can be measured on a screen: violations of accessibility, moves that nobody caused, Tab stops.

The page's context needs `bypass_csp=True`.
"""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

MAX_STOPS = 400
_AXE = Axe()
_ACTIVE = """() => {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  return active === document.body ? null : active;
}"""
_WATCH_SHIFTS = """() => {
  window.labShifts = [];
  const boxOf = ({ x, y, width, height }) => [width, height, x, y].map((each) => each.toFixed(1));
  const asText = ([width, height, x, y]) => `${width}x${height} at ${x},${y}`;
  const upOf = (element) => element.parentElement ?? element.getRootNode().host ?? null;
  const deepestAt = ({ x, y, width, height }) => {
    let [root, found] = [document, null];
    for (; root; root = found?.shadowRoot) {
      const next = root.elementFromPoint(x + width / 2, y + height / 2);
      if (!next || next === found) break;
      found = next;
    }
    return found;
  };
  const ownName = (element) => {
    const names = [...element.classList].filter((each) => !/emotion|^element-container$/.test(each));
    const id = element.id && `#${element.id}`;
    return `${element.localName}${id}${names.map((each) => `.${each}`).join("")}`;
  };
  // from the next element with a key, or the page, down to it
  const nameOf = (element) => {
    const path = [];
    for (let each = element; each && each !== document.body; each = upOf(each)) {
      path.unshift(ownName(each));
      if (/st-key-/.test(each.className)) break;
    }
    return `${path.join(" > ")} "${(element.textContent ?? "").trim().slice(0, 40)}"`;
  };
  // what is in a component's own tree has no node here, and what has gone has no element there
  const moveOf = ({ node, previousRect, currentRect }) => {
    const element = node instanceof Element ? node : node?.parentElement ?? deepestAt(currentRect);
    const name = element ? nameOf(element) : "something that has gone";
    return `${name}: ${asText(boxOf(previousRect))}, then ${asText(boxOf(currentRect))}`;
  };
  const note = ({ value, startTime, sources }) =>
    window.labShifts.push({ value, at: Math.round(startTime), moved: sources.map(moveOf) });
  const isByItself = ({ hadRecentInput, startTime }) => !hadRecentInput && !isAnswer(startTime);
  new PerformanceObserver((list) => list.getEntries().filter(isByItself).forEach(note))
    .observe({ type: "layout-shift", buffered: true });

  // To the browser a move is the result of an input for 500 ms; on a slow machine a script may take longer.
  const RECENT = 500, PAINTED = 150;
  const answers = []; // [from, to], of scripts that an input has started
  const isAnswer = (time) => answers.some(([from, to]) => from <= time && time <= to);
  let [input, isRunning] = [-Infinity, false];
  const follow = () => {
    const now = performance.now();
    const was = isRunning;
    isRunning = document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState === "running";
    if (isRunning && !was && now - input < RECENT) answers.push([now, Infinity]);
    else if (was && !isRunning && answers.at(-1)?.[1] === Infinity) answers.at(-1)[1] = now + PAINTED;
  };
  for (const kind of ["pointerdown", "keydown"]) {
    addEventListener(kind, () => (input = performance.now()), { capture: true });
  }
  new MutationObserver(follow).observe(document, {
    subtree: true, childList: true, attributeFilter: ["data-test-script-state"],
  });
}"""
_ONE_BY_ONE = """() => {
  window.labMessages = { waiting: 0, seen: 0 };
  const counts = window.labMessages;
  window.WebSocket = class extends WebSocket {
    #line = Promise.resolve();
    addEventListener(type, listener, options) {
      const inLine = (event) => {
        counts.waiting += 1;
        this.#line = this.#line.then(() => this.#deliver(listener, event));
      };
      super.addEventListener(type, type === "message" ? inLine : listener, options);
    }
    set onmessage(listener) { this.addEventListener("message", listener); }
    async #deliver(listener, event) {
      listener.call(this, event);
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 30)));
      counts.waiting -= 1;
      counts.seen += 1;
    }
  };
}"""
_ALL_ARRIVED = "() => window.labMessages.seen > 10 && window.labMessages.waiting === 0"
_AT_REST = "() => document.getAnimations().every((each) => each.playState !== 'running')"
_SHIFTS = """async () => {
  for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
  return window.labShifts.splice(0);
}"""


def violations(page: Page, exclude: dict[str, str] | None = None) -> list[str]:
    """What axe finds, one line an element; `exclude`: selectors of what it passes over, and why."""
    page.wait_for_function(_AT_REST)  # a color on its way has another contrast
    context = {"exclude": [[selector] for selector in exclude]} if exclude else None
    found: list[dict[str, Any]] = _AXE.run(page, context=context).response["violations"]
    return [
        f"{each['id']}: {node['target']} {node['html'][:160]} {node['failureSummary']}"
        for each in found
        for node in each["nodes"]
    ]


def watch_shifts(page: Page) -> None:
    """On the pages opened from now on, note each move of what is shown that no input has caused."""
    page.add_init_script(f"({_WATCH_SHIFTS})()")


def deliver_one_by_one(page: Page) -> None:
    """Have the pages opened from now on take the server's messages in one by one, and paint after each.

    So a page comes together on a slow machine; on a fast one, much of it comes in the same frame.
    """
    page.add_init_script(f"({_ONE_BY_ONE})()")


def wait_for_messages(page: Page) -> None:
    """Wait until all that the server has sent to a page of `deliver_one_by_one` has arrived."""
    page.wait_for_function(_ALL_ARRIVED)


def shifts(page: Page) -> list[dict[str, Any]]:
    """The moves since the last call: the layout shift of each, and what has moved from where to where."""
    moves: list[dict[str, Any]] = page.evaluate(_SHIFTS)
    return moves


def tab_stops(page: Page) -> int:
    """How often Tab has to be pressed to go once through the page, from its beginning to its end."""
    page.evaluate(
        "() => { document.activeElement?.blur(); getSelection().removeAllRanges(); scrollTo(0, 0); }"
    )
    for stops in range(MAX_STOPS):
        page.keyboard.press("Tab")
        if page.evaluate_handle(_ACTIVE).as_element() is None:
            return stops
    return MAX_STOPS
