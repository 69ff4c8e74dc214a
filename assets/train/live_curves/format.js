// Number formats and colors of the charts.

import { _ } from "../../shared/words.js";
import { axisOf } from "./axes.js";
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

// A learning rate as people write it: 0.001, 0.000316, 2.5e-7.
export function rateText(rate) {
  return rate < 1e-4 ? rate.toExponential().replace(/(\.\d\d)\d+/, "$1") : String(Number(rate.toPrecision(3)));
}

// What happened to the learning rate of a run, for screen readers; empty if it stayed the same.
export function rateWords(run) {
  const rates = run?.rates.filter((rate) => rate !== null) ?? [];
  if (!rates.length) return "";
  const ends = { first: rateText(run.rate), last: rateText(rates.at(-1)) };
  return _("The learning rate went from {first} to {last}.", ends);
}

// Seconds of training at a step; empty if nobody knows.
export function secondsText(run, step) {
  const seconds = run ? axisOf(run, "seconds").at(step) : Number.NaN;
  return Number.isFinite(seconds) ? _("{seconds} s", { seconds: seconds.toFixed(seconds < 100 ? 2 : 0) }) : "";
}

// The name of an axis.
export function unitWords(unit) {
  return { batch: _("batch"), epoch: _("epoch"), seconds: _("seconds") }[unit];
}

// Each run of a race has its own color.
export function runClass(index) {
  return `run run-${index + 1}`;
}
