"""Find the texts on a screen that are untranslated, cut off, or overlapping."""

from __future__ import annotations

import re

from playwright.sync_api import Page

from cnnlab.design.presets import PRESETS
from cnnlab.layers import KINDS
from tests.catalogue import DATA_NAMES

# Texts and attributes that a person can see or hear, in all shadow roots; icons are ligatures of a font.
TEXTS = """() => {
  const found = [];
  const skipped = '[data-testid="stIconMaterial"], script, style, [hidden], .st-key-language';
  const whole = "p:not(:has([role=img])), .stack code"; // a line may end within a name
  const walk = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) walk(element.shadowRoot);
      if (element.closest(skipped) || !element.checkVisibility({ visibilityProperty: true })) continue;
      if (getComputedStyle(element).fontFamily.includes("Material Symbols")) continue;
      for (const name of ["title", "aria-label", "alt", "placeholder", "aria-description"])
        if (element.getAttribute(name)) found.push([name, element.getAttribute(name)]);
      for (const side of ["::before", "::after"]) {
        const content = getComputedStyle(element, side).content;
        if (content.startsWith('"')) found.push([side, content]);
      }
      for (const child of element.childNodes)
        if (child.nodeType === Node.TEXT_NODE && child.textContent.trim())
          found.push([element.tagName, (element.closest(whole) ?? child).textContent]);
    }
  };
  walk(document.body);
  return found;
}"""
# Elements that hide a part of their text, and whatever extends past the right edge of the window.
CUT_OFF = """() => {
  const found = [];
  const walk = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) walk(element.shadowRoot);
      const own = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
      const text = own.map((node) => node.textContent).join("").trim();
      if (!text.includes("~") || !element.checkVisibility({ visibilityProperty: true })) continue;
      const style = getComputedStyle(element);
      const hidden = element.scrollWidth - element.clientWidth;
      const clips = element.clientWidth > 8 && style.overflowX !== "visible";
      if (clips && hidden > 1) found.push(["cut off", text, hidden]);
    }
  };
  walk(document.body);
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 0) found.push(["wider than the window", "", wide]);
  return found;
}"""
# Pairs of texts that overlap. What floats (a top bar, a dialog) may cover the page.
OVERLAPS = """() => {
  const MIN_WIDTH = 3, MIN_HEIGHT = 3; // pixels; a smaller overlap does not count
  const ABOVE = 0.18, BELOW = 0.15; // fractions of a line's box that its letters leave blank
  const parentOf = (node) => node.parentElement ?? node.getRootNode().host ?? null;
  const frames = new Map();
  const frameOf = (element) => { // the floating layer that contains it, and the box that clips it
    if (!element) return { layer: null, clip: [-1e6, -1e6, 1e6, 1e6] };
    if (frames.has(element)) return frames.get(element);
    const style = getComputedStyle(element), outer = frameOf(parentOf(element));
    const fixed = style.position === "fixed" || element.matches("dialog, [popover], [role=dialog]");
    const floats = fixed || style.position === "sticky" || element.matches("header");
    const layer = floats ? element : outer.layer;
    let clip = fixed ? [-1e6, -1e6, 1e6, 1e6] : outer.clip;
    if (style.overflowX !== "visible" || style.overflowY !== "visible" || style.clipPath !== "none")
      clip = intersect(clip, element.getBoundingClientRect());
    const frame = { layer, clip };
    frames.set(element, frame);
    return frame;
  };
  const intersect = (clip, box) => [Math.max(clip[0], box.left), Math.max(clip[1], box.top),
    Math.min(clip[2], box.right), Math.min(clip[3], box.bottom)];
  const lines = [];
  const walk = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) walk(element.shadowRoot);
      if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
      if (getComputedStyle(element).fontFamily.includes("Material Symbols")) continue;
      for (const child of element.childNodes) {
        if (child.nodeType !== Node.TEXT_NODE || !child.textContent.trim()) continue;
        const range = document.createRange();
        range.selectNodeContents(child);
        const { layer, clip } = frameOf(element);
        for (const rect of range.getClientRects()) {
          const { left, right, top, bottom, height } = rect;
          const letters = { left, right, top: top + ABOVE * height, bottom: bottom - BELOW * height };
          const box = intersect(clip, letters);
          if (box[2] - box[0] > MIN_WIDTH && box[3] - box[1] > MIN_HEIGHT)
            lines.push({ element, layer, box, text: child.textContent.trim().slice(0, 60) });
        }
      }
    }
  };
  walk(document.body);
  lines.sort((one, other) => one.box[1] - other.box[1]);
  const found = new Set();
  for (const [index, { element, layer, box, text }] of lines.entries())
    for (let next = index + 1; next < lines.length && lines[next].box[1] < box[3] - MIN_HEIGHT; next += 1) {
      const other = lines[next];
      const height = Math.min(box[3], other.box[3]) - other.box[1];
      const width = Math.min(box[2], other.box[2]) - Math.max(box[0], other.box[0]);
      if (other.layer !== layer || height <= MIN_HEIGHT || width <= MIN_WIDTH) continue;
      if (element.contains(other.element) || other.element.contains(element)) continue;
      found.add(`${text} | ${other.text} (${Math.round(width)} x ${Math.round(height)})`);
    }
  return [...found];
}"""
# Streamlit's own texts, which exist only in English.
STREAMLIT = re.compile(
    r"Skip to main content|App pages|Sidebar|Expand sidebar|Collapse sidebar|Open|Close|Choose an option|"
    r"Increment|Decrement|Link to heading|Help for .*|\w+ icon|Clear value|Clear all|Remove .*|Dismiss|"
    r"Notifications|\d+ options? available\."
)
CODE = "model = Sequential("  # the beginning of the example in the code field
BRACKETS = re.compile(r"\[[^\[\]]*(\]|…)")  # a shortened text has lost its closing bracket
NAMES = {
    *KINDS, *PRESETS, *DATA_NAMES,  # as they are written in code and on the command line
    "cnnlab", "Adam", "AdamW", "SGD", "RMSprop", "Adagrad", "Adadelta", "PyTorch", "Keras", "PNG", "SVG",
    "JSON", "MNIST", "CIFAR", "same", "model", "Sequential", "kB", "MB", "GB", "ms", "min", "px", "max",
}  # fmt: skip
WORDS = re.compile(r"[^\W\d_][\w-]*")


def outside_brackets(text: str) -> str:
    """A text without its bracketed parts, nested brackets included."""
    while text != (text := BRACKETS.sub(" ", text)):
        pass
    return text


def untranslated(page: Page, typed: set[str]) -> list[str]:
    """Texts with a word outside brackets that is not a name; `typed` are words that people typed."""
    known = {word.lower() for word in NAMES | typed}
    found = set()
    for where, text in page.evaluate(TEXTS):
        text = text.replace("\u2060", "")  # keeps a name on one line
        if STREAMLIT.fullmatch(text.strip()) or text.startswith(CODE):
            continue
        left = outside_brackets(text)
        words = [word for word in WORDS.findall(left) if len(word) > 1]
        if any(word.lower() not in known for word in words) and left.strip() not in NAMES | typed:
            found.add(f"{where}: {text.strip()[:90]}")
    return sorted(found)


def faults(page: Page, typed: set[str]) -> list[str]:
    """Everything that is wrong with the texts on the current screen."""
    found = [f"untranslated: {text}" for text in untranslated(page, typed)]
    found += [" ".join(map(str, each)) for each in page.evaluate(CUT_OFF)]
    return found + [f"overlap: {each}" for each in page.evaluate(OVERLAPS)]
