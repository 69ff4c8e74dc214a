// Drawing with mouse, pen or finger.

import { SHEET } from "./strokes.js";

const PALM = 1500; // ms after a pen in which a touch is a palm
const ERASER = 5; // the button at the other end of a pen

export class PointerPen {
  // pen: begin(place, erases), draw(places) and end(); places are on the sheet.
  constructor(canvas, pen) {
    Object.assign(this, { canvas, pen });
    this.pointer = null; // the one that draws
    this.penAt = -Infinity;
    canvas.onpointerdown = (event) => this.down(event);
    canvas.onpointermove = (event) => this.move(event);
    canvas.onpointerup = canvas.onpointercancel = (event) => this.up(event);
    canvas.oncontextmenu = (event) => event.preventDefault();
  }

  down(event) {
    const { pointerType, pointerId, button, timeStamp } = event;
    if (pointerType === "pen") this.penAt = timeStamp;
    const palm = pointerType === "touch" && timeStamp - this.penAt < PALM;
    const erases = button === ERASER;
    if (this.pointer !== null || palm || (button !== 0 && !erases)) return;
    this.pointer = pointerId;
    this.canvas.setPointerCapture(pointerId);
    this.box = this.canvas.getBoundingClientRect();
    this.pen.begin(this.place(event), erases);
  }

  move(event) {
    if (event.pointerId !== this.pointer) return;
    if (event.pointerType === "pen") this.penAt = event.timeStamp;
    const events = event.getCoalescedEvents?.() ?? [];
    this.pen.draw((events.length ? events : [event]).map((each) => this.place(each)));
  }

  up(event) {
    if (event.pointerId !== this.pointer) return;
    this.pointer = null;
    this.pen.end();
  }

  // The stroke under it is given up.
  rest() {
    this.pointer = null;
  }

  place({ clientX, clientY }) {
    const { left, top, width } = this.box;
    return [clientX - left, clientY - top].map((place) => (place / width) * SHEET);
  }
}
