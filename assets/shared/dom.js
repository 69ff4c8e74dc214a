// Elements.

import { LANGUAGE } from "./language.js";

const SVG = "http://www.w3.org/2000/svg";

// An HTML element. What it has as a property is set as one, everything else as an attribute.
export function make(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

// An SVG element: it has attributes only.
export function draw(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// A picture out of the symbols that the component's html defines.
export function icon(name) {
  return draw("svg", { "aria-hidden": "true" }, draw("use", { href: `#${name}` }));
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setDisabled(button, disabled) {
  button.setAttribute("aria-disabled", String(disabled)); // a button that is `disabled` would lose the focus
}

// What a component has made in its element, once; what the module of another language has left there goes.
export function inhabit(element, create) {
  if (element.inhabited?.language !== LANGUAGE) {
    element.inhabited?.part.remove();
    element.inhabited = { language: LANGUAGE, part: create() };
  }
  return element.inhabited.part;
}

// Hands a file to the browser's downloads.
export function download(blob, name) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// Whether somebody wants no motion.
export function wantsStillness() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
