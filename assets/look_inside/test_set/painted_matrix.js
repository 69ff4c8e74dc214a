// The confusion matrix as a picture, with the colors and the numbers that its table has on the page.

import { draw } from "../../shared/dom.js";
import { painted } from "../../shared/painted.js";
import { inkOf, paperOf } from "./saved.js";

const CELL = 36; // pixels
const LETTER = 7.5; // about the width of a character
const FONT = { "font-family": "sans-serif", "font-size": 13 };
const EDGE = 12;

export function paintedMatrix(table, axes) {
  const names = [...table.tBodies[0].rows].map((row) => row.cells[0].textContent);
  const room = 2 * EDGE + LETTER * Math.max(2, ...names.map((name) => name.length));
  const isShort = names.every((name) => name.length < 4);
  const head = isShort ? 2 * EDGE : room;
  const size = { width: room + CELL * names.length + EDGE, height: head + CELL * names.length + 3 * EDGE };
  const [paper, ink] = [paperOf(table), inkOf(table)];
  const columns = names.map((name, column) => {
    const [x, y] = [room + CELL * (column + 0.5), head - EDGE / 2];
    const turned = isShort ? { "text-anchor": "middle" } : { transform: `rotate(-90 ${x} ${y})`, dy: "0.35em" };
    return draw("text", { x, y, ...turned }, name);
  });
  const rows = [...table.tBodies[0].rows].flatMap((row, index) => lineOf(row, room, head + CELL * index, ink));
  const about = draw("text", { x: EDGE, y: size.height - EDGE }, axes);
  const about_width = Math.max(size.width, 2 * EDGE + LETTER * axes.length);
  const whole = { ...size, width: about_width };
  const svg = draw("svg", { ...whole, ...FONT, fill: ink, xmlns: "http://www.w3.org/2000/svg" });
  svg.append(draw("rect", { ...whole, fill: paper }), ...columns, ...rows, about);
  return painted(new Blob([new XMLSerializer().serializeToString(svg)], { type: "image/svg+xml" }));
}

// A row: the name of its class, and its cells.
function lineOf(row, left, top, ink) {
  const [head, ...cells] = row.cells;
  const middle = top + CELL / 2;
  const name = draw("text", { x: left - EDGE / 2, y: middle, dy: "0.35em", "text-anchor": "end" }, head.textContent);
  const drawn = cells.flatMap((cell, column) => {
    const style = getComputedStyle(cell);
    const x = left + CELL * column;
    const box = {
      x,
      y: top,
      width: CELL,
      height: CELL,
      fill: style.backgroundColor,
      stroke: ink,
      "stroke-opacity": 0.25,
    };
    const text = { x: x + CELL / 2, y: middle, dy: "0.35em", "text-anchor": "middle", "font-weight": style.fontWeight };
    return [draw("rect", box), draw("text", text, cell.textContent)];
  });
  return [name, ...drawn];
}
