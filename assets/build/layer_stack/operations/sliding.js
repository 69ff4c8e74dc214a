// Convolution: a window slides over the picture; its numbers times the filter's are added up.

import { _ } from "../../../shared/words.js";
import { first, grid, operator, piece, short, sum, table } from "./pieces.js";

const SIDE = 6; // of the picture with its padding
const LARGEST = 3; // of a window that is drawn; a larger one is drawn as 3×3
const PICTURE = ["012210", "120021", "000021", "000210", "022100", "122222"]; // a 2
const EDGES = {
  1: [[2]],
  2: [
    [1, -1],
    [1, -1],
  ],
  3: [
    [1, 0, -1],
    [1, 0, -1],
    [1, 0, -1],
  ],
};
const DOTS = {
  1: [[-1]],
  2: [
    [1, 1],
    [0, -1],
  ],
  3: [
    [0, 1, 0],
    [1, 1, 1],
    [0, 1, 0],
  ],
};

// The window with the card's own settings, as far as they can be drawn.
export function windowOf({ kernel_size: kernel, stride, padding, dilation = 1 }) {
  const size = Math.min(kernel, LARGEST);
  const spread = size > 1 && dilation > 1 ? 2 : 1;
  const reach = spread * (size - 1) + 1;
  const zeros = padding === 0 ? 0 : 1;
  const drawn = Math.min(stride, LARGEST);
  const steps = Math.floor((SIDE - reach) / drawn) + 1;
  const isExact = size === kernel && drawn === stride && spread === dilation;
  const note = isExact ? "" : _("Drawn small: a window of {size}×{size} that moves by {drawn}.", { size, drawn });
  return { size, spread, zeros, stride: drawn, steps, note };
}

// The cells that the window covers at its step number `step`.
export function cellsAt({ size, spread, stride, steps }, step) {
  const [top, left] = [Math.floor(step / steps) * stride, (step % steps) * stride];
  return table(size, size, (row, column) => [top + row * spread, left + column * spread]).flat();
}

export function pictureOf({ zeros }, picture = PICTURE) {
  const inside = (index) => index >= zeros && index < SIDE - zeros;
  return table(SIDE, SIDE, (row, column) => (inside(row) && inside(column) ? Number(picture[row][column]) : 0));
}

export function convolution(values) {
  const view = windowOf(values);
  const picture = pictureOf(view);
  const filter = EDGES[view.size];
  const bias = values.bias ? 1 : 0;
  const productsAt = (step) => {
    const cells = cellsAt(view, step);
    return cells.map(([row, column], index) => picture[row][column] * filter.flat()[index]);
  };
  const output = table(view.steps, view.steps, (row, column) => sum(productsAt(row * view.steps + column)) + bias);
  return {
    steps: view.steps ** 2,
    note: view.note,
    about: _("A window slides over the picture. In each place its numbers times those of the filter are added up."),
    scene: (step) => [
      piece(view.zeros ? _("picture, with padding") : _("picture"), grid(picture, { lit: cellsAt(view, step) })),
      operator("×"),
      piece(_("filter"), grid(filter)),
      operator("="),
      piece(
        _("products"),
        grid(table(view.size, view.size, (row, column) => productsAt(step)[row * view.size + column])),
      ),
      operator("→"),
      piece(_("output"), grid(first(step + 1, output), { lit: [placeOf(view, step)] })),
    ],
    words: (step) => sumInWords(productsAt(step), bias),
  };
}

function placeOf({ steps }, step) {
  return [Math.floor(step / steps), step % steps];
}

function sumInWords(products, bias) {
  const terms = products.map((product) => (product < 0 ? `(${short(product)})` : short(product))).join(" + ");
  const total = short(sum(products) + bias);
  if (products.length === 1 && !bias) return _("The product is {total}.", { total });
  return bias
    ? _("Sum of the products, plus the bias: {terms} + {bias} = {total}", { terms, bias, total })
    : _("Sum of the products: {terms} = {total}", { terms, total });
}

// Each map with a filter of its own; `mixed`: then added up with a weight for each map.
export function depthwise(values, mixed = false) {
  const view = windowOf(values);
  const maps = [pictureOf(view), pictureOf(view, [...PICTURE].reverse())];
  const filters = [EDGES[view.size], DOTS[view.size]];
  const at = (map, step) =>
    sum(cellsAt(view, step).map(([row, column], i) => maps[map][row][column] * filters[map].flat()[i]));
  const outputs = maps.map((_map, map) =>
    table(view.steps, view.steps, (row, column) => at(map, row * view.steps + column)),
  );
  const mix = table(view.steps, view.steps, (row, column) => outputs[0][row][column] - outputs[1][row][column]);
  return {
    steps: view.steps ** 2,
    note: view.note,
    about: mixed
      ? _("Each map is filtered by itself; then 1×1 filters mix the maps.")
      : _("Each map is filtered by a filter of its own; the maps are not added up."),
    scene: (step) => [
      piece(_("two maps"), ...maps.map((map) => grid(map, { lit: cellsAt(view, step) }))),
      operator("×"),
      piece(_("a filter for each"), ...filters.map((filter) => grid(filter))),
      operator("→"),
      piece(_("filtered maps"), ...outputs.map((map) => grid(first(step + 1, map), { lit: [placeOf(view, step)] }))),
      ...(mixed
        ? [
            operator("→"),
            piece(_("mixed: 1 × first − 1 × second"), grid(first(step + 1, mix), { lit: [placeOf(view, step)] })),
          ]
        : []),
    ],
    words: (step) => {
      const [one, two] = [0, 1].map((map) => short(at(map, step)));
      return mixed
        ? _("First map: {one}, second map: {two}; mixed: {mix}", { one, two, mix: short(at(0, step) - at(1, step)) })
        : _("First map: {one}, second map: {two}", { one, two });
    },
  };
}

export const separable = (values) => depthwise(values, true);
