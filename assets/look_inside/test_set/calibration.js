// How far the network's percentages can be believed: for answers of similar confidence, how many are right.

import { AsTable } from "../../shared/as_table.js";
import { draw, make, setDisabled, setText } from "../../shared/dom.js";
import { paintedFromPage } from "../../shared/painted.js";
import { part } from "../../shared/part.js";
import { cell, rowHead, table } from "../../shared/tables.js";
import { _, grouped } from "../../shared/words.js";
import { figure, percent } from "./numbers.js";
import { paperOf, saveButton } from "./saved.js";

const BINS = 10;
const SAVED = 640; // pixels of the saved picture's width
const SIDE = 100; // of the square in the diagram's own units
const LEFT = 16; // room for the numbers of the axes
const FOOT = 16;

export class Calibration {
  constructor() {
    this.words = make("p", { className: "measure" });
    this.figure = make("div", { className: "diagram" });
    this.bins = [];
    this.table = new AsTable(() => [binTable(this.bins)]);
    this.save = saveButton("calibration", () => paintedFromPage(this.figure.firstChild, SAVED, paperOf(this.figure)));
    const help = _(
      "Each bar is the share of right answers among those of similar confidence; on the dashed line 80 % sure means " +
        "80 % right, below it the network is too sure of itself. A well calibrated network need not be a good one, " +
        "and a bar of a handful of answers says little: the table has their number.",
    );
    const foot = make("div", { className: "foot" }, this.table.element, this.save);
    this.element = part("calibrated", _("Calibration"), help, this.words, this.figure, foot);
  }

  show(result) {
    this.bins = result?.reliability ?? [];
    setText(this.words, result ? verdict(result) : "");
    this.figure.replaceChildren(diagram(this.bins));
    this.table.refill();
    setDisabled(this.save, !result);
  }
}

function verdict({ calibration_error: error, reliability }) {
  const share = percent(error);
  const lead = reliability.reduce((sum, bin) => sum + bin.answers * (bin.confidence - bin.right), 0);
  if (lead > 0)
    return _("Expected calibration error {share}: on the whole it is more confident than it is right.", { share });
  return _("Expected calibration error {share}: on the whole it is at least as often right as it is confident.", {
    share,
  });
}

function diagram(bins) {
  const bars = bins.map(({ low, right, confidence, answers }) => {
    const kind = right < confidence ? "over" : "under";
    const height = SIDE * right;
    const bar = { x: LEFT + SIDE * low + 0.6, width: SIDE / BINS - 1.2, y: SIDE - height, height, class: kind };
    const title = draw("title", {}, binWords({ low, right, confidence, answers }));
    return draw("rect", bar, title);
  });
  const line = draw("line", { x1: LEFT, y1: SIDE, x2: LEFT + SIDE, y2: 0, class: "ideal" });
  const frame = draw("path", { d: `M${LEFT} 0V${SIDE}H${LEFT + SIDE}`, class: "frame" });
  const ticks = [0, 50, 100].flatMap((value) => [
    draw("text", { x: LEFT - 2, y: SIDE - value + 2, "text-anchor": "end" }, `${value}`),
    draw("text", { x: LEFT + value, y: SIDE + 7, "text-anchor": "middle" }, `${value}`),
  ]);
  const names = [
    draw("text", { x: LEFT + SIDE / 2, y: SIDE + 14, "text-anchor": "middle" }, _("how sure it is, %")),
    draw("text", { transform: `translate(5 ${SIDE / 2}) rotate(-90)`, "text-anchor": "middle" }, _("right, %")),
  ];
  const label = bins.length ? bins.map(binWords).join(" ") : _("Calibration");
  const view = { viewBox: `0 -4 ${LEFT + SIDE + 6} ${SIDE + FOOT + 4}`, role: "img", "aria-label": label };
  return draw("svg", view, ...bars, line, frame, ...ticks, ...names);
}

function binWords({ confidence, right, answers }) {
  const values = { confidence: percent(confidence), right: percent(right), answers };
  return _("{confidence} sure, {right} right ({answers} answers).", values);
}

function binTable(bins) {
  const rows = bins.map(({ low, high, confidence, right, answers }) => {
    const span = _("{low} to {high} %", { low: Math.round(100 * low), high: Math.round(100 * high) });
    return make("tr", {}, rowHead(span), ...[figure(confidence), figure(right), grouped(answers)].map((t) => cell(t)));
  });
  return table([_("How sure"), _("Sure on average, %"), _("Right, %"), _("Answers")], rows);
}
