// Which part of the runs the charts show, on what axes, and which lines. New data never touches it.

import { UNITS } from "./axes.js";

export const WINDOWS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]; // batches that an average covers
const KEPT = "cnnlab.smoothing"; // in the browser's local storage

export class View {
  constructor(runs) {
    this.runs = runs;
    this.unit = UNITS[0];
    this.zoom = null; // [from, to] in this unit; null: the whole run
    this.logLoss = false;
    this.logSteps = false;
    this.hidden = new Set(); // of lines or runs that were clicked away in the legend
    this.chosenWindow = keptWindow(); // 0: never chosen
  }

  // How many batches the averages cover: as chosen, else what suits the length of the run.
  get window() {
    const suits = (size) => Math.abs(Math.log(size / (this.runs.span || 1)));
    return this.chosenWindow || WINDOWS.reduce((best, size) => (suits(size) < suits(best) ? size : best));
  }

  setWindow(size) {
    this.chosenWindow = size;
    try {
      localStorage.setItem(KEPT, String(size));
    } catch {} // without storage it lasts as long as the page
  }

  // Shows the same part of the first run on another axis.
  setUnit(unit) {
    const [first] = this.runs.list;
    const steps = this.zoom?.map((place) => first.stepAt(place));
    this.unit = unit;
    this.runs.setUnit(unit);
    const zoom = steps?.map((step) => first.at(step));
    this.zoom = zoom?.every(Number.isFinite) && zoom[1] > zoom[0] ? zoom : null;
  }

  toggle(line) {
    if (!this.hidden.delete(line)) this.hidden.add(line);
  }

  shows(line) {
    return !this.hidden.has(line);
  }

  range() {
    const [from, to] = this.zoom ?? this.runs.whole();
    const least = this.runs.places(1)[0]; // no logarithm of 0
    return this.logSteps ? [Math.max(least, from), Math.max(2 * least, to)] : [from, to];
  }

  // The place at a share of the axis's length.
  placeAt(share) {
    const [from, to] = this.range();
    const place = this.logSteps ? from * (to / from) ** share : from + share * (to - from);
    return Math.max(from, Math.min(to, place));
  }
}

function keptWindow() {
  try {
    const kept = Number(localStorage.getItem(KEPT));
    return WINDOWS.includes(kept) ? kept : 0;
  } catch {
    return 0;
  }
}
