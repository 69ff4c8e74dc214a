// Pictures on a canvas, pixel by pixel.

import { pixel } from "./colors.js";

// Resizes the canvas, and has `fill` write its pixels, one number each, row by row.
export function paintPixels(canvas, width, height, fill) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  fill(new Uint32Array(image.data.buffer));
  context.putImageData(image, 0, 0);
}

// Paints (height, width) values in the colors that `inks` (inkColors) has for them.
export function paintInk(canvas, picture, inks) {
  const [height, width] = picture.shape;
  paintPixels(canvas, width, height, (pixels) => {
    for (let i = 0; i < pixels.length; i++) pixels[i] = inks[picture[i]];
  });
}

// Paints (channels, height, width) as the network gets it: one channel as ink on paper, three as colors.
export function paintPicture(canvas, picture, inks) {
  const [channels, height, width] = picture.shape;
  const plane = height * width;
  paintPixels(canvas, width, height, (pixels) => {
    for (let i = 0; i < plane; i++) {
      pixels[i] = channels === 3 ? pixel([picture[i], picture[plane + i], picture[2 * plane + i]]) : inks[picture[i]];
    }
  });
}

// One of (N, channels, height, width) pictures.
export function pictureAt(pictures, index) {
  const [, ...shape] = pictures.shape;
  const size = shape.reduce((product, side) => product * side, 1);
  return Object.assign(pictures.subarray(index * size, (index + 1) * size), { shape });
}

// Paints (height, width) or (height, width, 3) unchanged: from 0 (black) to 255 (white).
export function paintLight(canvas, picture) {
  const [height, width, channels = 1] = picture.shape;
  paintPixels(canvas, width, height, (pixels) => {
    for (let i = 0; i < pixels.length; i++) {
      pixels[i] = pixel([0, 1, 2].map((part) => picture[i * channels + (part % channels)]));
    }
  });
}
