// Loss and accuracy as two growing charts. The zoom belongs to this page: new data does not change it.

import { colorsOf, isDark } from "../../shared/colors.js";
import { mountOnce, make } from "../../shared/dom.js";
import { _ } from "../../shared/words.js";
import { Chart } from "./chart.js";
import { Cursor } from "./cursor.js";
import { Follow } from "./follow.js";
import { Legend } from "./legend.js";
import { MEASURES, Runs } from "./runs.js";
import { Changes, EpochTable } from "./tables.js";
import { View } from "./view.js";

class LiveCurves {
  constructor(parent) {
    this.runs = new Runs();
    this.view = new View(this.runs);
    this.charts = MEASURES.map((measure) => new Chart(measure, this.runs, this.view));
    this.cursor = new Cursor(this.charts, this.runs, this.view, (range) => this.setZoom(range));
    this.legend = new Legend();
    this.changes = new Changes();
    this.table = new EpochTable();
    this.root = make(
      "div",
      { class: "lab curves" },
      make("div", { class: "bar" }, this.legend.element, this.makeButtons()),
      make("div", { class: "charts" }, ...this.charts.map((chart) => chart.figure)),
      this.changes.element,
      this.table.element,
      this.cursor.card.element,
    );
    parent.querySelector(".lab")?.remove(); // the placeholder
    parent.append(this.root);
    this.observer = new ResizeObserver(() => this.paint());
    this.follow = new Follow(this);
  }

  rest() {
    this.observer.disconnect();
    this.follow.end();
  }

  remove() {
    this.rest();
    this.root.remove();
  }

  makeButtons() {
    const { view } = this;
    const button = (text, title, onclick) =>
      make("button", { type: "button", title, "aria-label": title, onclick }, text);
    const toggle = (axis) => () => {
      view[axis] = !view[axis];
      this.paint();
    };
    this.logLoss = button(_("Log loss"), _("Logarithmic axis for the loss"), toggle("logLoss"));
    const steps = _("Logarithmic axis for the batches: shows the start in more detail");
    this.logSteps = button(_("Log batches"), steps, toggle("logSteps"));
    const zoomIn = button("+", _("Zoom in"), () => this.cursor.zoom(0.5));
    this.zoomOut = button("−", _("Zoom out"), () => this.cursor.zoom(2));
    this.showWhole = button(_("Whole run"), _("Show the whole run"), () => this.setZoom(null));
    return make("div", { class: "buttons" }, this.logLoss, this.logSteps, zoomIn, this.zoomOut, this.showWhole);
  }

  update(data) {
    this.runs.read(data);
    const [paper] = colorsOf(this.root, "--st-background-color");
    this.root.classList.toggle("dark", isDark(paper));
    for (const part of [this.legend, this.changes, this.table]) part.show(this.runs);
    this.paint();
  }

  setZoom(range) {
    this.view.zoom = range;
    this.paint();
  }

  paint() {
    if (!this.runs.labels) return; // no data yet
    this.logLoss.setAttribute("aria-pressed", String(this.view.logLoss));
    this.logSteps.setAttribute("aria-pressed", String(this.view.logSteps));
    this.showWhole.disabled = this.zoomOut.disabled = this.view.zoom === null;
    for (const chart of this.charts) chart.paint();
    this.cursor.paint();
  }
}

// The component may be unmounted and mounted again on the same element; its zoom survives that.
export default function ({ data, parentElement, setTriggerValue }) {
  const curves = mountOnce(parentElement, () => new LiveCurves(parentElement));
  curves.root.hidden = !data.runs.length;
  curves.observer.observe(curves.root);
  if (data.runs.length) curves.update(data);
  curves.follow.end();
  curves.follow.begin(data.follow, setTriggerValue);
  return () => curves.rest();
}
