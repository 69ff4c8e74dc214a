// Drawing with mouse, pen or finger.

import { SHEET } from "./strokes.js";

const PALM = 1500; // ms after a pen during which a touch counts as a palm
const ERASER = 5; // the button at the back end of a pen

export class PointerPen {
  // pen: begin(point, erases), draw(points) and end(); points are in sheet coordinates.
  constructor(canvas, pen) {
    Object.assign(this, { canvas, pen });
    this.pointer = null; // the one that is drawing
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
    this.pen.begin(this.point(event), erases);
  }

  move(event) {
    if (event.pointerId !== this.pointer) return;
    if (event.pointerType === "pen") this.penAt = event.timeStamp;
    const events = event.getCoalescedEvents?.() ?? [];
    this.pen.draw((events.length ? events : [event]).map((each) => this.point(each)));
  }

  up(event) {
    if (event.pointerId !== this.pointer) return;
    this.pointer = null;
    this.pen.end();
  }

  // Abandons the current stroke.
  rest() {
    this.pointer = null;
  }

  point({ clientX, clientY }) {
    const { left, top, width } = this.box;
    return [clientX - left, clientY - top].map((offset) => (offset / width) * SHEET);
  }
}
