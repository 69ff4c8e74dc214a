// The tools of the charts: smoothing, axes, zoom, and saving.

import { make } from "../../shared/dom.js";
import { _, plural } from "../../shared/words.js";
import { UNITS } from "./axes.js";
import { unitWords } from "./format.js";
import { SaveMenu } from "./save.js";
import { WINDOWS } from "./view.js";

export class Tools {
  // `curves` has `view` and `cursor`, and paints.
  constructor(curves) {
    this.curves = curves;
    this.view = curves.view;
    this.saveMenu = new SaveMenu(curves);
    const parts = [this.smoothing(), this.axis(), this.scales(), this.zoom(), this.saveMenu.element];
    this.element = make("div", { class: "tools" }, ...parts);
  }

  smoothing() {
    const change = () => {
      this.view.setWindow(WINDOWS[this.slider.value]);
      this.curves.repaint();
    };
    this.slider = make("input", { type: "range", min: 0, max: WINDOWS.length - 1, step: 1, oninput: change });
    this.window = make("output", {});
    return make("label", { class: "smoothing" }, make("span", {}, _("Smoothing")), this.slider, this.window);
  }

  axis() {
    const choose = (unit) => () => {
      this.view.setUnit(unit);
      this.curves.paint();
    };
    this.units = UNITS.map((unit) => [unit, button(unitWords(unit), choose(unit))]);
    this.missing = make("span", { class: "missing", role: "status" });
    const group = make("div", { class: "group", role: "group", "aria-label": _("Horizontal axis") });
    group.append(make("span", {}, _("by")), ...this.units.map(([, each]) => each), this.missing);
    return group;
  }

  scales() {
    const toggle = (axis) => () => {
      this.view[axis] = !this.view[axis];
      this.curves.paint();
    };
    this.logLoss = button(_("Log loss"), toggle("logLoss"));
    this.logSteps = button(logWords(this.view.unit), toggle("logSteps"));
    return make("div", { class: "group" }, this.logLoss, this.logSteps);
  }

  zoom() {
    const { cursor } = this.curves;
    const zoomIn = button("+", () => cursor.zoom(0.5));
    zoomIn.ariaLabel = _("Zoom in");
    this.zoomOut = button("−", () => cursor.zoom(2));
    this.zoomOut.ariaLabel = _("Zoom out");
    this.showWhole = button(_("Whole run"), () => this.curves.setZoom(null));
    return make("div", { class: "group" }, zoomIn, this.zoomOut, this.showWhole);
  }

  show() {
    const { view } = this;
    const { runs } = view;
    this.slider.value = String(WINDOWS.indexOf(view.window));
    const words = view.window === 1 ? _("off") : plural("{count} batch", "{count} batches", view.window);
    this.window.value = words;
    this.slider.setAttribute("aria-valuetext", words);
    for (const [unit, each] of this.units) {
      each.ariaPressed = String(view.unit === unit);
      each.disabled = !runs.has(unit);
    }
    this.missing.textContent = runs.has("seconds") ? "" : _("times come with the first epoch");
    this.logLoss.ariaPressed = String(view.logLoss);
    this.logSteps.ariaPressed = String(view.logSteps);
    this.logSteps.textContent = logWords(view.unit);
    this.showWhole.disabled = this.zoomOut.disabled = view.zoom === null;
  }
}

function logWords(unit) {
  return { batch: _("Log batches"), epoch: _("Log epochs"), seconds: _("Log seconds") }[unit];
}

function button(text, onclick) {
  return make("button", { type: "button", onclick }, text);
}
