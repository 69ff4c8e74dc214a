// Pictures side by side in one file, with a line under each.

import { download, make } from "../../shared/dom.js";

const SIDE = 280; // pixels of each
const GAP = 20;
const LINE = 40;

// pictures: [canvas, words].
export function savePictures(pictures, name) {
  const sheet = make("canvas", { width: pictures.length * (SIDE + GAP) + GAP, height: SIDE + LINE + 2 * GAP });
  const context = sheet.getContext("2d");
  Object.assign(context, { fillStyle: "white", imageSmoothingEnabled: false, font: "12px sans-serif" });
  context.fillRect(0, 0, sheet.width, sheet.height);
  context.fillStyle = "black";
  pictures.forEach(([canvas, words], index) => {
    const left = GAP + index * (SIDE + GAP);
    const zoom = SIDE / Math.max(canvas.width, canvas.height);
    context.drawImage(canvas, left, GAP, canvas.width * zoom, canvas.height * zoom);
    context.fillText(words, left, SIDE + 2 * GAP, SIDE);
  });
  sheet.toBlob((blob) => download(blob, name), "image/png");
}
