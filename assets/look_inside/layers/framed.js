// The picture, with a frame around the part of it that a number depends on.

import { paintPicture } from "../../shared/canvas.js";
import { make } from "../../shared/dom.js";
import { frameField } from "../../shared/trace/field.js";

export class FramedPicture {
  constructor(className, properties) {
    this.canvas = make("canvas", properties);
    this.frame = make("i", { hidden: true });
    this.element = make("div", { className: `framed ${className}` }, this.canvas, this.frame);
  }

  paint(picture, inks) {
    paintPicture(this.canvas, picture, inks);
  }

  // field: as in a trace; without one there is no frame.
  mark(field) {
    frameField(this.frame, field, this.canvas.width, this.canvas.height);
  }
}
