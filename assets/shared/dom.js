// Creating and changing elements.

import { LANGUAGE } from "./language.js";

const SVG = "http://www.w3.org/2000/svg";

// Creates an HTML element. Names that it has as properties are set as such, all others as attributes.
export function make(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

// Creates an SVG element, which only has attributes.
export function draw(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// An icon from the symbols that the component's html defines.
export function icon(name) {
  return draw("svg", { "aria-hidden": "true" }, draw("use", { href: `#${name}` }));
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setDisabled(button, disabled) {
  button.setAttribute("aria-disabled", String(disabled)); // a `disabled` button would lose the focus
}

// The component mounted in an element, created once; one left there by another language's module is removed.
export function mountOnce(element, create) {
  if (element.mounted?.language !== LANGUAGE) {
    element.mounted?.part.remove();
    element.mounted = { language: LANGUAGE, part: create() };
  }
  return element.mounted.part;
}

// Has the browser download a file.
export function download(blob, name) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// Whether the user prefers no motion.
export function prefersReducedMotion() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
