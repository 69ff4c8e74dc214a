// The legend of the charts. A click on an entry hides its line, and shows it again.

import { draw, make } from "../../shared/dom.js";
import { _, plural } from "../../shared/words.js";
import { runClass } from "./format.js";

const FLAT = "M0 6L28 6";

export class Legend {
  // onToggle: called after a line was hidden or shown.
  constructor(view, onToggle) {
    Object.assign(this, { view, onToggle });
    this.element = make("ul", { class: "legend", "aria-label": _("Lines: a click hides one") });
  }

  show(runs) {
    const drawn = entriesOf(runs, this.view.window);
    const signature = JSON.stringify([runs.many, drawn.map(({ line, label }) => [line, label])]);
    if (signature !== this.signature) {
      this.signature = signature;
      this.buttons = drawn.map((entry) => [entry.line, this.button(entry)]);
      this.element.replaceChildren(...this.buttons.map(([, button]) => make("li", {}, button)));
    }
    for (const [line, button] of this.buttons) button.setAttribute("aria-pressed", String(this.view.shows(line)));
  }

  button({ line, label, sample }) {
    const onclick = () => {
      this.view.toggle(line);
      this.onToggle();
    };
    const drawn = draw("svg", { viewBox: "0 0 28 12", "aria-hidden": "true" }, ...sample);
    return make("button", { type: "button", onclick, "data-line": line }, drawn, make("span", {}, label));
  }
}

// What the legend names: { line, label, sample }, the elements of a 28×12 drawing.
export function entriesOf(runs, window) {
  return runs.many ? entriesOfMany(runs, window) : entries(runs, window);
}

function entries(runs, window) {
  const { labels, list } = runs;
  const wave = draw("path", { class: "raw", d: "M0 8L7 3L14 9L21 4L28 7" });
  const line = (kind) => draw("path", { class: kind, d: FLAT });
  const others = list.slice(1).map((run) => ({
    line: "other",
    label: _("dashed: {name}", run),
    sample: [line("smooth other")],
  }));
  const area = draw("path", { class: "gap", d: "M0 0H28V12H0Z" });
  return [
    { line: "raw", label: labels.raw, sample: [wave] },
    { line: "smooth", label: averageWords(window), sample: [line("smooth")] },
    { line: "validation", label: labels.validation, sample: [line("validation"), mark("")] },
    { line: "gap", label: runs.gapWords() || _("overfitting gap: none so far"), sample: [area] },
    ...others,
  ];
}

// Each run has a color and a number, which is also at the end of its lines.
function entriesOfMany({ labels, list }, window) {
  const line = (kind) => draw("path", { class: kind, d: FLAT });
  return [
    ...list.map((run, index) => ({
      line: `run-${index + 1}`,
      label: `${index + 1} ${run.name}`,
      sample: [line(`smooth ${runClass(index)}`)],
    })),
    { line: "smooth", label: averageWords(window), sample: [line("smooth plain")] },
    { line: "validation", label: labels.validation, sample: [line("validation plain"), mark(" plain")] },
  ];
}

function averageWords(window) {
  if (window === 1) return _("training, not averaged");
  return plural("training, averaged over {count} batch", "training, averaged over {count} batches", window);
}

function mark(kind) {
  return draw("circle", { class: `mark${kind}`, cx: 14, cy: 6, r: 4 });
}
