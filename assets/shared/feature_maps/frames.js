// Frames around numbers of a row: a chosen one, or the window that one was computed from.

import { draw } from "../dom.js";
import { shownLine } from "../tiles.js";

const LINE = 1; // CSS pixels between the numbers and the middle of the line around them

export class Frames {
  constructor(row) {
    this.row = row;
    this.marks = [];
    this.drawing = draw("svg", { class: "picked", "aria-hidden": "true" });
  }

  // marks: [{ at, to, className }], from a position to another one of the same map, in the layer's own shape.
  show(marks) {
    this.marks = marks;
    this.place();
  }

  // Anew for other tiles or another room.
  place() {
    const { board, plan } = this.row;
    if (!plan) return;
    const boxes = this.marks.map((mark) => this.box(mark)).filter(Boolean);
    // Each in two lines, the wider one in the color of the background, to be seen on any number.
    const frames = [...boxes.map((box) => ({ ...box, class: `halo ${box.class}` })), ...boxes];
    this.drawing.replaceChildren(...frames.map((box) => draw("rect", box)));
    if (boxes.length) board.append(this.drawing);
    else this.drawing.remove();
  }

  // In CSS pixels from the corner of the board; null for what is not shown.
  box({ at, to, className }) {
    const { row } = this;
    const [first, last] = [this.shown(at), this.shown(to)];
    const { count, height, width } = row.size;
    const isOutside = last.top < 0 || last.left < 0 || first.top >= height || first.left >= width;
    if (first.tile >= count || isOutside) return null;
    const tile = row.place(first.tile);
    const side = row.plan.block * row.plan.css;
    const [top, left] = [Math.max(0, first.top), Math.max(0, first.left)];
    return {
      class: className,
      x: tile.x + 1 + left * side - LINE,
      y: tile.y + 1 + top * side - LINE,
      width: (Math.min(width - 1, last.left) - left + 1) * side + 2 * LINE,
      height: (Math.min(height - 1, last.top) - top + 1) * side + 2 * LINE,
    };
  }

  // Where a number of the layer is shown, also one of the padding.
  shown([tile, y = 0, x = 0]) {
    const { size, whole } = this.row;
    return { tile, top: shownLine(y, size.height, whole.height), left: shownLine(x, size.width, whole.width) };
  }
}
