// A hint for a screen's first visitor, beside the first thing to do there. It lies over the page, so that nothing moves
// when it goes: for good, once the thing was done or the hint was closed.

import { make } from "../dom.js";
import { _ } from "../words.js";

const KEY = "cnnlab.hints"; // in the browser's local storage: the names of the hints that are gone
const OFF = "off"; // in place of a name: there are none at all
const LOOKS = 60; // for the anchor, which may come later than the shell
const PAUSE = 250; // ms
const GAP = 10; // px between the hint and its anchor, or the edge of the window
const LARGE = 200; // px; a hint lies inside an anchor that is higher than this

let shown; // the only one

export function showHint(data) {
  if (data?.name === shown?.data.name) return;
  shown?.remove();
  shown = data && isNew(data.name) ? new Hint(data) : undefined;
}

class Hint {
  constructor(data) {
    this.data = data;
    this.close = make("button", { type: "button", ariaLabel: _("Close the hint"), onclick: () => this.finish() }, "×");
    this.element = make("aside", { className: "lab-hint", ariaLabel: _("Hint") }, make("p", {}, data.text), this.close);
    this.events = new AbortController();
    this.look(LOOKS);
  }

  look(times) {
    this.anchor = found(document, this.data.anchor);
    if (this.anchor) this.show();
    else if (times) this.timer = setTimeout(() => this.look(times - 1), PAUSE);
  }

  show() {
    const options = { capture: true, passive: true, signal: this.events.signal };
    document.body.append(this.element);
    this.place(); // before it is painted
    for (const type of this.data.events) addEventListener(type, (event) => this.notice(event), options);
    for (const type of ["scroll", "resize"]) addEventListener(type, () => this.place(), options);
    this.sizes = new ResizeObserver(() => this.place());
    this.sizes.observe(this.anchor);
    this.sizes.observe(document.querySelector('[data-testid="stMainBlockContainer"]'));
  }

  notice(event) {
    if (event.composedPath().some((element) => element.matches?.(this.data.area))) this.finish();
  }

  // Below the anchor, or above it where there is no room, or inside a large one; hidden while that is off the screen.
  place() {
    const box = this.anchor.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const foot = innerHeight - Number.parseFloat(getComputedStyle(this.element).scrollMarginBottom);
    const inside = box.height > LARGE;
    const below = inside ? box.bottom - height - GAP : box.bottom + GAP;
    const isAbove = !inside && below + height > foot;
    const left = box.left + (box.width - width) / 2;
    this.element.style.left = `${Math.max(GAP, Math.min(innerWidth - width - GAP, left))}px`;
    this.element.style.top = `${isAbove ? box.top - height - GAP : below}px`;
    this.element.dataset.side = inside ? "inside" : isAbove ? "above" : "below";
    this.element.style.visibility = box.width && box.bottom > 0 && box.top < foot ? "" : "hidden";
  }

  finish() {
    forget(this.data.name);
    this.remove();
  }

  remove() {
    clearTimeout(this.timer);
    this.events.abort();
    this.sizes?.disconnect();
    this.element.remove();
  }
}

// The first element that matches, also in the components.
function found(root, selector) {
  const here = root.querySelector(selector);
  if (here) return here;
  for (const { shadowRoot } of root.querySelectorAll("*")) {
    const inside = shadowRoot && found(shadowRoot, selector);
    if (inside) return inside;
  }
  return null;
}

// Without storage a hint would come back each time, so there is none.
function isNew(name) {
  try {
    const gone = goneHints();
    return !gone.includes(OFF) && !gone.includes(name);
  } catch {
    return false;
  }
}

function forget(name) {
  try {
    localStorage.setItem(KEY, [...goneHints(), name].join());
  } catch {
    // no space: it will come back
  }
}

function goneHints() {
  return (localStorage.getItem(KEY) ?? "").split(",");
}
