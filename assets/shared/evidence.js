// What speaks for a class and against it: signed numbers over a faint picture, their words, and how they are asked for.

import { ask } from "./api.js";
import { paintPixels } from "./canvas.js";
import { blend, colorsOf, isDark, pixel } from "./colors.js";
import { _, sentences, shortNumber } from "./words.js";

export const FAINT = 0.3; // how strongly the picture shows through, from 0 to 1
const PAUSE = 300; // ms between two questions how far the lab is
const REGIONS = [
  [_("the upper left"), _("the top"), _("the upper right")],
  [_("the left"), _("the middle"), _("the right")],
  [_("the lower left"), _("the bottom"), _("the lower right")],
];

// The colors of a component with the variables of charts/colors.py.
export function evidenceColors(element) {
  const names = ["--st-background-color", "--st-text-color", "--positive", "--negative"];
  const [paper, ink, positive, negative] = colorsOf(element, ...names);
  return { paper, ink, positive, negative };
}

// A number that tells pictures apart: the next drawing has the name of the one before.
export function markOf(picture) {
  return picture.reduce((mark, value) => (31 * mark + value) | 0, 0);
}

// Paints values (H, W) from -127 to 127 over a picture, (H, W) or (C, H, W), which may be larger. gain: what 127 stands
// for, as a share of the full color. Without values there is the picture alone.
export function paintEvidence(canvas, { values, gain = 1, picture, faint = FAINT }, colors) {
  const [height, width] = picture.shape.slice(-2);
  const [rows, columns] = values?.shape ?? [0, 0];
  const background = backgroundOf(picture, faint, colors);
  paintPixels(canvas, width, height, (pixels) => {
    for (let i = 0; i < pixels.length; i++) {
      const y = Math.floor((Math.floor(i / width) * rows) / height);
      const x = Math.floor(((i % width) * columns) / width);
      const value = values ? (gain * values[y * columns + x]) / 127 : 0;
      pixels[i] = pixel(tinted(background(i), value, colors));
    }
  });
}

// The scale of the colors, from -1 to 1.
export function paintScale(canvas, colors) {
  const side = 60;
  paintPixels(canvas, 2 * side + 1, 1, (pixels) => {
    for (let i = 0; i < pixels.length; i++) pixels[i] = pixel(tinted(colors.paper, (i - side) / side, colors));
  });
}

// The root keeps small values visible.
function tinted(background, value, { positive, negative }) {
  return blend(background, value < 0 ? negative : positive, Math.sqrt(Math.min(1, Math.abs(value))));
}

// One channel is ink on paper; colors become shades of gray, so that only the evidence is colored.
function backgroundOf(picture, faint, { paper, ink }) {
  const plane = picture.shape.slice(-2).reduce((product, side) => product * side, 1);
  if (picture.length === plane) return (i) => blend(paper, ink, (faint * picture[i]) / 255);
  const [dark, light] = isDark(paper) ? [paper, ink] : [ink, paper];
  const shade = (i) => 0.299 * picture[i] + 0.587 * picture[plane + i] + 0.114 * picture[2 * plane + i];
  return (i) => blend(paper, blend(dark, light, shade(i) / 255), faint);
}

// The name of the ninth of the drawing in which one sign most outweighs the other; empty if there is none.
export function strongestRegion(evidence, sign) {
  const [, width] = evidence.shape;
  const indices = [...evidence.keys()].filter((index) => evidence[index]);
  if (!indices.length) return "";
  const thirdOf = (axis) => {
    const from = indices.reduce((lowest, index) => Math.min(lowest, axis(index)), Infinity);
    const to = indices.reduce((highest, index) => Math.max(highest, axis(index)), 0) + 1;
    return (index) => Math.floor((3 * (axis(index) - from)) / (to - from));
  };
  const [lineOf, columnOf] = [thirdOf((index) => Math.floor(index / width)), thirdOf((index) => index % width)];
  const sums = REGIONS.map((names) => names.map(() => 0));
  for (const index of indices) sums[lineOf(index)][columnOf(index)] += evidence[index] * sign;
  const most = Math.max(...sums.flat());
  if (most <= 0) return "";
  const line = sums.findIndex((parts) => parts.includes(most));
  return REGIONS[line][sums[line].indexOf(most)];
}

export function mostFor(name, values, sign) {
  const place = strongestRegion(values, sign);
  return place && _("Most for {name}: {place}.", { name, place });
}

// The numbers of an attribution in words: sum, share of the positive ones, the strongest place.
export function evidenceWords({ values, scale, sum }) {
  const [, width] = values.shape;
  const size = (value) => Math.abs(value);
  const strength = values.reduce((total, value) => total + size(value), 0);
  if (!strength) return _("All values are 0.");
  const positive = values.reduce((total, value) => total + Math.max(0, value), 0);
  const at = values.reduce((best, value, index) => (size(value) > size(values[best]) ? index : best), 0);
  const place = { row: Math.floor(at / width) + 1, column: (at % width) + 1 };
  return sentences(
    _("Sum {sum}; {share} % of the strength is positive.", {
      sum: shortNumber(sum),
      share: Math.round((100 * positive) / strength),
    }),
    _("Strongest in row {row}, column {column}: {value}.", {
      ...place,
      value: shortNumber((values[at] / 127) * scale),
    }),
  );
}

// Asks the lab for an attribution (cnnlab/ui/draw/attribute_route.py) until it is there. of: model, epoch, picture and
// tab, as the page's script names them; asked: method, target, against, smooth. waiting({ done, total }): it takes a
// while.
export async function attributionOf(of, asked, { signal, waiting = () => {} }) {
  const query = new URLSearchParams(of);
  for (const [name, value] of Object.entries(asked)) if (value !== null) query.set(name, value);
  for (;;) {
    const answer = await ask("attribute", new Blob(), { query, signal }).catch((error) => {
      if (!error.waking) throw error;
      return { state: "waiting", isAsleep: true };
    });
    if ("values" in answer) return answer;
    if (!answer.isAsleep) query.set("do", answer.state === "none" ? "begin" : "look"); // it may have been dropped
    waiting(answer);
    await new Promise((done) => setTimeout(done, PAUSE));
    signal?.throwIfAborted();
  }
}
