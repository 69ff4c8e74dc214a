// The strokes as pixels: once for the eye, and once as small as the network's preparation wants them.
//
// `kept` holds what will not change; each frame copies it and paints the last piece of the stroke under the pen.
// Both are painted from the same vectors in the same pieces, so an undo or a reload gives the same pixels.

import { asNumbers, outline, piecesOf, SHEET } from "./strokes.js";

export const CELLS = 28; // a side of the picture that the network sees; of the keyboard's cells
export const INK_SIDE = 140; // pixels of the ink that is sent; cnnlab.drawing.PAD_SIDE

export class Raster {
  constructor(canvas, options) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", options);
    this.kept = document.createElement("canvas");
    this.keptContext = this.kept.getContext("2d", options);
    this.color = "black";
    this.pieces = 0; // of the stroke under the pen, that are in `kept`
  }

  resize(side) {
    for (const canvas of [this.canvas, this.kept]) canvas.width = canvas.height = side;
  }

  // All strokes that are done.
  keep(strokes) {
    this.keptContext.clearRect(0, 0, this.kept.width, this.kept.height);
    for (const stroke of strokes) {
      if (stroke.tool === "cell") this.cell(this.keptContext, stroke);
      else if (stroke.tool === "photo") this.photo(this.keptContext, stroke);
      else for (const piece of piecesOf(stroke.points)) this.stroke(this.keptContext, stroke, piece);
    }
    this.pieces = 0;
  }

  // `stroke` is the one under the pen, if there is one.
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

  // One of 28×28, whatever was in it before.
  cell(context, { column, line, value }) {
    const side = context.canvas.width / CELLS;
    const place = [column, line, column + 1, line + 1].map((edge) => Math.round(edge * side));
    const area = [place[0], place[1], place[2] - place[0], place[3] - place[1]];
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

const stamps = new Map(); // the photos that were painted last

// A photo's ink as a canvas of its own, from base64.
function stampOf(text) {
  let stamp = stamps.get(text);
  if (!stamp) {
    const ink = fromBase64(text);
    const side = Math.round(Math.sqrt(ink.length));
    stamp = Object.assign(document.createElement("canvas"), { width: side, height: side });
    const context = stamp.getContext("2d");
    const image = context.createImageData(side, side);
    ink.forEach((value, place) => (image.data[4 * place + 3] = value));
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

// What is sent of a drawing: the ink as it is painted, and the lines that left it.
export function bodyOf({ canvas }, strokes) {
  return new Blob([inkOf(canvas), asNumbers(strokes)]);
}

// How much ink lies on each pixel: 0 paper .. 255 ink.
export function inkOf(canvas) {
  const { width, height } = canvas;
  const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  const ink = new Uint8Array(width * height);
  for (let place = 0; place < ink.length; place++) ink[place] = pixels[4 * place + 3];
  return ink;
}
