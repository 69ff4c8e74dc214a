// Drawing without a pointer: arrow keys move a cursor over 28×28 cells, the space bar puts the pen down or up.

import { _ } from "../../shared/words.js";
import { CELLS } from "./raster.js";
import { SHEET } from "./strokes.js";

const CELL = SHEET / CELLS;
export const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class KeyPen {
  // pen: begin(point), draw(points) and end(); points are in sheet coordinates. announce: for screen readers.
  constructor(cursor, pen, announce) {
    Object.assign(this, { pen, announce });
    this.cursor = cursor;
    this.column = this.line = CELLS / 2;
    this.down = false;
  }

  // Handles a key; returns whether it has a meaning here.
  press(key) {
    if (ARROWS[key]) this.move(...ARROWS[key]);
    else if (key === " " || key === "Enter") this.toggle();
    else return false;
    return true;
  }

  move(right, below) {
    if (!this.cursor.hidden) {
      this.column = Math.max(0, Math.min(CELLS - 1, this.column + right));
      this.line = Math.max(0, Math.min(CELLS - 1, this.line + below));
    }
    this.show();
    if (this.down) this.pen.draw([this.point()]);
  }

  toggle() {
    this.show();
    this.down = !this.down;
    if (this.down) this.pen.begin(this.point());
    else this.pen.end();
    this.cursor.classList.toggle("down", this.down);
    const cell = { column: this.column + 1, row: this.line + 1, cells: CELLS };
    this.announce(
      this.down
        ? _("Pen down, column {column}, row {row} of {cells}.", cell)
        : _("Pen up, column {column}, row {row} of {cells}.", cell),
    );
  }

  point() {
    return [(this.column + 0.5) * CELL, (this.line + 0.5) * CELL];
  }

  show() {
    const [x, y] = this.point();
    this.cursor.hidden = false;
    this.cursor.style.left = `${(100 * x) / SHEET}%`;
    this.cursor.style.top = `${(100 * y) / SHEET}%`;
  }

  // Lifts the pen and hides the cursor: a pointer takes over, or the pad loses the focus.
  rest() {
    if (this.down) this.toggle();
    this.cursor.hidden = true;
  }
}
