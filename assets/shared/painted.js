// A drawing as pixels.

import { make } from "./dom.js";

const SHARPNESS = 2; // pixels of a PNG per pixel of the drawing

// Paints an SVG, given as a blob, as a PNG.
export async function painted(drawing) {
  const address = URL.createObjectURL(drawing);
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = make("canvas", { width: image.width * SHARPNESS, height: image.height * SHARPNESS });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(address);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}
