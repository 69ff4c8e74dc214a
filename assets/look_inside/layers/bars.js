// Tables with a bar for each number.

import { make } from "../../shared/dom.js";

// A cell with a bar from zero to each of the values, all on one scale from `low` to `high`. kind(value, index): the
// class of a bar.
export function barCell(values, [low, high], kind = () => "") {
  const span = high - low || 1;
  const share = (value) => `${((100 * value) / span).toFixed(2)}%`;
  const tracks = values.map((value, index) => {
    const bar = make("i", { className: kind(value, index) });
    bar.style.left = share(Math.min(0, value) - low);
    bar.style.width = share(Math.abs(value));
    const track = make("span", { className: low < 0 ? "track signed" : "track" }, bar);
    track.style.setProperty("--zero", share(-low));
    return track;
  });
  return make("td", { className: "bar", ariaHidden: "true" }, ...tracks);
}

// The scale on which all values and zero are.
export function scaleOf(values) {
  return [Math.min(0, ...values), Math.max(0, ...values)];
}

export const signed = (value) => (value < 0 ? "negative" : "positive");
