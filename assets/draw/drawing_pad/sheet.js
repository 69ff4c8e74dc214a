// The sheet: what has been drawn on it, as strokes and as pixels.

import { bodyOf, CELLS, INK_SIDE, inkOf, Raster, toBase64 } from "./raster.js";

export class Sheet {
  constructor(canvas, strokes) {
    this.strokes = strokes;
    this.stroke = null; // the one under the pen
    this.frame = null; // the strokes that the replay shows in place of the drawing
    this.screen = new Raster(canvas);
    this.small = new Raster(document.createElement("canvas"), { willReadFrequently: true });
    this.small.resize(INK_SIDE);
  }

  // The finished strokes on the sheet; during a replay, those it has shown so far.
  get done() {
    return this.frame ?? this.strokes.visible;
  }

  // Repaints everything from the vectors: after an undo, a resize, a change of theme.
  keep() {
    this.screen.keep(this.done);
    this.small.keep(this.done);
  }

  // Paints the current stroke as well; returns whether there is any ink.
  paint() {
    this.screen.show(this.stroke);
    return inkOf(this.small.show(this.stroke)).some(Boolean);
  }

  // Whether these strokes are still on it.
  holds(strokes) {
    return this.strokes.visible.at(-1) === strokes.at(-1);
  }

  // The body of a request to read the drawing.
  body() {
    return bodyOf(this.small, this.stroke ? [...this.done, this.stroke] : this.done);
  }

  // The amount of ink in a cell, from any tool, even before the next frame shows it: keys may come faster.
  inkAt(column, line) {
    const side = INK_SIDE / CELLS;
    const { data } = this.small.keptContext.getImageData(column * side, line * side, side, side);
    let sum = 0;
    for (let i = 3; i < data.length; i += 4) sum += data[i];
    return Math.round(sum / (side * side));
  }

  // The ink of the finished strokes, whatever the replay shows.
  inkText() {
    this.small.keep(this.strokes.visible);
    this.small.show(null);
    return toBase64(inkOf(this.small.canvas));
  }
}
