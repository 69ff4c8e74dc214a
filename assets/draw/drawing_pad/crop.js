// The part of a photo that is read: a rectangle dragged with mouse or finger, or moved with the keyboard.

import { _ } from "../../shared/words.js";
import { ARROWS } from "./keys.js";

const MAX_SIDE = 1200; // of the photo here, in pixels; the lab reads a third of it
const MIN_SIDE = 40; // of a photo in which there is something to choose
const WHOLE = { left: 0, top: 0, right: 1, bottom: 1 }; // a part's edges, as fractions of the photo
const SMALLEST = 0.05; // of the photo's width and height
const STEP = 0.02; // of the photo's width and height, for each press of an arrow key

const within = (value, low, high) => Math.max(low, Math.min(high, value));

// The part between two points of the photo, which may lie outside; null if it is too small to be meant.
export function partBetween(one, other) {
  const [left, right] = [one[0], other[0]].map((x) => within(x, 0, 1)).sort((a, b) => a - b);
  const [top, bottom] = [one[1], other[1]].map((y) => within(y, 0, 1)).sort((a, b) => a - b);
  return Math.min(right - left, bottom - top) < SMALLEST ? null : { left, top, right, bottom };
}

// The part after an arrow key: moved, but not off the photo.
export function moved({ left, top, right, bottom }, [rightwards, downwards]) {
  const [across, down] = [within(rightwards * STEP, -left, 1 - right), within(downwards * STEP, -top, 1 - bottom)];
  return { left: left + across, top: top + down, right: right + across, bottom: bottom + down };
}

// The part after an arrow key with Shift: its right and its lower edge are moved.
export function resized({ left, top, right, bottom }, [rightwards, downwards]) {
  return {
    left,
    top,
    right: within(right + rightwards * STEP, left + SMALLEST, 1),
    bottom: within(bottom + downwards * STEP, top + SMALLEST, 1),
  };
}

export class Crop {
  // read(part): reads a picture, a Blob. announce(text): for screen readers.
  constructor(root, { read, announce }) {
    Object.assign(this, { read, announce });
    this.element = root.querySelector(".crop");
    this.frame = root.querySelector(".crop-photo");
    this.canvas = this.frame.querySelector("canvas");
    this.box = root.querySelector(".crop-box");
    this.part = WHOLE;
    root.querySelector(".crop-read").onclick = () => this.take();
    this.box.onkeydown = (event) => this.key(event);
    this.frame.onpointerdown = (event) => this.begin(event);
    this.frame.onpointermove = (event) => this.from && this.drag(event);
    this.frame.onpointerup = (event) => this.end(event);
    this.frame.onpointercancel = () => (this.from = null);
  }

  // Shows the photo of a file, if the browser can; all of it is the part at first.
  async load(file) {
    this.canvas.width = this.canvas.height = 0;
    this.show(WHOLE);
    const picture = await createImageBitmap(file).catch(() => null); // the lab knows more formats
    if (!picture) return;
    const scale = Math.min(1, MAX_SIDE / Math.max(picture.width, picture.height));
    this.canvas.width = Math.round(picture.width * scale);
    this.canvas.height = Math.round(picture.height * scale);
    this.canvas.getContext("2d").drawImage(picture, 0, 0, this.canvas.width, this.canvas.height);
    picture.close();
  }

  // Offers what was loaded; returns whether there is something to offer.
  offer() {
    this.element.hidden = Math.min(this.canvas.width, this.canvas.height) < MIN_SIDE;
    return !this.element.hidden;
  }

  hide() {
    this.element.hidden = true;
  }

  focus() {
    this.box.focus({ preventScroll: true });
    this.element.scrollIntoView({ block: "nearest" });
  }

  show(part) {
    this.part = part;
    const { left, top, right, bottom } = part;
    const sides = { left, top, width: right - left, height: bottom - top };
    for (const [name, share] of Object.entries(sides)) this.box.style[name] = `${100 * share}%`;
  }

  point({ clientX, clientY }) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return [(clientX - left) / width, (clientY - top) / height];
  }

  begin(event) {
    if (event.button) return;
    this.frame.setPointerCapture(event.pointerId);
    this.from = this.point(event);
  }

  drag(event) {
    const part = partBetween(this.from, this.point(event));
    if (part) this.show(part);
  }

  end(event) {
    const part = this.from && partBetween(this.from, this.point(event));
    this.from = null;
    if (part) this.take();
  }

  key(event) {
    const step = ARROWS[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey || !(step || event.key === "Enter")) return;
    event.preventDefault();
    if (!step) return this.take();
    this.show((event.shiftKey ? resized : moved)(this.part, step));
    const shares = Object.entries(this.part).map(([name, share]) => [name, Math.round(100 * share)]);
    this.announce(
      _("From {left} % to {right} % of the width, {top} % to {bottom} % of the height.", Object.fromEntries(shares)),
    );
  }

  // Reads the part.
  take() {
    const { left, top, right, bottom } = this.part;
    const { width, height } = this.canvas;
    const [x, y] = [Math.round(left * width), Math.round(top * height)];
    const cut = document.createElement("canvas");
    cut.width = Math.max(1, Math.round(right * width) - x);
    cut.height = Math.max(1, Math.round(bottom * height) - y);
    cut.getContext("2d").drawImage(this.canvas, -x, -y);
    cut.toBlob((blob) => blob && this.read(blob), "image/png");
  }
}
