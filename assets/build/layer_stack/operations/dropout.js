// Dropout: other numbers are set to 0 for each batch; in use, none are.

import { _ } from "../../../shared/words.js";
import { grid, operator, piece, short, table } from "./pieces.js";

const NUMBERS = table(3, 4, (row, column) => ((row * 4 + column) % 4) + 1);
// Three orders of the twelve cells, in hexadecimal digits.
const ORDERS = ["3a071b486925", "84b1620a7539", "5290b7361a84"];
const MAPS = 4;

export function dropout({ p }) {
  const cells = table(3, 4, (row, column) => [row, column]).flat();
  const gone = ORDERS.map((order) =>
    [...order].slice(0, Math.round(p * cells.length)).map((digit) => cells[Number.parseInt(digit, 16)]),
  );
  const kept = 1 / (1 - p);
  const after = (struck) =>
    NUMBERS.map((row, top) =>
      row.map((number, left) => (struck.some(([r, c]) => r === top && c === left) ? 0 : number * kept)),
    );
  const scene = (step) => {
    const struck = gone[step] ?? [];
    return [
      piece(_("input"), grid(NUMBERS, { struck })),
      operator("→"),
      piece(_("output"), grid(step < gone.length ? after(struck) : NUMBERS)),
    ];
  };
  return film(scene, kept, p);
}

export function mapDropout({ p }) {
  const map = (index) => table(2, 2, (row, column) => ((index + row * 2 + column) % 4) + 1);
  const maps = Array.from({ length: MAPS }, (_each, index) => map(index));
  const gone = [[1], [3], [0]].map(([start]) =>
    Array.from({ length: Math.round(p * MAPS) }, (_each, index) => (start + index) % MAPS),
  );
  const kept = 1 / (1 - p);
  const all = table(2, 2, (row, column) => [row, column]).flat();
  const scene = (step) => {
    const struck = gone[step] ?? [];
    const factor = step < gone.length ? kept : 1;
    const after = (numbers, index) => numbers.map((row) => row.map((n) => (struck.includes(index) ? 0 : n * factor)));
    return [
      piece(_("maps"), ...maps.map((numbers, index) => grid(numbers, { struck: struck.includes(index) ? all : [] }))),
      operator("→"),
      piece(_("output"), ...maps.map((numbers, index) => grid(after(numbers, index)))),
    ];
  };
  return film(scene, kept, p);
}

function film(scene, kept, p) {
  const values = { share: Math.round(100 * p), factor: short(kept) };
  return {
    steps: 4,
    about: _(
      "For each batch of the training other numbers are set to 0, at random; in use, all numbers pass unchanged.",
    ),
    scene,
    words: (step) =>
      step < 3
        ? _("Batch {batch} of the training: {share} % become 0, the others are multiplied by {factor}.", {
            ...values,
            batch: step + 1,
          })
        : _("In use, and when it is tested: nothing is dropped."),
  };
}
