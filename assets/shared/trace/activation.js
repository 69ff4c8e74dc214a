// A function of one number: its formula with the number put in, and the number on its curve.

import { ACTIVATIONS } from "../activations.js";
import { draw, make, setText } from "../dom.js";
import { _, shortNumber } from "../words.js";

const [WIDTH, HEIGHT] = [240, 176];
const FLOOR = 120; // where the horizontal axis is
const REACH = 4; // of the axis on both sides of zero, unless the number is farther from it
const POINTS = 80; // of the curve, on each side

export class Activation {
  constructor() {
    this.formula = make("p", { className: "quiet" });
    this.filled = make("p", { className: "filled-in" });
    this.graph = draw("path", { class: "graph" });
    this.guide = draw("path", { class: "guide" });
    this.point = draw("circle", { class: "point", r: 5 });
    this.marks = ["start", "end"].map((anchor) => {
      const place = { x: anchor === "start" ? 2 : WIDTH - 2, y: FLOOR + 15, "text-anchor": anchor };
      return draw("text", place);
    });
    const axes = draw("path", { class: "axis", d: `M0 ${FLOOR}H${WIDTH}M${WIDTH / 2} 0V${HEIGHT}` });
    const picture = { class: "curve", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" };
    this.curve = draw("svg", picture, axes, this.graph, this.guide, this.point, ...this.marks);
    this.element = make("div", { className: "view" }, this.formula, this.filled, this.curve);
  }

  layout({ kind, formula }) {
    this.of = ACTIVATIONS[kind]?.(settingsIn(formula)) ?? null;
    this.reach = REACH;
    this.drawn = null;
    this.curve.style.display = this.of ? "" : "none";
    setText(this.formula, _("For each number x: {formula}", { formula }));
  }

  update({ formula, input, value }) {
    setText(this.filled, `${filledIn(formula, input)} = ${shortNumber(value)}`);
    if (this.of) this.paint(input, value);
  }

  paint(input, value) {
    while (this.reach < Math.abs(input)) this.reach *= 2;
    const unit = WIDTH / (2 * this.reach);
    const across = (x) => ((x + this.reach) * unit).toFixed(1);
    const up = (y) => (FLOOR - y * unit).toFixed(1);
    if (this.drawn !== this.reach) {
      this.drawn = this.reach;
      const steps = Array.from({ length: 2 * POINTS + 1 }, (_each, index) => (this.reach * (index - POINTS)) / POINTS);
      this.graph.setAttribute("d", `M${steps.map((x) => `${across(x)} ${up(this.of(x))}`).join("L")}`);
      this.marks.forEach((mark, index) => setText(mark, shortNumber(index ? this.reach : -this.reach)));
    }
    this.guide.setAttribute("d", `M${across(input)} ${FLOOR}V${up(value)}H${WIDTH / 2}`);
    this.point.setAttribute("cx", across(input));
    this.point.setAttribute("cy", up(value));
  }

  words({ formula, input, value }) {
    return _("The function {formula} makes {value} of {input}.", {
      formula,
      value: shortNumber(value),
      input: shortNumber(input),
    });
  }
}

// A Leaky ReLU is written max(0, x) + 0.01 · min(0, x).
function settingsIn(formula) {
  return { negative_slope: Number(formula.match(/([\d.e-]+) · min/)?.[1] ?? 0) };
}

// The formula with a number for x; a negative one in brackets, unless it has some.
export function filledIn(formula, x) {
  const text = shortNumber(x);
  return formula.replace(/\bx\b/g, (_x, at) => {
    const isAlone = /[(,] ?$/.test(formula.slice(0, at)) && /^[),]/.test(formula.slice(at + 1));
    return x < 0 && !isAlone ? `(${text})` : text;
  });
}
