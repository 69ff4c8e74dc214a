// The strokes as pixels: once for the eye, and once as small as the network's preparation wants them.
//
// `kept` holds what will not change; each frame copies it and paints the last piece of the stroke under the pen.
// Both are painted from the same vectors in the same pieces, so an undo or a reload gives the same pixels.

class Raster {
  constructor(canvas, options) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", options);
    this.kept = document.createElement("canvas");
    this.keptContext = this.kept.getContext("2d", options);
    this.colour = "black";
    this.pieces = 0; // of the stroke under the pen, that are in `kept`
  }

  resize(side) {
    for (const canvas of [this.canvas, this.kept]) canvas.width = canvas.height = side;
  }

  // All strokes that are done.
  keep(strokes) {
    this.keptContext.clearRect(0, 0, this.kept.width, this.kept.height);
    for (const stroke of strokes) {
      for (const piece of piecesOf(stroke.points)) this.stroke(this.keptContext, stroke, piece);
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

  stroke(context, { tool, width }, points) {
    const scale = context.canvas.width / SHEET;
    context.save();
    context.scale(scale, scale);
    context.globalCompositeOperation = tool === "eraser" ? "destination-out" : "source-over";
    context.strokeStyle = context.fillStyle = this.colour;
    context.lineWidth = width;
    context.lineCap = context.lineJoin = "round";
    context.beginPath();
    if (points.length === 2) context.arc(points[0], points[1], width / 2, 0, 7); // a tap is a dot
    else for (const [command, ...numbers] of outline(points)) context[command](...numbers);
    if (points.length === 2) context.fill();
    else context.stroke();
    context.restore();
  }
}

// How much ink lies on each pixel: 0 paper .. 255 ink.
function inkOf(canvas) {
  const { width, height } = canvas;
  const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  const ink = new Uint8Array(width * height);
  for (let place = 0; place < ink.length; place++) ink[place] = pixels[4 * place + 3];
  return ink;
}
