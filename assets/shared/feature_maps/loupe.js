import { paintPixels } from "../canvas.js";
import { make, setText } from "../dom.js";

// Shows the tile under the pointer enlarged, with the value under it. Follows the values while they change.
export class Loupe {
  // about: what else is said of a tile: { element, words, show(row, tile), hide() }; words is a list of texts.
  constructor(host, about = null) {
    this.about = about;
    this.canvas = make("canvas", { width: 1, height: 1 });
    this.spot = make("i");
    this.frame = make("div", { className: "frame" }, this.canvas, this.spot);
    this.caption = make("p");
    const parts = [this.frame, this.caption, ...(about ? [about.element] : [])];
    this.element = make("div", { className: "loupe", hidden: true }, ...parts);
    host.append(this.element);
    this.onTapElsewhere = () => this.hide();
  }

  // After a tap it stays until the next one.
  show(row, event) {
    const hit = row.hit(event);
    if (!hit) return this.hide();
    this.open(row, hit);
    this.place(event.clientX, event.clientY);
    if (event.pointerType === "touch")
      addEventListener("pointerdown", this.onTapElsewhere, { capture: true, once: true });
  }

  // Shows it next to a tile, for the keyboard.
  point(row, at) {
    if (!row.plan || !row.values) return this.hide();
    this.open(row, at);
    const { left, top } = row.canvas.getBoundingClientRect();
    const { x, y, width, height } = row.place(at.tile);
    this.place(left + x + width, top + y + height);
  }

  open(row, { tile, top, left }) {
    const isOther = this.at?.row !== row || this.at.tile !== tile;
    this.at = { row, tile, top, left };
    this.element.hidden = false;
    this.paint();
    if (isOther) this.about?.show(row, tile);
  }

  hide() {
    removeEventListener("pointerdown", this.onTapElsewhere, { capture: true });
    if (this.at) this.about?.hide();
    this.at = null;
    this.element.hidden = true;
  }

  refresh() {
    if (!this.at) return;
    const { row, tile } = this.at;
    if (!row.values) return this.hide();
    this.paint();
    this.about?.show(row, tile);
  }

  paint() {
    const { row, tile, top, left } = this.at;
    this.frame.hidden = row.isVector;
    if (!row.isVector) this.enlarge(row, tile, top, left);
    setText(this.caption, row.text(tile, top, left));
  }

  enlarge(row, tile, top, left) {
    const { height, width } = row.size;
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.style.aspectRatio = `${width} / ${height}`;
      this.spot.style.width = `${100 / width}%`;
      this.spot.style.height = `${100 / height}%`;
    }
    const values = row.values.subarray(tile * height * width);
    paintPixels(this.canvas, width, height, (pixels) => {
      for (let i = 0; i < pixels.length; i++) pixels[i] = row.colors.lookup[values[i] & 255];
    });
    this.spot.style.left = `${(100 * left) / width}%`;
    this.spot.style.top = `${(100 * top) / height}%`;
  }

  // Moves it next to the pointer, but never off the screen.
  place(x, y) {
    const { offsetWidth, offsetHeight, offsetParent, style } = this.element;
    const origin = offsetParent.getBoundingClientRect();
    const beside = x + 20 + offsetWidth < innerWidth ? x + 20 : x - 20 - offsetWidth;
    style.left = `${Math.max(4, beside) - origin.left}px`;
    style.top = `${Math.max(4, Math.min(y + 20, innerHeight - offsetHeight - 4)) - origin.top}px`;
  }
}
