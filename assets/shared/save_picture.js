// Saves what is on a canvas as a PNG, each pixel enlarged to a square.

import { download, make } from "./dom.js";
import { _ } from "./words.js";

const SIDE = 560; // pixels, at least

// finish(context, times): paints what else belongs to the picture, which is now so many times as large.
export function savePicture(canvas, name, finish) {
  const times = Math.max(1, Math.ceil(SIDE / Math.max(canvas.width, canvas.height)));
  const large = make("canvas", { width: canvas.width * times, height: canvas.height * times });
  const context = large.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, 0, 0, large.width, large.height);
  finish?.(context, times);
  large.toBlob((blob) => download(blob, name), "image/png");
}

// A button that does so; name(): of the file.
export function saveButton(canvas, name, finish) {
  const label = _("Save as PNG");
  const save = () => savePicture(canvas, `${name()}.png`, finish);
  return make("button", { type: "button", className: "save", title: label, ariaLabel: label, onclick: save }, _("PNG"));
}
