// What the moving pictures of the operations are made of: grids of small numbers, and words between them.

import { draw, make } from "../../../shared/dom.js";

const CELL = 30; // px of a cell
const STRONGEST = 4; // the number whose cell has the full color

// A number as people write it: at most two digits after the point, and a minus sign in place of a hyphen.
export function short(number) {
  return String(Number(number.toFixed(2))).replace("-", "−");
}

// An empty picture; its size follows that of the letters.
export function canvas(name, width, height) {
  const picture = draw("svg", { class: name, viewBox: `-2 -2 ${width} ${height}`, "aria-hidden": "true" });
  picture.style.width = `${width / 16}rem`;
  return picture;
}

// A table of numbers as colored cells; null is an empty cell. `lit` are outlined cells, `ringed` circled ones and
// `struck` crossed out ones, each a list of [row, column].
export function grid(rows, { lit = [], ringed = [], struck = [] } = {}) {
  const [height, width] = [rows.length * CELL + 4, rows[0].length * CELL + 4];
  const picture = canvas("grid", width, height);
  rows.forEach((row, top) => row.forEach((number, left) => picture.append(...cell(number, top, left))));
  for (const [top, left] of lit) picture.append(box(top, left, "lit"));
  for (const [top, left] of ringed) {
    picture.append(draw("circle", { class: "ring", cx: middle(left), cy: middle(top), r: CELL * 0.42 }));
  }
  for (const [top, left] of struck) {
    const [x, y] = [left * CELL + 5, top * CELL + 5];
    picture.append(
      draw("path", {
        class: "struck",
        d: `M${x} ${y}l${CELL - 10} ${CELL - 10}m0 ${10 - CELL}l${10 - CELL} ${CELL - 10}`,
      }),
    );
  }
  return picture;
}

function cell(number, top, left) {
  const place = box(top, left, "cell");
  if (number === null) return [place];
  const color = `var(--${number < 0 ? "negative" : "positive"})`;
  const strength = 0.5 * Math.min(1, Math.abs(number) / STRONGEST);
  const paint = draw("rect", { ...area(top, left), fill: color, "fill-opacity": strength });
  return [paint, place, draw("text", { x: middle(left), y: middle(top) }, short(number))];
}

function box(top, left, name) {
  return draw("rect", { ...area(top, left), class: name });
}

function area(top, left) {
  return { x: left * CELL, y: top * CELL, width: CELL, height: CELL };
}

function middle(index) {
  return (index + 0.5) * CELL;
}

// Something to look at, under its name.
export function piece(title, ...content) {
  return make("div", { className: "piece" }, make("span", { className: "name" }, title), ...content);
}

export function operator(text) {
  return make("span", { className: "operator" }, text);
}

// A table with `number(row, column)` in each cell.
export function table(height, width, number) {
  return Array.from({ length: height }, (_row, top) =>
    Array.from({ length: width }, (_cell, left) => number(top, left)),
  );
}

// The table with only its first `count` numbers, row by row: what has been computed so far.
export function first(count, rows) {
  const width = rows[0].length;
  return rows.map((row, top) => row.map((number, left) => (top * width + left < count ? number : null)));
}

export function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
