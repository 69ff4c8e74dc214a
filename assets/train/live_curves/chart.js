// A chart of one measurement of all runs over batches, epochs or seconds.

import { draw, make } from "../../shared/dom.js";
import { _, grouped, sentences } from "../../shared/words.js";
import { rateWords, runClass, unitWords, valueText } from "./format.js";
import { extent, logTicks, niceRange, niceTicks, path, scale, tickText } from "./geometry.js";
import { RateStrip } from "./rate_strip.js";

const MARGIN = { left: 56, right: 20, top: 10, bottom: 36 };
const MAX_MARKS = 60; // epochs; if there are more, none is marked
// Shares of the width whose extremes may leave a linear chart: a spike, or a start that would dwarf all the rest.
const TRIM = { raw: 0.02, smooth: 0.01 };
let charts = 0;

export class Chart {
  constructor(measure, runs, view) {
    Object.assign(this, { measure, runs, view });
    this.name = `${measure.key}-${++charts}`;
    this.strip = measure.key === "loss" ? new RateStrip(runs, MARGIN) : null;
    this.svg = draw("svg", { role: "img", tabindex: "0", "aria-label": measure.title });
    this.figure = make("figure", {}, make("figcaption", {}, measure.title), this.svg);
  }

  get log() {
    return this.view.logLoss && this.measure.key === "loss";
  }

  // The place on the axis under the pointer.
  placeAt(event) {
    const box = this.svg.getBoundingClientRect();
    return this.view.placeAt((event.clientX - box.left - MARGIN.left) / (box.width - MARGIN.left - MARGIN.right));
  }

  paint() {
    const [width, height] = [this.svg.clientWidth, this.svg.clientHeight];
    if (width) this.paintOn(width, height);
  }

  paintOn(width, height) {
    const [low, high] = this.values();
    this.x = scale(...this.view.range(), MARGIN.left, width - MARGIN.right, this.view.logSteps);
    this.floor = height - MARGIN.bottom - (this.strip?.height ?? 0);
    this.y = scale(low, high, this.floor, MARGIN.top, this.log);
    const ticks = this.log ? logTicks(low, high) : niceTicks(low, high, 5);
    const grid = draw("g", { class: "grid" }, ...this.valueAxis(ticks, width), ...this.stepAxis(width, height));
    const box = { x: MARGIN.left, y: MARGIN.top - 6, width: width - MARGIN.left - MARGIN.right + 6 };
    const inside = draw("rect", { ...box, height: this.floor - MARGIN.top + 12 });
    const clip = draw("clipPath", { id: `clip-${this.name}` }, inside);
    const drawn = [...this.gap(), ...this.shown().flatMap(([run, index]) => this.lines(run, index))];
    const lines = draw("g", { "clip-path": `url(#clip-${this.name})` }, ...drawn);
    this.cursor = draw("g");
    this.svg.replaceChildren(
      clip,
      grid,
      lines,
      ...this.empty(width),
      ...this.beyond(high),
      ...this.gapName(),
      ...this.numbers(),
      ...(this.strip?.parts(this.x, this.view, height - MARGIN.bottom, width) ?? []),
      ...this.flags(height),
      this.cursor,
    );
    this.describe();
  }

  // Before the first batch there is only the frame.
  empty(width) {
    if (this.runs.list.length) return [];
    const place = { x: (MARGIN.left + width - MARGIN.right) / 2, y: this.floor / 2, "text-anchor": "middle" };
    return [draw("text", place, _("begins with the first batch"))];
  }

  describe() {
    this.svg.dataset.testid = `${this.runs.list.length ? "curve" : "frame"}-${this.measure.key}`;
    const points = this.runs.gapPoints();
    const gap = points && _("There is an overfitting gap of {points} points.", { points });
    const rate = this.strip && rateWords(this.runs.list[0]);
    this.svg.setAttribute("aria-label", sentences(_("{title}.", this.measure), this.runs.alt, gap, rate));
  }

  // The lowest and the highest value on the axis.
  values() {
    const { key } = this.measure;
    const spans = this.spans(this.view.logSteps ? {} : TRIM);
    if (!spans.length) return key === "loss" ? [0, 2.5] : [0, 100];
    const low = Math.min(...spans.map((span) => span[0]));
    const high = Math.max(...spans.map((span) => span[1]));
    if (this.log) return [Math.max(low, 1e-6) / 1.15, Math.max(high, 2e-6) * 1.15];
    const [a, b] = niceRange(key === "loss" && low < high / 2 ? 0 : low, high);
    return key === "accuracy" ? [Math.max(0, a), Math.min(100, b)] : [Math.max(0, a), b];
  }

  // The lowest and highest value of each line that is shown.
  spans(trim) {
    const { key, validation: column } = this.measure;
    const [from, to] = this.view.range();
    return this.shown().flatMap(([run, index]) => {
      const lines = {
        ...(this.drawsRaw(index) ? { raw: run[key].raw } : {}),
        smooth: run[key].smooth,
        validation: [run.epochs.map((point) => point[1]), run.epochs.map((point) => point[column])],
      };
      return Object.entries(lines)
        .filter(([kind]) => this.view.shows(kind))
        .map(([kind, [steps, values]]) => extent(steps.map(run.at), values, from, to, trim[kind]))
        .filter(Boolean);
    });
  }

  // The runs that nobody has clicked away, with their numbers.
  shown() {
    const { many, list } = this.runs;
    const name = (index) => (many ? `run-${index + 1}` : index ? "other" : "");
    return list.map((run, index) => [run, index]).filter(([, index]) => this.view.shows(name(index)));
  }

  // Batch by batch only the watched run is shown: more would cover each other.
  drawsRaw(index) {
    return !this.runs.many && !index && this.view.shows("raw");
  }

  // A note where a spike leaves the chart at the top.
  beyond(high) {
    const most = Math.max(...this.spans({}).map((span) => span[1]));
    if (!(most > high)) return [];
    const text = `↑ ${valueText(most, this.measure.unit ? 2 : undefined)}`;
    return [draw("text", { class: "beyond", x: MARGIN.left + 6, y: MARGIN.top + 8 }, text)];
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
    const { unit, logSteps } = this.view;
    const ticks = logSteps ? logTicks(from, to) : niceTicks(from, to, width < 420 ? 4 : 6);
    const places = ticks
      .filter((tick) => unit === "seconds" || Number.isInteger(tick))
      .map((tick) => draw("text", { x: this.x(tick), y: bottom + 16, "text-anchor": "middle" }, grouped(tick)));
    const name = draw("text", { x: 0, y: bottom + 16 }, unitWords(unit));
    const [below, lines] = this.runs.batches ? this.epochAxis(from, to, width, bottom) : [[], []];
    return unit === "epoch" ? [...lines, ...places, name] : [...lines, ...places, name, ...below];
  }

  // The names of epochs below the axis, and the lines at their ends.
  epochAxis(from, to, width, bottom) {
    const { first: run } = this.runs;
    const [first, last] = [from, to].map((place) => this.runs.epochAt(run.stepAt(place)));
    if (!Number.isFinite(last)) return [[], []];
    const { logSteps } = this.view;
    const ends = logSteps ? logTicks(Math.max(1, first), Math.max(1, last)) : niceTicks(first, last, width / 45);
    const epochs = ends
      .filter((each) => each && Number.isInteger(each))
      .map((epoch) => [epoch, this.x(run.at(this.runs.epochEnd(epoch)))])
      .filter(([, x]) => Number.isFinite(x));
    const names = epochs.map(([epoch, x]) =>
      draw("text", { x, y: bottom + 32, "text-anchor": "middle" }, grouped(epoch)),
    );
    const lines = epochs.map(([, x]) => draw("line", { class: "epoch", x1: x, x2: x, y1: MARGIN.top, y2: bottom }));
    return [[draw("text", { x: 0, y: bottom + 32 }, unitWords("epoch")), ...names], lines];
  }

  // ---- contents

  lines(run, index) {
    const { many } = this.runs;
    const { key, validation: column } = this.measure;
    const x = (step) => this.x(run.at(step));
    const other = many ? ` ${runClass(index)}` : index ? " other" : "";
    const steps = run.epochs.map((point) => point[1]);
    const validation = run.epochs.map((point) => point[column]);
    const line = (kind, at, values) => draw("path", { class: kind, d: path(at, values, x, this.y) });
    const measured = this.view.shows("validation");
    const marks = steps.length > MAX_MARKS || !measured ? [] : steps.map((step, place) => [step, validation[place]]);
    return [
      ...(this.drawsRaw(index) ? [line("raw", ...run[key].raw)] : []),
      ...(this.view.shows("smooth") ? [line(`smooth${other}`, ...run[key].smooth)] : []),
      ...(measured ? [line(`validation${other}`, steps, validation)] : []),
      ...marks
        .filter(([step, value]) => value !== null && Number.isFinite(x(step)))
        .map(([step, value]) => {
          const [cx, cy] = [x(step), this.y(value)];
          return draw("circle", { class: many ? `mark${other}` : "mark", cx, cy, r: many ? 3.5 : 4.5 });
        }),
    ];
  }

  // In a race, each run's number at the end of its line; numbers of lines that end close together are moved apart.
  numbers() {
    if (!this.runs.many) return [];
    const [from, to] = this.view.range();
    const ends = this.shown().flatMap(([run, index]) => {
      const [steps, values] = run[this.measure.key].smooth;
      const place = steps.length ? run.at(steps.at(-1)) : Number.NaN;
      return place >= from && place <= to ? [{ index, x: this.x(place) + 7, y: this.y(values.at(-1)) + 4 }] : [];
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
    const points = this.view.shows("gap") ? this.runs.gaps(key) : [];
    const { first } = this.runs;
    const ahead = ([, training, other]) => (key === "accuracy" ? training > other : training < other);
    const pieces = [];
    for (let i = 1; i < points.length; i++) {
      const pair = [points[i - 1], points[i]];
      if (!pair.every(ahead)) continue;
      const [a, b] = pair.map(([step]) => this.x(first.at(step)).toFixed(1));
      const y = (value) => this.y(value).toFixed(1);
      pieces.push(`M${a} ${y(pair[0][1])}L${b} ${y(pair[1][1])}L${b} ${y(pair[1][2])}L${a} ${y(pair[0][2])}Z`);
    }
    return pieces.length ? [draw("path", { class: "gap", d: pieces.join("") })] : [];
  }

  // The gap's label, above all lines so that it is readable among the raw ones.
  gapName() {
    const words = this.measure.key === "accuracy" && this.view.shows("gap") ? this.runs.gapWords() : "";
    const [from, to] = this.view.range();
    const [step, training, other] = words ? this.runs.gaps("accuracy").at(-1) : [];
    const place = words ? this.runs.first.at(step) : Number.NaN;
    if (!(place >= from && place <= to)) return [];
    const [x, y] = [this.x(place), Math.max(this.y(training), this.y(other)) + 22];
    const side = x > MARGIN.left + 190 ? "end" : "start";
    return [draw("text", { class: "name", x, y, "text-anchor": side }, words)];
  }

  // A numbered flag for each change; the list below the charts has the same numbers.
  flags(height) {
    const [from, to] = this.view.range();
    const top = MARGIN.top - 6;
    return this.shown().flatMap(([run, which]) => {
      const kind = this.runs.many ? runClass(which) : which ? "other" : "";
      return run.flags.flatMap(([step, text], index) => {
        const place = run.at(step);
        if (!(place >= from && place <= to)) return [];
        const x = this.x(place);
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

  // The cursor's line at a place, and the selection in progress: [from, to]. Null for none.
  paintCursor(place, selected) {
    if (!this.cursor) return;
    const height = this.svg.clientHeight - MARGIN.bottom;
    const parts = [];
    if (selected) {
      const [left, right] = selected.map((end) => this.x(end)).sort((a, b) => a - b);
      const box = { x: left, width: right - left, y: MARGIN.top, height: height - MARGIN.top };
      parts.push(draw("rect", { class: "selection", ...box }));
    }
    if (place !== null) {
      const x = this.x(place);
      parts.push(draw("line", { class: "cursor", x1: x, x2: x, y1: MARGIN.top, y2: height }));
    }
    this.cursor.replaceChildren(...parts);
  }
}
