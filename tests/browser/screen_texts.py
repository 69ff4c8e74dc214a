"""What the texts on a screen have wrong: in English only, cut off, or one over the other."""

from __future__ import annotations

import re

from playwright.sync_api import Page

from cnnlab.design.presets import PRESETS
from cnnlab.layers import KINDS
from tests.catalogue import DATA_NAMES

# Texts and attributes that a person can see or hear, through all shadow roots; icons are ligatures of a font.
TEXTS = """() => {
  const found = [];
  const skipped = '[data-testid="stIconMaterial"], script, style, [hidden], .st-key-language';
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
          found.push([element.tagName, (element.closest("p:not(:has([role=img]))") ?? child).textContent]);
    }
  };
  walk(document.body);
  return found;
}"""
# What hides a part of its text, or lies beyond the window's right edge.
CUT = """() => {
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
# Two texts of which one stands on the other. What floats (a top bar, a dialog) may lie over the page.
OVERLAP = """() => {
  const WIDE = 3, HIGH = 3; // pixels in common
  const ABOVE = 0.18, BELOW = 0.15; // parts of a line's box that its letters leave free
  const around = (node) => node.parentElement ?? node.getRootNode().host ?? null;
  const frames = new Map();
  const frame = (element) => { // the layer that it lies in, and what of it is not clipped
    if (!element) return { layer: null, clip: [-1e6, -1e6, 1e6, 1e6] };
    if (frames.has(element)) return frames.get(element);
    const style = getComputedStyle(element), outer = frame(around(element));
    const fixed = style.position === "fixed" || element.matches("dialog, [popover], [role=dialog]");
    const floats = fixed || style.position === "sticky" || element.matches("header");
    const layer = floats ? element : outer.layer;
    let clip = fixed ? [-1e6, -1e6, 1e6, 1e6] : outer.clip;
    if (style.overflowX !== "visible" || style.overflowY !== "visible" || style.clipPath !== "none")
      clip = cut(clip, element.getBoundingClientRect());
    const made = { layer, clip };
    frames.set(element, made);
    return made;
  };
  const cut = (clip, box) => [Math.max(clip[0], box.left), Math.max(clip[1], box.top),
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
        const { layer, clip } = frame(element);
        for (const rect of range.getClientRects()) {
          const { left, right, top, bottom, height } = rect;
          const box = cut(clip, { left, right, top: top + ABOVE * height, bottom: bottom - BELOW * height });
          if (box[2] - box[0] > WIDE && box[3] - box[1] > HIGH)
            lines.push({ element, layer, box, text: child.textContent.trim().slice(0, 60) });
        }
      }
    }
  };
  walk(document.body);
  lines.sort((one, other) => one.box[1] - other.box[1]);
  const found = new Set();
  for (const [place, { element, layer, box, text }] of lines.entries())
    for (let next = place + 1; next < lines.length && lines[next].box[1] < box[3] - HIGH; next += 1) {
      const other = lines[next];
      const high = Math.min(box[3], other.box[3]) - other.box[1];
      const wide = Math.min(box[2], other.box[2]) - Math.max(box[0], other.box[0]);
      if (other.layer !== layer || high <= HIGH || wide <= WIDE) continue;
      if (element.contains(other.element) || other.element.contains(element)) continue;
      found.add(`${text} | ${other.text} (${Math.round(wide)} x ${Math.round(high)})`);
    }
  return [...found];
}"""
# Streamlit's own words, which it has in English only.
STREAMLIT = re.compile(
    r"Skip to main content|App pages|Sidebar|Expand sidebar|Collapse sidebar|Open|Close|Choose an option|"
    r"Increment|Decrement|Link to heading|Help for .*|\w+ icon|Clear value|Clear all|Remove .*|Dismiss|"
    r"Notifications|\d+ options? available\."
)
CODE = "model = Sequential("  # begins the example in the field for code
BRACKETS = re.compile(r"\[[^\[\]]*(\]|…)")  # a text that was shortened has lost its last one
NAMES = {
    *KINDS, *PRESETS, *DATA_NAMES,  # as they are written in code and on the command line
    "cnnlab", "Adam", "AdamW", "SGD", "RMSprop", "Adagrad", "Adadelta", "PyTorch", "Keras", "PNG", "SVG",
    "JSON", "MNIST", "CIFAR", "same", "model", "Sequential", "kB", "MB", "GB", "ms", "min", "px", "max",
}  # fmt: skip
WORDS = re.compile(r"[^\W\d_][\w-]*")


def outside_brackets(text: str) -> str:
    """What is left of a text without what stands in brackets, brackets in brackets too."""
    while text != (text := BRACKETS.sub(" ", text)):
        pass
    return text


def untranslated(page: Page, typed: set[str]) -> list[str]:
    """Texts with a word outside brackets that is no name; `typed`: words of people."""
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
    """Everything that is wrong with the texts on the screen as it stands."""
    found = [f"in English only: {text}" for text in untranslated(page, typed)]
    found += [" ".join(map(str, each)) for each in page.evaluate(CUT)]
    return found + [f"overlap: {each}" for each in page.evaluate(OVERLAP)]
