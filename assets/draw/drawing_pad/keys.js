// Drawing without a pointer: arrow keys move a cursor over 28×28 cells, the space bar puts the pen down or up.

import { _ } from "../../shared/words.js";
import { CELLS } from "./raster.js";
import { SHEET } from "./strokes.js";

const CELL = SHEET / CELLS;
export const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class KeyPen {
  // pen: begin(place), draw(places) and end(); places are on the sheet. say: reads out.
  constructor(cursor, pen, say) {
    Object.assign(this, { pen, say });
    this.cursor = cursor;
    this.column = this.line = CELLS / 2;
    this.down = false;
  }

  // Whether the key meant something here.
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
    if (this.down) this.pen.draw([this.place()]);
  }

  toggle() {
    this.show();
    this.down = !this.down;
    if (this.down) this.pen.begin(this.place());
    else this.pen.end();
    this.cursor.classList.toggle("down", this.down);
    const place = { column: this.column + 1, row: this.line + 1, cells: CELLS };
    this.say(
      this.down
        ? _("Pen down, column {column}, row {row} of {cells}.", place)
        : _("Pen up, column {column}, row {row} of {cells}.", place),
    );
  }

  place() {
    return [(this.column + 0.5) * CELL, (this.line + 0.5) * CELL];
  }

  show() {
    const [x, y] = this.place();
    this.cursor.hidden = false;
    this.cursor.style.left = `${(100 * x) / SHEET}%`;
    this.cursor.style.top = `${(100 * y) / SHEET}%`;
  }

  // A pointer takes over, or the pad loses the focus.
  rest() {
    if (this.down) this.toggle();
    this.cursor.hidden = true;
  }
}
