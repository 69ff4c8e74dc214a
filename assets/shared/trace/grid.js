// A grid of numbers in colors: a window's cells, its filter, their products.

import { make } from "../dom.js";
import { cellNumber } from "./numbers.js";

const LARGEST_WITH_NUMBERS = 5; // cells on a side; smaller cells have no room for a number

export class NumberGrid {
  constructor(name) {
    this.name = make("figcaption", {}, name);
    this.board = make("div", { className: "number-grid" });
    this.element = make("figure", { ariaHidden: "true" }, this.board, this.name); // the sentence has the arithmetic
    this.cells = [];
  }

  layout(height, width) {
    this.numbers = Math.max(height, width) <= LARGEST_WITH_NUMBERS;
    this.scale = 0;
    this.board.style.setProperty("--columns", width);
    this.cells = Array.from({ length: height * width }, (_each, index) => {
      const cell = make("span");
      cell.dataset.cell = index;
      return cell;
    });
    this.board.replaceChildren(...this.cells);
  }

  // values: one for each cell, null for none; most: the largest size, that of the strongest color. It only grows while
  // the same layer is shown, so that colors keep their meaning. padding: which cells are outside of the map.
  update(values, most, palette, padding = null) {
    this.scale = Math.max(this.scale, most);
    this.cells.forEach((cell, index) => {
      const level = this.scale ? Math.round((127 * values[index]) / this.scale) : 0;
      const text = this.numbers && values[index] !== null ? cellNumber(values[index]) : "";
      if (cell.firstChild?.data !== text) cell.textContent = text;
      const { color, ink } = palette.at(level);
      if (cell.paint !== color) {
        cell.paint = color;
        cell.style.backgroundColor = color;
        cell.style.color = ink;
      }
      cell.classList.toggle("outside", Boolean(padding?.[index]));
    });
  }

  // Lights one cell; null for none.
  light(lit) {
    this.cells.forEach((cell, index) => cell.classList.toggle("lit", index === lit));
  }

  // Frames one cell; null for none.
  frame(framed) {
    this.cells.forEach((cell, index) => cell.classList.toggle("won", index === framed));
  }
}

// Lights the same cell in several grids while one of them is pointed at. point(index, or null for none); pick(index) on
// a click: with a finger only on a cell that is lit already, so that a first tap shows what a pointer would.
export class Pointing {
  constructor(element, grids, { point, pick }) {
    Object.assign(this, { grids, point, pick, lit: null });
    element.onpointerover = (event) => this.follow(event);
    element.onpointerleave = (event) => event.pointerType === "touch" || this.light(null);
    element.onclick = (event) => this.click(event);
    element.onpointerdown = (event) => {
      this.wasLit = event.pointerType !== "touch" || cellOf(event) === this.lit;
      this.follow(event);
    };
  }

  follow(event) {
    if (event.pointerType !== "touch" || event.type === "pointerdown") this.light(cellOf(event));
  }

  light(index) {
    this.lit = index;
    this.grids.forEach((grid) => grid.light(index));
    this.point(index);
  }

  click(event) {
    const index = cellOf(event);
    if (index !== null && this.wasLit) this.pick(index);
  }
}

function cellOf(event) {
  const index = event.target.closest?.("[data-cell]")?.dataset.cell;
  return index === undefined ? null : Number(index);
}
