// The groups of points with their signs and colors. Those that are chosen are shown; all of them if none is.

import { colorsOf } from "../../shared/colors.js";
import { make } from "../../shared/dom.js";
import { _, grouped } from "../../shared/words.js";
import { COLORS, marksOf } from "./marks.js";
import { inkOf, paperOf } from "./saved.js";

const LINE = 22; // pixels of a line of the saved legend
const EDGE = 16;

export class Legend {
  // pick(): other groups are chosen.
  constructor(pick) {
    this.pick = pick;
    this.element = make("div", { className: "legend", role: "group", ariaLabel: _("Show only") });
    this.groups = [];
    this.chosen = new Set();
  }

  // classes: their names; truth: the class of each point.
  showClasses(classes, truth) {
    const marks = marksOf(classes);
    const color = (index) => `--class-${index % COLORS}`;
    this.show(
      classes.map((name, index) => ({ name, mark: marks[index], color: color(index) })),
      truth,
    );
  }

  // wrong: 1 for each point that is read wrongly, else 0.
  showRight(wrong) {
    const groups = [
      { name: _("right"), mark: "•", color: "--right" },
      { name: _("wrong"), mark: "✗", color: "--error", above: true },
    ];
    this.show(groups, wrong);
  }

  show(groups, of) {
    const isSame = groups.map((each) => each.name).join() === this.groups.map((each) => each.name).join();
    if (!isSame) this.chosen.clear();
    Object.assign(this, { groups, of });
    const counts = groups.map(() => 0);
    for (const group of of) counts[group] += 1;
    this.counts = counts;
    if (!isSame) this.element.replaceChildren(...groups.map((group, index) => this.button(group, index)));
    [...this.element.querySelectorAll("small")].forEach((each, index) => (each.textContent = grouped(counts[index])));
  }

  button({ name, mark, color }, index) {
    const sign = make("b", { ariaHidden: "true" }, mark);
    sign.style.color = `var(${color})`;
    const words = name === mark ? [] : [make("span", {}, name)];
    const button = make("button", { type: "button", ariaPressed: "false", title: name }, sign, ...words, make("small"));
    if (name === mark) sign.ariaHidden = "false";
    button.onclick = () => {
      if (!this.chosen.delete(index)) this.chosen.add(index);
      button.ariaPressed = String(this.chosen.has(index));
      this.pick();
    };
    return button;
  }

  // For each point its sign, { mark, color, above }, or null if its group is not chosen; in the colors of an element.
  signs(element) {
    const colors = colorsOf(element, ...this.groups.map(({ color }) => color)).map((rgb) => `rgb(${rgb.join()})`);
    const signs = this.groups.map(({ mark, above = false }, index) => {
      return this.chosen.size && !this.chosen.has(index) ? null : { mark, color: colors[index], above };
    });
    return (index) => signs[this.of[index]];
  }
}

// A chart, its legend and a line of words as a PNG: `width` wide, the chart `height` times as high; twice as sharp.
export function paintedWithLegend(scatter, legend, words, width, height) {
  const [high, columns] = [width * height, 4];
  const lines = Math.ceil(legend.groups.length / columns);
  const size = [width, high + (lines + 1) * LINE + EDGE];
  const canvas = make("canvas", { width: 2 * size[0], height: 2 * size[1] });
  const context = canvas.getContext("2d");
  context.scale(2, 2);
  context.fillStyle = paperOf(legend.element);
  context.fillRect(0, 0, ...size);
  scatter.paintOn(context, width, high);
  const colors = colorsOf(legend.element, ...legend.groups.map(({ color }) => color));
  const line = (number) => high + LINE * (number + 0.5);
  context.textAlign = "left";
  legend.groups.forEach(({ name, mark }, index) => {
    const [x, y] = [EDGE + ((index % columns) * width) / columns, line(Math.floor(index / columns))];
    context.fillStyle = `rgb(${colors[index].join()})`;
    context.fillText(mark, x, y);
    context.fillStyle = inkOf(legend.element);
    context.fillText(`${name === mark ? "" : name} ${grouped(legend.counts[index])}`, x + LINE, y);
  });
  context.font = context.font.replace(/^\S+ /, "");
  context.fillText(words, EDGE, line(lines), width - 2 * EDGE);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}
