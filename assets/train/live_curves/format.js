// How the charts write and color what they show.

import { lossText } from "./geometry.js";

// `digits`: behind the point, of an accuracy; a loss has as many as mean something.
export function valueText(value, digits) {
  if (value === null || value === undefined) return "–";
  return digits ? value.toFixed(digits) : lossText(value);
}

export function percentText(value) {
  const text = valueText(value, 2);
  return text === "–" ? text : `${text} %`;
}

// Each run of a race has a color of its own.
export function runClass(index) {
  return `run run-${index + 1}`;
}
