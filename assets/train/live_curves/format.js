// Number formats and colors of the charts.

import { lossText } from "./geometry.js";

// `digits`: decimals of an accuracy; without it, a loss with its significant digits.
export function valueText(value, digits) {
  if (value === null || value === undefined) return "–";
  return digits ? value.toFixed(digits) : lossText(value);
}

export function percentText(value) {
  const text = valueText(value, 2);
  return text === "–" ? text : `${text} %`;
}

// Each run of a race has its own color.
export function runClass(index) {
  return `run run-${index + 1}`;
}
