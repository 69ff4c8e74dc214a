// A drawing as pixels.

import { draw, make } from "./dom.js";

const SHARPNESS = 2; // pixels of a PNG per pixel of the drawing
const STYLES = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "stroke-linejoin",
  "opacity",
  "paint-order",
];
const FONTS = ["font-family", "font-size", "font-weight"];

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

// Gives each element of an SVG, or of a copy of it, the look that the style sheet gives it where it is shown.
export function withOwnStyles(svg, copy = svg) {
  const shapes = "path, line, rect, circle, text";
  const copies = copy.querySelectorAll(shapes);
  svg.querySelectorAll(shapes).forEach((element, index) => {
    const style = getComputedStyle(element);
    for (const name of [...STYLES, ...(element.tagName === "text" ? FONTS : [])]) {
      copies[index].setAttribute(name, style.getPropertyValue(name));
    }
  });
  for (const element of copy.querySelectorAll("[class]")) element.removeAttribute("class");
}

// An SVG of the page as a PNG that is `width` pixels of the drawing wide, on paper of this color.
export function paintedFromPage(svg, width, paper) {
  const copy = svg.cloneNode(true);
  withOwnStyles(svg, copy);
  const [x, y, wide, high] = svg.getAttribute("viewBox").split(" ").map(Number);
  const size = { width, height: Math.round((width * high) / wide) };
  for (const [name, value] of Object.entries(size)) copy.setAttribute(name, value);
  copy.prepend(draw("rect", { x, y, width: wide, height: high, fill: paper }));
  return painted(new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" }));
}
