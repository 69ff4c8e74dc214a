// The strokes as pixels: once for the screen, and once small, as input for the network's preparation.
//
// `kept` holds what will not change; each frame copies it and paints the last piece of the current stroke. Both are
// painted from the same vectors in the same pieces, so an undo or a reload gives the same pixels.

import { asNumbers, outline, piecesOf, SHEET } from "./strokes.js";

export const CELLS = 28; // on a side of the picture that the network sees, and of the grid for the keyboard
export const INK_SIDE = 140; // side of the ink that is sent, in pixels; cnnlab.drawing.PAD_SIDE

export class Raster {
  constructor(canvas, options) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", options);
    this.kept = document.createElement("canvas");
    this.keptContext = this.kept.getContext("2d", options);
    this.color = "black";
    this.pieces = 0; // pieces of the current stroke that are already in `kept`
  }

  resize(side) {
    for (const canvas of [this.canvas, this.kept]) canvas.width = canvas.height = side;
  }

  // Paints all finished strokes.
  keep(strokes) {
    this.keptContext.clearRect(0, 0, this.kept.width, this.kept.height);
    for (const stroke of strokes) {
      if (stroke.tool === "cell") this.cell(this.keptContext, stroke);
      else if (stroke.tool === "photo") this.photo(this.keptContext, stroke);
      else for (const piece of piecesOf(stroke.points)) this.stroke(this.keptContext, stroke, piece);
    }
    this.pieces = 0;
  }

  // Paints the current stroke, if there is one, over the finished ones.
  show(stroke) {
    const { context, canvas } = this;
    const pieces = stroke ? piecesOf(stroke.points, this.pieces) : [];
    while (pieces.length > 1) {
      this.stroke(this.keptContext, stroke, pieces.shift());
      this.pieces += 1;
    }
    context.globalCompositeOperation = "copy";
    context.drawImage(this.kept, 0, 0);
    context.globalCompositeOperation = "source-over";
    if (pieces.length) this.stroke(context, stroke, pieces[0]);
    return canvas;
  }

  // Paints one of 28×28 cells, replacing what was in it.
  cell(context, { column, line, value }) {
    const side = context.canvas.width / CELLS;
    const [left, top, right, bottom] = [column, line, column + 1, line + 1].map((edge) => Math.round(edge * side));
    const area = [left, top, right - left, bottom - top];
    context.clearRect(...area);
    context.save();
    context.globalAlpha = value / 255;
    context.fillStyle = this.color;
    context.fillRect(...area);
    context.restore();
  }

  photo(context, { ink }) {
    const stamp = stampOf(ink);
    const stamper = stamp.getContext("2d");
    stamper.globalCompositeOperation = "source-in"; // the ink stays where it is, and takes this color
    stamper.fillStyle = this.color;
    stamper.fillRect(0, 0, stamp.width, stamp.height);
    context.drawImage(stamp, 0, 0, context.canvas.width, context.canvas.height);
  }

  stroke(context, { tool, width }, points) {
    const scale = context.canvas.width / SHEET;
    context.save();
    context.scale(scale, scale);
    context.globalCompositeOperation = tool === "eraser" ? "destination-out" : "source-over";
    context.strokeStyle = context.fillStyle = this.color;
    context.lineWidth = width;
    context.lineCap = context.lineJoin = "round";
    context.beginPath();
    if (points.length === 2)
      context.arc(points[0], points[1], width / 2, 0, 7); // a tap is a dot
    else for (const [command, ...numbers] of outline(points)) context[command](...numbers);
    if (points.length === 2) context.fill();
    else context.stroke();
    context.restore();
  }
}

const stamps = new Map(); // the most recently painted photos

// A photo's ink as a canvas, from base64.
function stampOf(text) {
  let stamp = stamps.get(text);
  if (!stamp) {
    const ink = fromBase64(text);
    const side = Math.round(Math.sqrt(ink.length));
    stamp = Object.assign(document.createElement("canvas"), { width: side, height: side });
    const context = stamp.getContext("2d");
    const image = context.createImageData(side, side);
    ink.forEach((value, index) => (image.data[4 * index + 3] = value));
    context.putImageData(image, 0, 0);
    stamps.set(text, stamp);
    if (stamps.size > 4) stamps.delete(stamps.keys().next().value);
  }
  return stamp;
}

export function toBase64(bytes) {
  return btoa(Array.from(bytes, (value) => String.fromCharCode(value)).join(""));
}

function fromBase64(text) {
  return Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
}

// A drawing in the body of a request: its ink, and its strokes.
export function bodyOf({ canvas }, strokes) {
  return new Blob([inkOf(canvas), asNumbers(strokes)]);
}

// The amount of ink on each pixel, from 0 (paper) to 255 (ink).
export function inkOf(canvas) {
  const { width, height } = canvas;
  const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  const ink = new Uint8Array(width * height);
  for (let i = 0; i < ink.length; i++) ink[i] = pixels[4 * i + 3];
  return ink;
}
