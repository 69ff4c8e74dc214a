// A first visit: a pale digit draws itself once on the blank sheet, and the bars follow it. It is not ink: nothing is
// kept, and it ends with the first touch or key.

import { prefersReducedMotion } from "../../shared/dom.js";
import { filmOf, frameAt } from "./film.js";

const GREETED = "cnnlab.greeted"; // in the browser's storage: set once the digit was shown
const PACE = 200; // units of the sheet per second
const HELD = 1400; // ms for which the whole digit stays
const FADING = 700; // ms; the transition in drawing_pad.css
const FOUR = [
  { tool: "pen", width: 20, points: [128, 52, 112, 92, 96, 128, 78, 166, 118, 167, 158, 166, 206, 163] },
  { tool: "pen", width: 20, points: [168, 112, 164, 150, 160, 190, 157, 236] },
];

export class Ghost {
  // show(frame): shows a frame on the sheet, or with null the drawing again. answered(): resolves once it was read.
  // isFirst: no drawing was found to start with.
  constructor(root, { isFirst, show, answered }) {
    Object.assign(this, { root, show, answered });
    this.running = false;
    this.over = !isFirst;
    for (const kind of ["pointerdown", "keydown", "dragenter"]) {
      root.addEventListener(kind, () => this.stop(), { capture: true });
    }
  }

  // Draws the digit, if it was never shown in this browser; without storage it would be shown too often.
  greet() {
    if (this.over || this.running || !claimed()) return;
    this.running = true;
    this.root.classList.add("ghost");
    if (prefersReducedMotion()) this.show({ done: FOUR, current: null });
    else this.due = requestAnimationFrame((at) => this.roll(filmOf(FOUR), at, at));
  }

  roll(film, began, now) {
    const length = ((now - began) / 1000) * PACE;
    this.show(frameAt(film, length));
    if (length < film.length) this.due = requestAnimationFrame((next) => this.roll(film, began, next));
    else this.hold();
  }

  async hold() {
    await this.answered();
    if (this.running) this.timer = setTimeout(() => this.fade(), HELD);
  }

  fade() {
    this.root.classList.add("fading");
    this.timer = setTimeout(() => this.stop(), FADING);
  }

  stop() {
    this.over = true;
    if (!this.running) return;
    cancelAnimationFrame(this.due);
    clearTimeout(this.timer);
    this.running = false;
    this.root.classList.remove("ghost", "fading");
    this.show(null);
  }
}

// Whether this is the first call in this browser.
function claimed() {
  try {
    const first = localStorage.getItem(GREETED) === null;
    localStorage.setItem(GREETED, "yes");
    return first;
  } catch {
    return false;
  }
}
