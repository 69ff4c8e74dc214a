import { paintPixels } from "../canvas.js";
import { make } from "../dom.js";
import { tileAt } from "../tiles.js";
import { _, shortNumber } from "../words.js";

// Shows the tile under the pointer enlarged, with the value under it. Follows the values while they change.
export class Loupe {
  constructor(host) {
    this.canvas = make("canvas", { width: 1, height: 1 });
    this.spot = make("i");
    this.frame = make("div", { className: "frame" }, this.canvas, this.spot);
    this.caption = make("p");
    this.element = make("div", { className: "loupe", hidden: true }, this.frame, this.caption);
    host.append(this.element);
    this.onTapElsewhere = () => this.hide();
  }

  // After a tap it stays until the next one.
  show(row, event) {
    const { plan } = row;
    const hit = plan && tileAt(row.size, plan, event.offsetX / plan.css, event.offsetY / plan.css);
    if (!hit || !row.values) return this.hide();
    this.at = { row, ...hit };
    this.element.hidden = false;
    this.refresh();
    this.place(event.clientX, event.clientY);
    if (event.pointerType === "touch")
      addEventListener("pointerdown", this.onTapElsewhere, { capture: true, once: true });
  }

  hide() {
    removeEventListener("pointerdown", this.onTapElsewhere, { capture: true });
    this.at = null;
    this.element.hidden = true;
  }

  refresh() {
    if (!this.at) return;
    const { row, tile, top, left } = this.at;
    if (!row.values) return this.hide();
    const { height, width } = row.size;
    this.frame.hidden = row.isVector;
    if (!row.isVector) this.enlarge(row, tile, top, left);
    const at = { tile: row.tileName(tile), value: shortNumber(row.value(tile, top, left)) };
    this.caption.textContent =
      height * width > 1
        ? _("{tile}, row {row}, column {column}: {value}", { ...at, row: top + 1, column: left + 1 })
        : `${at.tile}: ${at.value}`;
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
