// The legend of the charts.

import { draw, make } from "../../shared/dom.js";
import { _ } from "../../shared/words.js";
import { runClass } from "./format.js";

const FLAT = "M0 6L28 6";

export class Legend {
  constructor() {
    this.element = make("ul", { class: "legend", "aria-label": _("Lines") });
  }

  show(runs) {
    const signature = JSON.stringify([runs.labels, runs.many, runs.gapWords(), runs.list.map((run) => run.name)]);
    if (signature === this.signature) return;
    this.signature = signature;
    this.element.replaceChildren(...(runs.many ? entriesOfMany(runs) : entries(runs)));
  }
}

function entries(runs) {
  const { labels, list } = runs;
  const lines = ["raw", "smooth", "validation"].map((kind) => [kind, labels[kind]]);
  const others = list.slice(1).map((run) => ["smooth other", _("dashed: {name}", run)]);
  const gap = runs.gapWords() ? [["gap", runs.gapWords()]] : [];
  return [...lines, ...gap, ...others].map(([kind, label]) => {
    const wave = kind === "raw" ? "M0 8L7 3L14 9L21 4L28 7" : FLAT;
    const sample = draw("path", { class: kind, d: kind === "gap" ? "M0 0H28V12H0Z" : wave });
    return entry(label, sample, ...(kind === "validation" ? [mark("")] : []));
  });
}

// Each run has a color and a number, which is also at the end of its lines.
function entriesOfMany({ labels, list }) {
  const line = (kind) => draw("path", { class: kind, d: FLAT });
  return [
    ...list.map((run, index) => entry(`${index + 1} ${run.name}`, line(`smooth ${runClass(index)}`))),
    entry(labels.bold, line("smooth plain")),
    entry(labels.validation, line("validation plain"), mark(" plain")),
  ];
}

function mark(kind) {
  return draw("circle", { class: `mark${kind}`, cx: 14, cy: 6, r: 4 });
}

function entry(label, ...sample) {
  return make("li", {}, draw("svg", { viewBox: "0 0 28 12", "aria-hidden": "true" }, ...sample), label);
}
