// Numbers of this view in words.

import { _ } from "../../shared/words.js";

export const LEVELS = 255; // from black to white

// A strength in levels, as "12/255 (4.7 %)".
export function strengthWords(strength) {
  return _("{levels}/255 ({share} %)", { levels: strength, share: ((100 * strength) / LEVELS).toFixed(1) });
}

// Two decimals, for distances and entropies.
export function decimals(value) {
  return value.toFixed(2);
}

// The most probable class.
export function answerIn(probabilities) {
  return probabilities.indexOf(Math.max(...probabilities));
}

// One row of (N, K) probabilities.
export function rowOf(probabilities, index) {
  const [, classes] = probabilities.shape;
  return Array.from(probabilities.subarray(index * classes, (index + 1) * classes));
}
