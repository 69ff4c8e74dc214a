// Tables of text and numbers.

import { make } from "./dom.js";

export function table(heads, rows, attributes = {}) {
  const named = (text) => (text ? make("th", { scope: "col", title: text }, text) : make("td"));
  const head = make("tr", {}, ...heads.map(named));
  return make("table", attributes, make("thead", {}, head), make("tbody", {}, ...rows));
}

export const cell = (...content) => make("td", {}, ...content);

// What may be wider than its column: it can be scrolled, with the keyboard too.
export function wide(name, ...content) {
  return make("div", { className: "wide", role: "region", ariaLabel: name, tabIndex: 0 }, ...content);
}

export const rowHead = (text) => make("th", { scope: "row", title: text }, text);
