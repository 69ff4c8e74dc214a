// Normalization: subtract the mean, divide by the standard deviation, then scale and shift with learned numbers.

import { _ } from "../../../shared/words.js";
import { grid, operator, piece, short, sum } from "./pieces.js";

const NUMBERS = [6, 2, 4, 0, 6, 6];

// Over which numbers the mean is taken.
const SCOPES = {
  BatchNorm2d: () => _("the numbers of one map, for all pictures of the batch"),
  BatchNorm1d: () => _("one number of the row, for all pictures of the batch"),
  GroupNorm: () => _("the numbers of a group of maps, for one picture"),
  LayerNorm: () => _("all numbers of one picture"),
};

export function normalization(kind) {
  const mean = sum(NUMBERS) / NUMBERS.length;
  const centered = NUMBERS.map((number) => number - mean);
  const spread = Math.sqrt(sum(centered.map((number) => number ** 2)) / NUMBERS.length);
  const scaled = centered.map((number) => number / spread);
  const [weight, bias] = [1.5, 0.5];
  const rows = [
    [SCOPES[kind](), NUMBERS],
    [_("minus the mean"), centered],
    [_("divided by the standard deviation"), scaled],
    [_("times a learned weight, plus a learned bias"), scaled.map((number) => number * weight + bias)],
  ];
  const said = { mean: short(mean), spread: short(spread), weight: short(weight), bias: short(bias) };
  return {
    steps: rows.length,
    about: _("The mean is subtracted, the result divided by the standard deviation, then scaled and shifted."),
    scene: (step) =>
      rows
        .slice(0, step + 1)
        .flatMap(([title, numbers], index) => [...(index ? [operator("→")] : []), piece(title, grid([numbers]))]),
    words: (step) =>
      [
        _("Their mean is {mean}.", said),
        _("Now their mean is 0, and their standard deviation is {spread}.", said),
        _("Now their standard deviation is 1.", said),
        _("The network learns the weight (here {weight}) and the bias (here {bias}).", said),
      ][step],
  };
}

export const KINDS = Object.keys(SCOPES);
