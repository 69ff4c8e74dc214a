// The drawing drawn again, stroke by stroke, with the bars moving along.

import { wantsStillness } from "../../shared/dom.js";
import { _ } from "../../shared/words.js";

const PACE = 320; // units of the sheet a second, at speed 1
const LIFTED = 70; // units that the time between two strokes is worth
const SPOT = 12; // units that a filled cell is worth
const STILL = 900; // ms a stroke, for those who want no motion

// How far along the drawing's way each stroke begins and ends.
export function filmOf(strokes) {
  let end = 0;
  const parts = strokes.map((stroke) => {
    const start = end;
    end = start + lengthOf(stroke);
    const part = { stroke, start, end };
    end += stroke.tool === "cell" ? 0 : LIFTED;
    return part;
  });
  return { parts, length: parts.length ? parts.at(-1).end : 0 };
}

// What is drawn after a way: whole strokes, and the one under the pen.
export function frameAt({ parts }, way) {
  const done = parts.filter((part) => part.end <= way).map((part) => part.stroke);
  const next = parts[done.length];
  const under = next && next.stroke.points && way > next.start ? cut(next.stroke, way - next.start) : null;
  return { done, under };
}

function lengthOf(stroke) {
  if (!stroke.points) return stroke.tool === "cell" ? SPOT : LIFTED;
  let length = SPOT;
  for (let at = 2; at < stroke.points.length; at += 2) length += step(stroke.points, at);
  return length;
}

function step(points, at) {
  return Math.hypot(points[at] - points[at - 2], points[at + 1] - points[at - 1]);
}

function cut(stroke, way) {
  const points = stroke.points.slice(0, 2);
  for (let at = 2, gone = 0; at < stroke.points.length; at += 2) {
    const length = step(stroke.points, at);
    const share = length ? Math.min(1, (way - gone) / length) : 1;
    const [x, y] = [0, 1].map((axis) => {
      const from = stroke.points[at - 2 + axis];
      return from + (stroke.points[at + axis] - from) * share;
    });
    points.push(x, y);
    gone += length;
    if (share < 1) break;
  }
  return { ...stroke, points };
}

export class Film {
  // show(frame): puts a frame onto the sheet, and with null the whole drawing again.
  constructor(root, show) {
    this.projected = show;
    this.button = root.querySelector("[data-do=play]");
    this.speed = root.querySelector(".speed");
  }

  get running() {
    return Boolean(this.film);
  }

  start(strokes) {
    this.film = filmOf(strokes);
    this.way = 0;
    this.done = 0;
    this.mark();
    if (wantsStillness()) this.still();
    else this.due = requestAnimationFrame((at) => this.roll(at, at));
  }

  roll(at, last) {
    this.way += ((at - last) / 1000) * PACE * Number(this.speed.value);
    if (this.way >= this.film.length) return this.stop();
    this.show(this.way);
    this.due = requestAnimationFrame((next) => this.roll(next, at));
  }

  // No motion: a whole stroke at a time.
  still() {
    const part = this.film.parts[this.done];
    if (!part) return this.stop();
    this.show(part.end);
    this.timer = setTimeout(() => this.still(), STILL / Number(this.speed.value));
  }

  show(way) {
    const frame = frameAt(this.film, way);
    this.done = frame.done.length;
    this.projected(frame);
  }

  stop() {
    if (!this.running) return;
    cancelAnimationFrame(this.due);
    clearTimeout(this.timer);
    this.film = null;
    this.mark();
    this.projected(null);
  }

  mark() {
    this.button.ariaPressed = String(this.running);
    this.button.querySelector("span").textContent = this.running ? _("Stop") : _("Replay");
  }
}
