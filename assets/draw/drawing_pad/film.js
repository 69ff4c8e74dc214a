// The replay of the drawing, stroke by stroke, while the bars follow.

import { prefersReducedMotion } from "../../shared/dom.js";
import { _ } from "../../shared/words.js";

const PACE = 320; // units of the sheet per second, at speed 1
const LIFTED = 70; // length in units of a pause between two strokes
const SPOT = 12; // length in units of a filled cell
const STILL = 900; // ms per stroke, if the user prefers no motion

// The start and end of each stroke along the drawing's total length.
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

// What is drawn after a length: finished strokes, and the current one.
export function frameAt({ parts }, length) {
  const done = parts.filter((part) => part.end <= length).map((part) => part.stroke);
  const next = parts[done.length];
  const current = next && next.stroke.points && length > next.start ? cut(next.stroke, length - next.start) : null;
  return { done, current };
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

// The beginning of a stroke, up to a length.
function cut(stroke, end) {
  const points = stroke.points.slice(0, 2);
  for (let at = 2, covered = 0; at < stroke.points.length; at += 2) {
    const length = step(stroke.points, at);
    const share = length ? Math.min(1, (end - covered) / length) : 1;
    const [x, y] = [0, 1].map((axis) => {
      const from = stroke.points[at - 2 + axis];
      return from + (stroke.points[at + axis] - from) * share;
    });
    points.push(x, y);
    covered += length;
    if (share < 1) break;
  }
  return { ...stroke, points };
}

export class Film {
  // show(frame): shows a frame on the sheet, or with null the whole drawing again.
  constructor(root, show) {
    this.showFrame = show;
    this.button = root.querySelector("[data-do=play]");
    this.speed = root.querySelector(".speed");
  }

  get running() {
    return Boolean(this.film);
  }

  start(strokes) {
    this.film = filmOf(strokes);
    this.position = 0;
    this.done = 0;
    this.mark();
    if (prefersReducedMotion()) this.still();
    else this.due = requestAnimationFrame((at) => this.roll(at, at));
  }

  roll(at, last) {
    this.position += ((at - last) / 1000) * PACE * Number(this.speed.value);
    if (this.position >= this.film.length) return this.stop();
    this.show(this.position);
    this.due = requestAnimationFrame((next) => this.roll(next, at));
  }

  // Without motion: one whole stroke at a time.
  still() {
    const part = this.film.parts[this.done];
    if (!part) return this.stop();
    this.show(part.end);
    this.timer = setTimeout(() => this.still(), STILL / Number(this.speed.value));
  }

  show(position) {
    const frame = frameAt(this.film, position);
    this.done = frame.done.length;
    this.showFrame(frame);
  }

  stop() {
    if (!this.running) return;
    cancelAnimationFrame(this.due);
    clearTimeout(this.timer);
    this.film = null;
    this.mark();
    this.showFrame(null);
  }

  mark() {
    this.button.ariaPressed = String(this.running);
    this.button.querySelector("span").textContent = this.running ? _("Stop") : _("Replay");
  }
}
