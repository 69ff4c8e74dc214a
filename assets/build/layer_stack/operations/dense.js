// Layers of a long row of numbers: Flatten, Dense and Softmax.

import { draw } from "../../../shared/dom.js";
import { _ } from "../../../shared/words.js";
import { canvas, first, grid, operator, piece, short, sum, table } from "./pieces.js";

export function flatten() {
  const maps = [0, 1].map((map) =>
    table(2, 3, (row, column) => map * 6 + row * 3 + column + 1).map((row) => row.map((n) => n % 5)),
  );
  const all = maps.flat(2);
  return {
    steps: 4,
    about: _("The rows of all maps are laid end to end. No number changes."),
    scene: (step) => [
      piece(_("two maps"), ...maps.map((map, index) => grid(map, { lit: litRow(step - index * 2) }))),
      operator("→"),
      piece(
        _("one long row"),
        grid(first((step + 1) * 3, [all]), { lit: [0, 1, 2].map((column) => [0, step * 3 + column]) }),
      ),
    ],
    words: (step) => _("Row {row} of map {map} comes next.", { row: (step % 2) + 1, map: Math.floor(step / 2) + 1 }),
  };
}

function litRow(row) {
  return row < 0 || row > 1 ? [] : [0, 1, 2].map((column) => [row, column]);
}

const INPUTS = [2, 0, 1, 3];
const WEIGHTS = [
  [1, -1, 0.5, 0],
  [-0.5, 2, 1, 1],
  [0.5, 0, -2, 0.5],
];
const [GAP, BOX, REACH] = [44, 34, 250]; // px

export function dense({ bias }) {
  const biases = bias ? [1, 0, -1] : [0, 0, 0];
  const terms = (output) => WEIGHTS[output].map((weight, index) => weight * INPUTS[index]);
  const outputs = WEIGHTS.map((_weights, output) => sum(terms(output)) + biases[output]);
  return {
    steps: outputs.length,
    about: _("Each output has a weight for every input: it is the sum of all inputs times their weights."),
    scene: (step) => [
      piece(
        _("inputs → outputs"),
        wires(
          step,
          outputs.map((output, index) => (index > step ? null : output)),
        ),
      ),
    ],
    words: (step) => {
      const products = WEIGHTS[step].map((weight, index) => `${bracketed(weight)}×${INPUTS[index]}`).join(" + ");
      const values = { number: step + 1, products, bias: bracketed(biases[step]), total: short(outputs[step]) };
      return bias
        ? _("Output {number}, with its bias: {products} + {bias} = {total}", values)
        : _("Output {number}: {products} = {total}", values);
    },
  };
}

function bracketed(number) {
  return number < 0 ? `(${short(number)})` : short(number);
}

function wires(step, outputs) {
  const height = INPUTS.length * GAP;
  const picture = canvas("wires", REACH + 2 * BOX + 4, height);
  const rise = (index, count) => (height - 6 - count * GAP) / 2 + index * GAP + GAP / 2;
  WEIGHTS.forEach((weights, output) =>
    weights.forEach((weight, input) => {
      const ends = { x1: BOX, y1: rise(input, INPUTS.length), x2: BOX + REACH, y2: rise(output, outputs.length) };
      picture.append(
        draw("line", { ...ends, class: output === step ? `wire ${weight < 0 ? "minus" : "plus"}` : "wire" }),
      );
      if (output !== step) return;
      const part = 0.32;
      const at = { x: ends.x1 + part * (ends.x2 - ends.x1), y: ends.y1 + part * (ends.y2 - ends.y1) };
      picture.append(draw("text", { ...at, class: "weight" }, `×${short(weight)}`));
    }),
  );
  INPUTS.forEach((number, index) => picture.append(...box(0, rise(index, INPUTS.length), number)));
  outputs.forEach((number, index) =>
    picture.append(...box(BOX + REACH, rise(index, outputs.length), number, index === step)),
  );
  return picture;
}

function box(x, y, number, lit = false) {
  const frame = draw("rect", { x, y: y - BOX / 2, width: BOX, height: BOX, class: lit ? "cell lit" : "cell filled" });
  return number === null ? [frame] : [frame, draw("text", { x: x + BOX / 2, y }, short(number))];
}

const SCORES = [2, 0, 1, -1];

export function softmax() {
  const powers = SCORES.map((score) => Math.exp(score));
  const total = sum(powers);
  const shares = powers.map((power) => power / total);
  const all = [
    [_("scores"), SCORES],
    [_("e to that power"), powers],
    [_("share of their sum"), shares],
  ];
  return {
    steps: 3,
    about: _("e to the power of each score is positive; divided by the sum of all, it is a probability."),
    scene: (step) =>
      all
        .slice(0, step + 1)
        .flatMap(([title, numbers], index) => [
          ...(index ? [operator("→")] : []),
          piece(title, grid(numbers.map((number) => [number]))),
        ]),
    words: (step) =>
      [
        _("The scores can be any numbers."),
        _("e to the power of each is positive, and grows fast. Their sum is {total}.", { total: short(total) }),
        _("Divided by {total}, they add up to 1: the highest score becomes {share} %.", {
          total: short(total),
          share: Math.round(100 * shares[0]),
        }),
      ][step],
  };
}
