// The sheet: what has been drawn on it, as strokes and as pixels.

import { bodyOf, CELLS, INK_SIDE, inkOf, Raster, toBase64 } from "./raster.js";

export class Sheet {
  constructor(canvas, strokes) {
    this.strokes = strokes;
    this.stroke = null; // the one under the pen
    this.frame = null; // the strokes that a film shows in place of the drawing
    this.screen = new Raster(canvas);
    this.small = new Raster(document.createElement("canvas"), { willReadFrequently: true });
    this.small.resize(INK_SIDE);
  }

  // What is on the sheet and done: of a film that rolls, as much as it has shown.
  get done() {
    return this.frame ?? this.strokes.visible;
  }

  // All from the vectors: after an undo, a resize, a change of theme.
  keep() {
    this.screen.keep(this.done);
    this.small.keep(this.done);
  }

  // With the stroke under the pen; whether there is any ink.
  paint() {
    this.screen.show(this.stroke);
    return inkOf(this.small.show(this.stroke)).some(Boolean);
  }

  // What is sent of it to be read.
  body() {
    return bodyOf(this.small, this.stroke ? [...this.done, this.stroke] : this.done);
  }

  // How much ink lies in a cell, from whatever tool, also before the next frame shows it: keys may come faster.
  inkAt(column, line) {
    const side = INK_SIDE / CELLS;
    const { data } = this.small.keptContext.getImageData(column * side, line * side, side, side);
    let sum = 0;
    for (let place = 3; place < data.length; place += 4) sum += data[place];
    return Math.round(sum / (side * side));
  }

  // The ink of what is on the sheet and done, whatever a film shows.
  inkText() {
    this.small.keep(this.strokes.visible);
    this.small.show(null);
    return toBase64(inkOf(this.small.canvas));
  }
}
