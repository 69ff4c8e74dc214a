// Saving the drawing as PNG files.

import { paintLight } from "../../shared/canvas.js";
import { download } from "../../shared/dom.js";
import { Raster } from "./raster.js";

const SAVED = 280; // side of the saved drawing in pixels

// Saves the drawing as black ink on white paper.
export function saveDrawing(strokes) {
  const raster = new Raster(document.createElement("canvas"));
  raster.resize(SAVED);
  raster.keep(strokes);
  const canvas = raster.show(null);
  raster.context.globalCompositeOperation = "destination-over";
  raster.context.fillStyle = "white";
  raster.context.fillRect(0, 0, SAVED, SAVED);
  save(canvas, "drawing.png");
}

// Saves what the network saw; 0, black, is paper.
export function saveInput(picture) {
  const canvas = document.createElement("canvas");
  paintLight(canvas, picture);
  save(canvas, "what-the-network-saw.png");
}

function save(canvas, name) {
  canvas.toBlob((blob) => download(blob, name), "image/png");
}
