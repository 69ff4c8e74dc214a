// Points on a canvas, each a sign in a color. Pointer and arrow keys look at one of them, a click or Enter opens it.

import { make } from "../../shared/dom.js";

const EDGE = 16; // CSS pixels around the points
const REACH = 22; // CSS pixels from the pointer within which a point counts as meant
const SIGN = 0.75; // the size of a sign, in the page's letters
const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

export class Scatter {
  // look(index): this point is looked at, or none (null); open(index).
  constructor({ look, open }) {
    Object.assign(this, { look, open, points: [], at: null });
    this.canvas = make("canvas", { tabIndex: 0, role: "application" });
    this.ring = make("i", { className: "ring", hidden: true });
    this.element = make("div", { className: "plot" }, this.canvas, this.ring);
    this.canvas.onpointermove = (event) => this.point(event);
    this.canvas.onpointerleave = (event) => this.leave(event);
    this.canvas.onclick = (event) => this.click(event);
    this.canvas.onkeydown = (event) => this.key(event);
    this.canvas.onfocus = () => this.canvas.matches(":focus-visible") && this.at === null && this.goTo(this.middle());
    this.watch = new ResizeObserver(() => this.paint());
    this.watch.observe(this.canvas);
  }

  rest() {
    this.watch.disconnect();
  }

  // points: [[x, y], ...]; sign(index): { mark, color, above } of a point, null for one that is only hinted at.
  show(points, sign, faint) {
    if (points !== this.points) this.goTo(null);
    Object.assign(this, { points, sign, faint });
    this.paint();
    if (this.at !== null && !this.signs[this.at]) this.goTo(null);
  }

  paint() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const sharp = devicePixelRatio || 1;
    Object.assign(this.canvas, { width: width * sharp, height: height * sharp });
    const context = this.canvas.getContext("2d");
    context.scale(sharp, sharp);
    this.places = this.paintOn(context, width, height);
    if (this.at !== null) this.goTo(this.at);
  }

  // Paints the points in this room; returns their places there.
  paintOn(context, width, height) {
    const places = arranged(this.points, width, height);
    const letter = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    context.font = `600 ${SIGN * letter}px sans-serif`;
    Object.assign(context, { textAlign: "center", textBaseline: "middle" });
    this.signs = places.map((_place, index) => this.sign(index));
    context.fillStyle = this.faint;
    places.forEach(([x, y], index) => this.signs[index] === null && context.fillRect(x - 1, y - 1, 2, 2));
    for (const above of [false, true]) {
      this.signs.forEach((sign, index) => {
        if (!sign || sign.above !== above) return;
        context.fillStyle = sign.color;
        context.fillText(sign.mark, ...places[index]);
      });
    }
    return places;
  }

  // A mouse that rests while the page is scrolled below it, by keys for example, points at nothing.
  point(event) {
    if (event.pointerType !== "mouse" || !(event.movementX || event.movementY)) return;
    this.mouse = [event.screenX, event.screenY];
    this.goTo(this.under(event));
  }

  leave({ pointerType, screenX, screenY }) {
    const [x, y] = this.mouse ?? [screenX, screenY];
    if (pointerType === "mouse" && (screenX !== x || screenY !== y)) this.goTo(null);
  }

  // A finger looks first; what it looks at can then be opened.
  click(event) {
    const found = this.under(event);
    const isMouse = event.pointerType === "mouse";
    if (isMouse && found !== null) this.open(found);
    else if (!isMouse) this.goTo(found);
  }

  key(event) {
    const arrow = ARROWS[event.key];
    if (event.key === "Enter" && this.at !== null) this.open(this.at);
    else if (event.key === "Escape") this.goTo(null);
    else if (arrow && this.points.length) this.goTo(this.at === null ? this.middle() : this.beside(this.at, arrow));
    else return;
    event.preventDefault();
  }

  goTo(index) {
    if (index !== this.at) this.look(index);
    this.at = index;
    this.ring.hidden = index === null;
    if (index === null) return;
    const [x, y] = this.places[index];
    Object.assign(this.ring.style, { left: `${x}px`, top: `${y}px` });
  }

  under({ offsetX, offsetY }) {
    return this.nearest(([x, y]) => {
      const distance = Math.hypot(x - offsetX, y - offsetY);
      return distance < REACH ? distance : Infinity;
    });
  }

  middle() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    return this.nearest(([x, y]) => Math.hypot(x - width / 2, y - height / 2));
  }

  // The nearest point in the direction of an arrow; the same one if there is none.
  beside(index, [right, down]) {
    const [left, top] = this.places[index];
    const found = this.nearest(([x, y]) => {
      const along = (x - left) * right + (y - top) * down;
      const aside = Math.abs((x - left) * down) + Math.abs((y - top) * right);
      return along > 0.5 && aside <= along ? along + 2 * aside : Infinity;
    });
    return found ?? index;
  }

  // The shown point for which distance(place) is the smallest; null if it is infinite for all.
  nearest(distance) {
    let [best, least] = [null, Infinity];
    this.places?.forEach((place, index) => {
      const found = this.signs[index] ? distance(place) : Infinity;
      if (found < least) [best, least] = [index, found];
    });
    return best;
  }
}

// The places of points in a room, with one scale for both axes; y grows upwards.
export function arranged(points, width, height) {
  const [low, high] = [
    [Infinity, Infinity],
    [-Infinity, -Infinity],
  ];
  for (const point of points) {
    for (const axis of [0, 1]) {
      low[axis] = Math.min(low[axis], point[axis]);
      high[axis] = Math.max(high[axis], point[axis]);
    }
  }
  const spans = [high[0] - low[0], high[1] - low[1]];
  const scale = Math.min((width - 2 * EDGE) / (spans[0] || 1), (height - 2 * EDGE) / (spans[1] || 1));
  const [x0, y0] = [(width - scale * spans[0]) / 2, (height + scale * spans[1]) / 2];
  return points.map(([x, y]) => [x0 + scale * (x - low[0]), y0 - scale * (y - low[1])]);
}
