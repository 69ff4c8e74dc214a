// A chart of one measurement of all runs over the steps.

import { draw, make } from "../../shared/dom.js";
import { _, grouped, sentences } from "../../shared/words.js";
import { runClass } from "./format.js";
import { extent, logTicks, niceRange, niceTicks, path, scale, tickText } from "./geometry.js";

const MARGIN = { left: 52, right: 20, top: 10, bottom: 36 };
const MAX_MARKS = 60; // epochs; if there are more, none is marked

export class Chart {
  constructor(measure, runs, view) {
    Object.assign(this, { measure, runs, view });
    this.svg = draw("svg", { role: "img", tabindex: "0", "data-testid": `curve-${measure.key}` });
    this.figure = make("figure", {}, make("figcaption", {}, measure.title), this.svg);
  }

  get log() {
    return this.view.logLoss && this.measure.key === "loss";
  }

  // The step under the pointer.
  stepAt(event) {
    const box = this.svg.getBoundingClientRect();
    return this.view.stepAt((event.clientX - box.left - MARGIN.left) / (box.width - MARGIN.left - MARGIN.right));
  }

  paint() {
    const [width, height] = [this.svg.clientWidth, this.svg.clientHeight];
    if (!width) return;
    const { key } = this.measure;
    const [low, high] = this.values();
    this.x = scale(...this.view.range(), MARGIN.left, width - MARGIN.right, this.view.logSteps);
    this.y = scale(low, high, height - MARGIN.bottom, MARGIN.top, this.log);
    const ticks = this.log ? logTicks(low, high) : niceTicks(low, high, 5);
    const grid = draw("g", { class: "grid" }, ...this.valueAxis(ticks, width), ...this.stepAxis(width, height));
    const box = { x: MARGIN.left, y: MARGIN.top - 6, width: width - MARGIN.left - MARGIN.right + 6 };
    const inside = draw("rect", { ...box, height: height - MARGIN.top - MARGIN.bottom + 12 });
    const clip = draw("clipPath", { id: `clip-${key}` }, inside);
    const drawn = [...this.gap(), ...this.runs.list.flatMap((run, index) => this.lines(run, index))];
    const lines = draw("g", { "clip-path": `url(#clip-${key})` }, ...drawn);
    this.cursor = draw("g");
    this.svg.replaceChildren(
      clip,
      grid,
      lines,
      ...this.gapName(),
      ...this.numbers(),
      ...this.flags(height),
      this.cursor,
    );
    const points = this.runs.gapPoints();
    const gap = points && _("There is an overfitting gap of {points} points.", { points });
    this.svg.setAttribute("aria-label", sentences(_("{title}.", this.measure), this.runs.alt, gap));
  }

  // The lowest and the highest value on the axis.
  values() {
    const { key, validation: column } = this.measure;
    const [from, to] = this.view.range();
    const spans = this.runs.list.flatMap((run) => {
      const steps = run.epochs.map((point) => point[1]);
      const validation = run.epochs.map((point) => point[column]);
      return [
        extent(...run[key].raw, from, to, true),
        extent(...run[key].smooth, from, to),
        extent(steps, validation, from, to),
      ].filter(Boolean);
    });
    if (!spans.length) return key === "loss" ? [0, 2.5] : [0, 100];
    const low = Math.min(...spans.map((span) => span[0]));
    const high = Math.max(...spans.map((span) => span[1]));
    if (this.log) return [Math.max(low, 1e-6) / 1.15, Math.max(high, 2e-6) * 1.15];
    const [a, b] = niceRange(key === "loss" && low < high / 2 ? 0 : low, high);
    return key === "accuracy" ? [Math.max(0, a), Math.min(100, b)] : [Math.max(0, a), b];
  }

  // ---- axes

  valueAxis(ticks, width) {
    const digits = Math.max(0, ...ticks.map((tick) => (String(tick).split(".")[1] ?? "").length));
    return ticks.flatMap((tick) => {
      const y = this.y(tick);
      const text = `${tickText(tick, digits)}${this.measure.unit}`;
      return [
        draw("line", { x1: MARGIN.left, x2: width - MARGIN.right, y1: y, y2: y }),
        draw("text", { x: MARGIN.left - 6, y: y + 4, "text-anchor": "end" }, text),
      ];
    });
  }

  stepAxis(width, height) {
    const bottom = height - MARGIN.bottom;
    const [from, to] = this.view.range();
    const ticks = this.view.logSteps ? logTicks(from, to) : niceTicks(from, to, width < 420 ? 4 : 6);
    const steps = ticks
      .filter(Number.isInteger)
      .map((step) => draw("text", { x: this.x(step), y: bottom + 16, "text-anchor": "middle" }, grouped(step)));
    const name = draw("text", { x: 0, y: bottom + 16 }, _("batch"));
    return [...steps, name, ...(this.runs.batches ? this.epochAxis(from, to, width, bottom) : [])];
  }

  epochAxis(from, to, width, bottom) {
    const [first, last] = [this.runs.epochAt(from), this.runs.epochAt(to)];
    const { logSteps } = this.view;
    const ends = logSteps ? logTicks(Math.max(1, first), Math.max(1, last)) : niceTicks(first, last, width / 45);
    const epochs = ends
      .filter((each) => each && Number.isInteger(each))
      .flatMap((epoch) => {
        const x = this.x(this.runs.epochEnd(epoch));
        return [
          draw("line", { class: "epoch", x1: x, x2: x, y1: MARGIN.top, y2: bottom }),
          draw("text", { x, y: bottom + 32, "text-anchor": "middle" }, grouped(epoch)),
        ];
      });
    return [draw("text", { x: 0, y: bottom + 32 }, _("epoch")), ...epochs];
  }

  // ---- contents

  lines(run, index) {
    const { many } = this.runs;
    const { key, validation: column } = this.measure;
    const other = many ? ` ${runClass(index)}` : index ? " other" : "";
    const steps = run.epochs.map((point) => point[1]);
    const validation = run.epochs.map((point) => point[column]);
    const line = (kind, at, values) => draw("path", { class: kind, d: path(at, values, this.x, this.y) });
    const marks = steps.length > MAX_MARKS ? [] : steps.map((step, place) => [step, validation[place]]);
    return [
      ...(other ? [] : [line("raw", ...run[key].raw)]),
      line(`smooth${other}`, ...run[key].smooth),
      line(`validation${other}`, steps, validation),
      ...marks
        .filter(([, value]) => value !== null)
        .map(([step, value]) => {
          const [cx, cy] = [this.x(step), this.y(value)];
          return draw("circle", { class: many ? `mark${other}` : "mark", cx, cy, r: many ? 3.5 : 4.5 });
        }),
    ];
  }

  // In a race, each run's number at the end of its line; numbers of lines that end close together are moved apart.
  numbers() {
    if (!this.runs.many) return [];
    const [from, to] = this.view.range();
    const ends = this.runs.list.flatMap((run, index) => {
      const [steps, values] = run[this.measure.key].smooth;
      const inside = steps.length && steps.at(-1) >= from && steps.at(-1) <= to;
      return inside ? [{ index, x: this.x(steps.at(-1)) + 7, y: this.y(values.at(-1)) + 4 }] : [];
    });
    let above = -Infinity;
    return ends
      .sort((a, b) => a.y - b.y)
      .map(({ index, x, y }) => {
        above = Math.max(y, above + 12);
        return draw("text", { class: `number ${runClass(index)}`, x, y: above }, String(index + 1));
      });
  }

  // The gap, shaded where training is ahead of validation.
  gap() {
    const { key } = this.measure;
    const points = this.runs.gaps(key);
    const ahead = ([, training, other]) => (key === "accuracy" ? training > other : training < other);
    const pieces = [];
    for (let i = 1; i < points.length; i++) {
      const pair = [points[i - 1], points[i]];
      if (!pair.every(ahead)) continue;
      const [a, b] = pair.map(([step]) => this.x(step).toFixed(1));
      const y = (value) => this.y(value).toFixed(1);
      pieces.push(`M${a} ${y(pair[0][1])}L${b} ${y(pair[1][1])}L${b} ${y(pair[1][2])}L${a} ${y(pair[0][2])}Z`);
    }
    return pieces.length ? [draw("path", { class: "gap", d: pieces.join("") })] : [];
  }

  // The gap's label, above all lines so that it is readable among the raw ones.
  gapName() {
    const words = this.measure.key === "accuracy" ? this.runs.gapWords() : "";
    const [from, to] = this.view.range();
    const [step, training, other] = words ? this.runs.gaps("accuracy").at(-1) : [];
    if (!words || step < from || step > to) return [];
    const [x, y] = [this.x(step), Math.max(this.y(training), this.y(other)) + 22];
    const side = x > MARGIN.left + 190 ? "end" : "start";
    return [draw("text", { class: "name", x, y, "text-anchor": side }, words)];
  }

  // A numbered flag for each change; the list below the charts has the same numbers.
  flags(height) {
    const [from, to] = this.view.range();
    const top = MARGIN.top - 6;
    return this.runs.list.flatMap((run, which) => {
      const kind = this.runs.many ? runClass(which) : which ? "other" : "";
      return run.flags.flatMap(([step, text], index) => {
        if (step < from || step > to) return [];
        const x = this.x(step);
        return [
          draw(
            "g",
            { class: `flag ${kind}` },
            draw("title", {}, `${index + 1}: ${text}`),
            draw("line", { x1: x, x2: x, y1: top, y2: height - MARGIN.bottom }),
            draw("path", { d: `M${x} ${top}h16v13h-16z` }),
            draw("text", { x: x + 8, y: top + 10.5, "text-anchor": "middle" }, String(index + 1)),
          ),
        ];
      });
    });
  }

  // The cursor's line at a step, and the selection in progress: [from step, to step]. Null for none.
  paintCursor(step, selected) {
    if (!this.cursor) return;
    const height = this.svg.clientHeight - MARGIN.bottom;
    const parts = [];
    if (selected) {
      const [left, right] = selected.map((end) => this.x(end)).sort((a, b) => a - b);
      const box = { x: left, width: right - left, y: MARGIN.top, height: height - MARGIN.top };
      parts.push(draw("rect", { class: "selection", ...box }));
    }
    if (step !== null) {
      const x = this.x(step);
      parts.push(draw("line", { class: "cursor", x1: x, x2: x, y1: MARGIN.top, y2: height }));
    }
    this.cursor.replaceChildren(...parts);
  }
}
