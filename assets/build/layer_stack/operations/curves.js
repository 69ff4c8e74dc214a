// Activations: a curve, and a point that moves along it.

import { ACTIVATIONS } from "../../../shared/activations.js";
import { draw } from "../../../shared/dom.js";
import { _ } from "../../../shared/words.js";
import { canvas, piece, short } from "./pieces.js";

const [WIDTH, HEIGHT] = [300, 200];
const REACH = 4; // of the numbers that come in, on both sides of zero
const STEP = 0.5;
const UNIT = WIDTH / (2 * REACH);
const FLOOR = HEIGHT - 1.5 * UNIT; // where the horizontal axis is

const across = (x) => (x + REACH) * UNIT;
const up = (y) => FLOOR - y * UNIT;

export function curve(kind, values) {
  const of = ACTIVATIONS[kind](values);
  const points = Array.from({ length: 161 }, (_each, index) => -REACH + index / 20);
  const path = points.map((x) => `${across(x).toFixed(1)} ${up(of(x)).toFixed(1)}`).join("L");
  const inputAt = (step) => -REACH + step * STEP;
  return {
    steps: (2 * REACH) / STEP + 1,
    about: _("Each number goes through this curve by itself: from the horizontal axis up to the curve, and across."),
    scene: (step) => [piece(_("number in → number out"), drawn(path, inputAt(step), of(inputAt(step))))],
    words: (step) => _("{input} becomes {output}", { input: short(inputAt(step)), output: short(of(inputAt(step))) }),
  };
}

function drawn(path, x, y) {
  const picture = canvas("curve", WIDTH + 4, HEIGHT + 4);
  const [left, top] = [across(x), up(y)];
  const label = (text, at) => draw("text", at, text);
  picture.append(
    draw("path", { class: "axis", d: `M0 ${FLOOR}H${WIDTH}M${across(0)} 0V${HEIGHT}` }),
    ...[-4, -2, 2, 4].map((mark) =>
      label(short(mark), { x: Math.min(Math.max(across(mark), 10), WIDTH - 8), y: FLOOR + 14 }),
    ),
    ...[-1, 1, 2, 3].map((mark) => label(short(mark), { x: across(0) - 12, y: up(mark) })),
    draw("path", { class: "graph", d: `M${path}` }),
    draw("path", { class: "guide", d: `M${left} ${FLOOR}V${top}H${across(0)}` }),
    draw("circle", { class: "point", cx: left, cy: top, r: 6 }),
  );
  return picture;
}
