// Pooling: one number for each window, the largest or the mean.

import { _ } from "../../../shared/words.js";
import { first, grid, operator, piece, short, sum, table } from "./pieces.js";
import { cellsAt, windowOf } from "./sliding.js";

const MAP = ["132041", "204113", "115230", "041022", "310144", "022301"];
const SIDE = MAP.length;

function numberAt([row, column]) {
  return Number(MAP[row][column]);
}

function pool(windows, steps, isMax, about) {
  const resultOf = (numbers) => (isMax ? Math.max(...numbers) : sum(numbers) / numbers.length);
  const output = table(steps, steps, (row, column) => resultOf(windows[row * steps + column].map(numberAt)));
  const winner = (cells) => cells.find((cell) => numberAt(cell) === Math.max(...cells.map(numberAt)));
  return {
    steps: windows.length,
    about,
    scene: (step) => [
      piece(
        _("map"),
        grid(
          table(SIDE, SIDE, (row, column) => numberAt([row, column])),
          {
            lit: windows[step],
            ringed: isMax ? [winner(windows[step])] : [],
          },
        ),
      ),
      operator("→"),
      piece(_("output"), grid(first(step + 1, output), { lit: [[Math.floor(step / steps), step % steps]] })),
    ],
    words: (step) => inWords(windows[step].map(numberAt), isMax, short(resultOf(windows[step].map(numberAt)))),
  };
}

function inWords(numbers, isMax, result) {
  const values = {
    numbers: numbers.length > 9 ? _("{count} numbers", { count: numbers.length }) : numbers.join(", "),
    result,
  };
  return isMax ? _("The largest of {numbers} is {result}.", values) : _("The mean of {numbers} is {result}.", values);
}

function sliding(values, isMax, about) {
  const view = windowOf(values);
  const windows = Array.from({ length: view.steps ** 2 }, (_each, step) => cellsAt(view, step));
  return { ...pool(windows, view.steps, isMax, about), note: view.note };
}

export function maxPooling(values) {
  return sliding(values, true, _("A window slides over each map; only its largest number is kept."));
}

export function averagePooling(values) {
  return sliding(values, false, _("A window slides over each map; the mean of its numbers is kept."));
}

export function adaptivePooling({ output_size: size }) {
  const cells = Math.min(size, 3);
  const side = SIDE / cells;
  const windows = table(cells, cells, (row, column) =>
    table(side, side, (top, left) => [row * side + top, column * side + left]).flat(),
  ).flat();
  return pool(windows, cells, false, _("Each map is divided into a grid; the mean of each cell is kept."));
}
