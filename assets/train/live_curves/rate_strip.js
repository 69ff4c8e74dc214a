// The learning rate below the loss, where it changes on the way.

import { draw } from "../../shared/dom.js";
import { _ } from "../../shared/words.js";
import { rateText, runClass } from "./format.js";
import { scale } from "./geometry.js";

const HEIGHT = 36; // pixels
const GAP = 26; // between the loss and the strip, with its name

export class RateStrip {
  constructor(runs, margin) {
    Object.assign(this, { runs, margin });
  }

  // How much of the chart's height it takes.
  get height() {
    return this.runs.ratesVary ? HEIGHT + GAP : 0;
  }

  // Its elements above the axis at `floor`; `x`: the place of a value on the chart's axis.
  parts(x, view, floor, width) {
    if (!this.height) return [];
    const [from, to] = view.range();
    const { left, right } = this.margin;
    const ceiling = floor - HEIGHT;
    const most = Math.max(...this.runs.list.flatMap((run) => [run.rate, ...run.rates]));
    const top = rateText(Number(most.toPrecision(2))); // more digits have no room beside the axis
    const y = scale(0, most, floor, ceiling + 2);
    const label = (text, at) => draw("text", { x: left - 6, y: at + 4, "text-anchor": "end" }, text);
    const edge = (at) => draw("line", { x1: left, x2: width - right, y1: at, y2: at });
    const lines = this.runs.list.flatMap((run, index) => this.line(run, index, { from, to, x, y, view }));
    return [
      draw("g", { class: "grid" }, edge(ceiling), edge(floor), label(top, ceiling), label("0", floor)),
      draw("text", { x: left, y: ceiling - 6 }, _("learning rate")),
      ...lines,
    ];
  }

  // A rate holds from the batch before to its own, so the line goes in steps.
  line(run, index, { from, to, x, y, view }) {
    const { many } = this.runs;
    if (!view.shows(many ? `run-${index + 1}` : index ? "other" : "")) return [];
    const clamped = (place) => x(Math.max(from, Math.min(to, place)));
    let [text, before] = ["", 0];
    run.ends.forEach((end, i) => {
      const [start, stop] = [run.at(before), run.at(end)];
      before = end;
      if (!(stop >= from && start <= to)) return;
      const height = y(run.rates[i] ?? run.rate).toFixed(1);
      text += `${text ? "L" : "M"}${clamped(start).toFixed(1)} ${height}H${clamped(stop).toFixed(1)}`;
    });
    const kind = many ? ` ${runClass(index)}` : index ? " other" : "";
    return [draw("path", { class: `rate${kind}`, d: text })];
  }
}
