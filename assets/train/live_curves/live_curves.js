// Loss and accuracy as two growing charts. The zoom belongs to this page: new data does not change it.

import { colorsOf, isDark } from "../../shared/colors.js";
import { make, mountOnce } from "../../shared/dom.js";
import { Chart } from "./chart.js";
import { Cursor } from "./cursor.js";
import { Follow } from "./follow.js";
import { Legend } from "./legend.js";
import { MEASURES, Runs } from "./runs.js";
import { Changes, EpochTable } from "./tables.js";
import { Tools } from "./tools.js";
import { View } from "./view.js";

class LiveCurves {
  constructor(parent) {
    this.runs = new Runs();
    this.view = new View(this.runs);
    this.charts = MEASURES.map((measure) => new Chart(measure, this.runs, this.view));
    this.cursor = new Cursor(this.charts, this.runs, this.view, (range) => this.setZoom(range));
    this.legend = new Legend(this.view, () => this.paint());
    this.tools = new Tools(this);
    this.changes = new Changes();
    this.table = new EpochTable();
    this.root = make(
      "div",
      { class: "lab curves", "data-step": "" },
      this.legend.element,
      this.tools.element,
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

  update(data) {
    this.runs.read(data);
    this.runs.setWindow(this.view.window);
    if (!this.runs.has(this.view.unit)) this.view.setUnit("batch"); // another run, without times
    const [paper] = colorsOf(this.root, "--st-background-color");
    this.root.classList.toggle("dark", isDark(paper));
    for (const part of [this.changes, this.table]) part.show(this.runs);
    this.paint();
  }

  setZoom(range) {
    this.view.zoom = range;
    this.paint();
  }

  // Paints after the average has changed.
  repaint() {
    this.runs.setWindow(this.view.window);
    this.paint();
  }

  paint() {
    if (!this.runs.labels) return; // no data yet
    this.legend.show(this.runs);
    this.tools.show();
    for (const chart of this.charts) chart.paint();
    this.cursor.paint();
  }
}

// The component may be unmounted and mounted again on the same element; its zoom survives that.
export default function ({ data, parentElement, setTriggerValue }) {
  const curves = mountOnce(parentElement, () => new LiveCurves(parentElement));
  curves.observer.observe(curves.root);
  curves.update(data);
  curves.follow.end();
  curves.follow.begin(data, setTriggerValue);
  return () => curves.rest();
}
