// Pointer and keys on the charts: the place under the cursor, in all charts and on the card, and the zoom.

import { Card } from "./card.js";
import { nearest, zoomed } from "./geometry.js";

const MIN_SELECTION = 8; // pixels; anything smaller is a click

export class Cursor {
  // setZoom: shows a range of the axis, or with null all of it.
  constructor(charts, runs, view, setZoom) {
    Object.assign(this, { charts, runs, view, setZoom });
    this.at = null; // the place under the pointer
    this.card = new Card(runs);
    charts.forEach((chart) => this.listen(chart));
  }

  listen(chart) {
    const { svg } = chart;
    svg.onpointerdown = (event) => this.press(event, chart);
    svg.onpointermove = (event) => this.move(event, chart);
    svg.onpointerup = () => this.release();
    svg.onpointercancel = () => this.leave();
    svg.onpointerleave = (event) => event.pointerType === "mouse" && !this.drag && this.leave();
    svg.ondblclick = () => this.setZoom(null);
    svg.onblur = () => this.leave();
    svg.onkeydown = (event) => this.key(event, chart);
    // Only with Ctrl (which a pinch on a touchpad sets too): otherwise the page could not be scrolled.
    svg.addEventListener("wheel", (event) => this.wheel(event, chart), { passive: false });
  }

  press(event, chart) {
    if (event.pointerType === "mouse" && event.button === 0) {
      this.drag = { chart, from: chart.placeAt(event), to: null };
      chart.svg.setPointerCapture(event.pointerId);
    }
    this.move(event, chart);
  }

  move(event, chart) {
    this.at = chart.placeAt(event);
    this.over = chart;
    if (this.drag) this.drag.to = this.at;
    this.paint();
  }

  release() {
    const { drag } = this;
    this.drag = null;
    if (!drag?.to) return;
    const [from, to] = [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)];
    if (drag.chart.x(to) - drag.chart.x(from) > MIN_SELECTION && to - from >= this.least() / 2)
      this.setZoom([from, to]);
    else this.paint();
  }

  leave() {
    this.at = this.drag = null;
    this.paint();
  }

  wheel(event, chart) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.zoom(event.deltaY > 0 ? 1.25 : 0.8, chart.placeAt(event));
  }

  // Zooms about the cursor, else about the middle.
  zoom(factor, about = this.at ?? undefined) {
    this.setZoom(zoomed(this.view.range(), this.runs.whole(), factor, about, this.least()));
  }

  // Four batches, the most that the charts can be zoomed in.
  least() {
    return this.runs.places(4)[0];
  }

  key(event, chart) {
    const [from, to] = this.view.range();
    const places = this.runs.cursorPlaces().filter((place) => place >= from && place <= to);
    const moves = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -1e9, End: 1e9 };
    if (event.key in moves && places.length) {
      const here = this.at === null ? places.length : nearest(places, this.at);
      this.at = places[Math.max(0, Math.min(places.length - 1, here + moves[event.key]))];
      this.over = chart;
      this.paint();
    } else if (event.key === "+" || event.key === "=") this.zoom(0.5);
    else if (event.key === "-") this.view.zoom && this.zoom(2);
    else if (event.key === "0" || event.key === "Escape") this.setZoom(null);
    else return;
    event.preventDefault();
  }

  paint() {
    const place = this.at === null ? null : this.snapped();
    const { drag } = this;
    for (const chart of this.charts)
      chart.paintCursor(place, drag?.to && drag.chart === chart ? [drag.from, drag.to] : null);
    if (place === null) this.card.hide();
    else this.card.show(place, this.over);
  }

  // The place of the measured step nearest to the pointer; null if there is none yet.
  snapped() {
    const places = this.runs.cursorPlaces();
    return places[nearest(places, this.at)] ?? null;
  }
}
