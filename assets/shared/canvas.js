// Pictures on a canvas, pixel by pixel.

import { pixel } from "./colors.js";

// Makes the canvas so large, and has `fill` write its pixels, one number each, line after line.
export function paintPixels(canvas, width, height, fill) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  fill(new Uint32Array(image.data.buffer));
  context.putImageData(image, 0, 0);
}

// (height, width) values as the colors that `inks` (inkColors) has for them.
export function paintInk(canvas, picture, inks) {
  const [height, width] = picture.shape;
  paintPixels(canvas, width, height, (pixels) => {
    for (let place = 0; place < pixels.length; place++) pixels[place] = inks[picture[place]];
  });
}

// (channels, height, width) as the network gets it: one channel as ink on paper, three as colors.
export function paintPicture(canvas, picture, inks) {
  const [channels, height, width] = picture.shape;
  const plane = height * width;
  paintPixels(canvas, width, height, (pixels) => {
    for (let place = 0; place < plane; place++) {
      pixels[place] =
        channels === 3
          ? pixel([picture[place], picture[plane + place], picture[2 * plane + place]])
          : inks[picture[place]];
    }
  });
}

// (height, width) or (height, width, 3) as it is: 0 black .. 255 white.
export function paintLight(canvas, picture) {
  const [height, width, channels = 1] = picture.shape;
  paintPixels(canvas, width, height, (pixels) => {
    for (let place = 0; place < pixels.length; place++) {
      pixels[place] = pixel([0, 1, 2].map((part) => picture[place * channels + (part % channels)]));
    }
  });
}
