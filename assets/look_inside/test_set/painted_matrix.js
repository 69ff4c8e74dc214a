// The confusion matrix as a picture, with the colors and the numbers that its table has on the page.

import { draw } from "../../shared/dom.js";
import { painted } from "../../shared/painted.js";
import { inkOf, paperOf } from "./saved.js";

const SIZES = [
  { most: 20, cell: 36, font: 13 }, // pixels, up to so many classes
  { most: Infinity, cell: 18, font: 8 },
];
const LETTER = 0.6; // about the width of a character, in the size of the font
const EDGE = 12;

export function paintedMatrix(table, axes) {
  const lines = [...table.tBodies[0].rows];
  const names = lines.map((line) => line.cells[0].textContent);
  const { cell, font } = SIZES.find(({ most }) => names.length <= most);
  const [letter, longest] = [LETTER * font, Math.max(2, ...names.map((name) => name.length))];
  const left = 2 * EDGE + letter * longest;
  const isTurned = longest * letter > cell;
  const top = isTurned ? left : 2 * EDGE;
  const side = cell * names.length;
  const width = Math.max(left + side + EDGE, 2 * EDGE + letter * axes.length);
  const whole = { width, height: top + side + 3 * EDGE };
  const [paper, ink] = [paperOf(table), inkOf(table)];
  const columns = names.map((name, column) => {
    const [x, y] = [left + cell * (column + 0.5), top - EDGE / 2];
    const turned = isTurned ? { transform: `rotate(-90 ${x} ${y})`, dy: "0.35em" } : { "text-anchor": "middle" };
    return draw("text", { x, y, ...turned }, name);
  });
  const rows = lines.flatMap((line, row) => drawnRow(line, left, top + cell * row, cell, ink));
  const about = draw("text", { x: EDGE, y: whole.height - EDGE }, axes);
  const background = draw("rect", { ...whole, fill: paper });
  const svg = draw("svg", { ...whole, "font-family": "sans-serif", "font-size": font, fill: ink });
  svg.append(background, ...columns, ...rows, about);
  return painted(new Blob([new XMLSerializer().serializeToString(svg)], { type: "image/svg+xml" }));
}

// A row: the name of its class, and its cells.
function drawnRow(line, left, top, side, ink) {
  const [head, ...cells] = line.cells;
  const middle = { y: top + side / 2, dy: "0.35em" };
  const name = draw("text", { ...middle, x: left - EDGE / 2, "text-anchor": "end" }, head.textContent);
  const drawn = cells.flatMap((cell, column) => {
    const { backgroundColor: fill, fontWeight: weight } = getComputedStyle(cell);
    const x = left + side * column;
    const box = { x, y: top, width: side, height: side, fill, stroke: ink, "stroke-opacity": 0.25 };
    const text = { ...middle, x: x + side / 2, "text-anchor": "middle", "font-weight": weight };
    return [draw("rect", box), draw("text", text, cell.textContent)];
  });
  return [name, ...drawn];
}
