// Signed values as colors: zero is the page's background, positive orange, negative blue.

// The color of each value from -127 to 127, in a canvas's format; look it up at `value & 255`.
export function signedColors(zero, positive, negative) {
  const colors = new Uint32Array(256);
  for (let value = -128; value < 128; value++) {
    const share = Math.min(1, Math.abs(value) / 127);
    colors[value & 255] = pixel(blend(zero, value < 0 ? negative : positive, share));
  }
  return colors;
}

// The colors from paper to ink, for values from 0 to 255.
export function inkColors(paper, ink) {
  return Uint32Array.from({ length: 256 }, (_each, value) => pixel(blend(paper, ink, value / 255)));
}

export function blend(from, to, share) {
  return from.map((part, index) => Math.round(part + (to[index] - part) * share));
}

export function pixel([red, green, blue]) {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

const known = new Map(); // colors by their CSS: a page has few, and a canvas for each is slow

// Any CSS color as [red, green, blue]; the background of a transparent one is ignored.
export function rgb(color) {
  if (!known.has(color)) known.set(color, painted(color));
  return known.get(color);
}

function painted(color) {
  const context = document.createElement("canvas").getContext("2d");
  context.fillStyle = color.trim() || "white";
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}

export function isDark([red, green, blue]) {
  return red * 0.299 + green * 0.587 + blue * 0.114 < 128;
}

// The values of CSS color variables for an element.
export function colorsOf(element, ...names) {
  const style = getComputedStyle(element);
  return names.map((name) => rgb(style.getPropertyValue(name)));
}

// Black or white, whichever reads better on a color: a contrast of at least 4.58:1.
export function inkOn(color) {
  const [red, green, blue] = color.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "black" : "white";
}
