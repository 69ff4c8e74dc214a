// A row of a network: its caption, and its tiles on a canvas.

import { make } from "../dom.js";
import { arrange, paintTiles } from "../tiles.js";
import { _, grouped, plural, shortNumber } from "../words.js";

export class MapRow {
  constructor({ title, about = "", shape, total = shape[0], names = null, enlarge = 1 }, colors, loupe) {
    const [count, height, width] = shape.length === 3 ? shape : [shape[0], 1, 1];
    Object.assign(this, { title, about, names, colors, total, size: { count, height, width, enlarge } });
    this.isVector = shape.length !== 3;
    this.canvas = make("canvas", { className: "tiles", role: "img" });
    this.range = make("span", { className: "range", title: _("The largest value, above or below zero") });
    this.element = make(
      "section",
      { className: "map-row" },
      make("h4", {}, make("b", {}, title), make("span", { className: "about" }, about, this.truncation()), this.range),
      this.canvas,
    );
    this.canvas.onpointermove = (event) => loupe.show(this, event);
    this.canvas.onpointerdown = (event) => loupe.show(this, event);
    this.canvas.onpointerleave = (event) => event.pointerType === "touch" || loupe.hide();
    this.values = null;
    this.isVisible = false;
    this.describe();
  }

  truncation() {
    const { count } = this.size;
    const text = _("(the first {count} of {total})", { count, total: grouped(this.total) });
    return count < this.total ? ` ${text}` : "";
  }

  fit(room) {
    const plan = arrange(this.size, Math.max(room, 40));
    if (this.plan?.columns === plan.columns) return;
    this.plan = plan;
    this.canvas.width = plan.width;
    this.canvas.height = plan.height;
    this.canvas.style.width = `${plan.width * plan.css}px`;
    this.context = this.canvas.getContext("2d");
    this.image = this.context.createImageData(plan.width, plan.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.draw();
  }

  paint(values, scales) {
    this.values = values;
    this.scales = scales;
    this.draw();
  }

  clear() {
    if (this.values) this.paint(null, null);
  }

  recolor(colors) {
    this.colors = colors;
    this.draw();
  }

  draw() {
    if (!this.plan || !this.isVisible) return;
    const { plan, size } = this;
    this.pixels.fill(this.colors.line);
    const values = this.values ?? new Int8Array(size.count * size.height * size.width);
    paintTiles(this.pixels, plan, size, values, this.colors.lookup);
    this.clearUnused();
    this.context.putImageData(this.image, 0, 0);
    const largest = this.scales ? this.scales.reduce((most, scale) => Math.max(most, scale), 0) : null;
    const text = largest === null ? "" : `±${shortNumber(largest)}`;
    if (this.range.textContent !== text) this.range.textContent = text;
  }

  // Makes the unused positions in the last line transparent: they are not zeros.
  clearUnused() {
    const {
      plan,
      size: { count },
    } = this;
    const taken = count % plan.columns;
    if (!taken) return;
    const from = taken * plan.pitch + plan.gap;
    for (let y = plan.height - plan.rise; y < plan.height; y++) {
      this.pixels.fill(0, y * plan.width + from, (y + 1) * plan.width);
    }
  }

  // The positions of tiles in the list of rows, in CSS pixels.
  frames(tiles) {
    const {
      plan,
      canvas,
      size: { count, height, width },
    } = this;
    if (!plan) return [];
    return tiles
      .filter((tile) => tile < count)
      .map((tile) => ({
        first: tile === tiles[0],
        x: canvas.offsetLeft + (plan.gap + (tile % plan.columns) * plan.pitch) * plan.css - 1,
        y: canvas.offsetTop + (plan.gap + Math.floor(tile / plan.columns) * plan.rise) * plan.css - 1,
        width: width * plan.block * plan.css + 2,
        height: height * plan.block * plan.css + 2,
      }));
  }

  value(tile, top, left) {
    const { height, width } = this.size;
    const scale = this.scales[this.isVector ? 0 : tile];
    return (this.values[(tile * height + top) * width + left] / 127) * scale;
  }

  tileName(tile) {
    if (this.names) return this.names[tile];
    const number = tile + 1;
    return this.isVector ? _("number {number}", { number }) : _("map {number}", { number });
  }

  describe() {
    const { count, height, width } = this.size;
    const what = this.isVector
      ? plural("{count} number", "{count} numbers", count)
      : plural("{count} map of {height}×{width}", "{count} maps of {height}×{width}", count, { height, width });
    const about = { title: this.title, what };
    this.canvas.setAttribute(
      "aria-label",
      this.values
        ? _("{title}: {what}, from {lowest} to {highest}, the highest in {tile}", { ...about, ...this.figures() })
        : _("{title}: {what}, nothing drawn yet", about),
    );
  }

  figures() {
    const { count, height, width } = this.size;
    let [lowest, highest, strongest] = [Infinity, -Infinity, 0];
    for (let tile = 0; tile < count; tile++) {
      for (let i = 0; i < height * width; i++) {
        const value = this.value(tile, Math.floor(i / width), i % width);
        if (value > highest) [highest, strongest] = [value, tile];
        if (value < lowest) lowest = value;
      }
    }
    return { lowest: shortNumber(lowest), highest: shortNumber(highest), tile: this.tileName(strongest) };
  }
}
