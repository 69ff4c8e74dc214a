// A row of a network: its caption, and its tiles on a canvas.

import { make, setText } from "../dom.js";
import { arrange, paintTiles, screenScale, tileAt, wholeLine } from "../tiles.js";
import { _, grouped, plural, shortNumber } from "../words.js";
import { Frames } from "./frames.js";
import { NameTags } from "./name_tags.js";

export class MapRow {
  // pick(position): called on a click on a number, which then shows no loupe for a finger; null: a click does nothing.
  constructor(caption, colors, loupe, pick = null) {
    const { title, shape, total = shape[0], names = null, enlarge = 1, signed = true, share = false } = caption;
    const [count, height, width] = shape.length === 3 ? shape : [shape[0], 1, 1];
    Object.assign(this, { title, names, colors, total, signed, share, size: { count, height, width, enlarge } });
    const [, wholeHeight = 1, wholeWidth = 1] = caption.whole ?? shape;
    Object.assign(this, { pick, whole: { height: wholeHeight, width: wholeWidth } });
    this.isVector = shape.length !== 3;
    this.canvas = make("canvas", { className: pick ? "tiles pickable" : "tiles", role: "img" });
    this.spot = make("i", { className: "spot", hidden: true });
    this.board = make("div", { className: "board" }, this.canvas, this.spot);
    this.frames = new Frames(this);
    this.tools = [];
    this.tags = names && this.isVector ? new NameTags(this.board, names.slice(0, count)) : null;
    this.element = make("section", { className: "map-row", "data-step": "" }, ...this.head(caption), this.board);
    this.canvas.onpointermove = (event) => this.look(loupe, event);
    this.canvas.onpointerdown = (event) => this.look(loupe, event);
    this.canvas.onpointerleave = (event) => event.pointerType === "touch" || loupe.hide();
    this.canvas.onclick = () => this.choose(this.aim);
    this.values = null;
    this.isVisible = false;
    this.describe();
  }

  // A button of this row; Tab leads to it where it leads to the row.
  addTool(button) {
    button.tabIndex = this.board.tabIndex;
    this.tools.push(button);
    this.element.prepend(make("div", { className: "row-tools" }, ...this.tools));
  }

  setStop(isStop) {
    for (const each of [this.board, ...this.tools]) each.tabIndex = isStop ? 0 : -1;
  }

  head({ title, library, about = "", sentence }) {
    this.range = make("span", { className: "range" });
    const texts = [library, `${about}${this.truncation()}`].filter(Boolean);
    const gray = texts.map((text) => make("span", { className: "about" }, text));
    const heading = make("h3", {}, make("b", {}, title), ...gray, this.range);
    return sentence ? [heading, make("p", { className: "sentence" }, make("span", {}, sentence))] : [heading];
  }

  truncation() {
    const { count } = this.size;
    const text = _("(the first {count} of {total})", { count, total: grouped(this.total) });
    return count < this.total ? ` ${text}` : "";
  }

  fit(room) {
    const scale = screenScale();
    const foot = this.tags?.height(arrange({ ...this.size, scale }, room)) ?? 0;
    const plan = arrange({ ...this.size, scale, foot }, Math.max(room, 40));
    if (JSON.stringify(plan) === JSON.stringify(this.plan)) return;
    this.plan = plan;
    this.canvas.width = plan.width;
    this.canvas.height = plan.height;
    this.canvas.style.width = `${plan.width * plan.css}px`;
    this.tags?.place(plan, this.size.height);
    this.spot.hidden = true;
    this.frames.place();
    this.context = this.canvas.getContext("2d");
    this.image = this.context.createImageData(plan.width, plan.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.draw();
  }

  // exact: the numbers of a short vector as they are.
  paint(values, scales, exact = null) {
    Object.assign(this, { values, scales, exact });
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
    setText(this.range, this.rangeText());
  }

  rangeText() {
    if (!this.scales) return "";
    const most = shortNumber(this.scales.reduce((largest, scale) => Math.max(largest, scale), 0));
    return this.signed ? _("scale ±{most}", { most }) : _("scale 0 … {most}", { most });
  }

  // Makes what is no tile transparent, so that it does not look like zeros: the positions after the last tile, and the
  // room for names below each line.
  clearUnused() {
    const {
      plan,
      size: { count, height },
    } = this;
    const bottom = height * plan.block + plan.gap;
    for (let top = plan.gap; top < plan.height; top += plan.rise) {
      this.pixels.fill(0, (top + bottom) * plan.width, (top + plan.rise) * plan.width);
    }
    const taken = count % plan.columns;
    if (!taken) return;
    const from = taken * plan.pitch + plan.gap;
    for (let y = plan.height - plan.rise; y < plan.height; y++) {
      this.pixels.fill(0, y * plan.width + from, (y + 1) * plan.width);
    }
  }

  // On a picture of the row that is `times` as large: paper where no tile is, and the names.
  finish(context, times) {
    const [paper, ink] = this.colors.theme.map((color) => `rgb(${color})`);
    const { width, height } = context.canvas;
    Object.assign(context, { globalCompositeOperation: "destination-over", fillStyle: paper });
    context.fillRect(0, 0, width, height);
    Object.assign(context, { globalCompositeOperation: "source-over", fillStyle: ink });
    this.tags?.paint(context, times, this.plan, this.size.height);
  }

  // A click picks what the loupe shows: its own event has whole pixels only, and may be about the number beside.
  look(loupe, event) {
    this.aim = this.hit(event);
    if (!this.pick || event.pointerType !== "touch") loupe.show(this, event);
  }

  // The shown number under a pointer; null if there is none.
  hit({ offsetX, offsetY }) {
    return this.plan && this.values && tileAt(this.size, this.plan, offsetX / this.plan.css, offsetY / this.plan.css);
  }

  // Picks a shown number; returns whether there is one to pick.
  choose(at) {
    if (!at || !this.pick || !this.values) return false;
    this.pick(this.isVector ? [at.tile] : [at.tile, ...this.wholePlace(at)]);
    return true;
  }

  // Where in the layer's own map a shown number is: in the middle of those of which it is the mean.
  wholePlace({ top, left }) {
    const { size, whole } = this;
    return [wholeLine(top, size.height, whole.height), wholeLine(left, size.width, whole.width)];
  }

  // The positions of tiles in the list of rows, in CSS pixels.
  tileFrames(tiles) {
    if (!this.plan) return [];
    const { offsetLeft, offsetTop } = this.board;
    return tiles
      .filter((tile) => tile < this.size.count)
      .map((tile) => {
        const { x, y, width, height } = this.place(tile);
        return { first: tile === tiles[0], x: offsetLeft + x, y: offsetTop + y, width, height };
      });
  }

  // A tile with the line around it, in CSS pixels from the corner of the canvas.
  place(tile) {
    const { plan, size } = this;
    return {
      x: (plan.gap + (tile % plan.columns) * plan.pitch) * plan.css - 1,
      y: (plan.gap + Math.floor(tile / plan.columns) * plan.rise) * plan.css - 1,
      width: size.width * plan.block * plan.css + 2,
      height: size.height * plan.block * plan.css + 2,
    };
  }

  // Frames the tile that the keyboard is on; null for none.
  select(tile) {
    this.spot.hidden = tile === null;
    if (tile === null) return;
    const { x, y, width, height } = this.place(tile);
    this.spot.style.cssText = `left: ${x}px; top: ${y}px; width: ${width}px; height: ${height}px`;
  }

  value(tile, top, left) {
    if (this.exact) return this.exact[tile];
    const { height, width } = this.size;
    const scale = this.scales[this.isVector ? 0 : tile];
    return (this.values[(tile * height + top) * width + left] / 127) * scale;
  }

  // The number of a tile that is farthest from zero: { top, left }.
  strongest(tile) {
    const { height, width } = this.size;
    const values = this.values.subarray(tile * height * width, (tile + 1) * height * width);
    const index = values.reduce((most, value, each) => (Math.abs(value) > Math.abs(values[most]) ? each : most), 0);
    return { top: Math.floor(index / width), left: index % width };
  }

  valueText(tile, top, left, exact) {
    const value = exact ?? this.value(tile, top, left);
    if (!this.share || !Number.isFinite(value)) return shortNumber(value);
    const isCoarse = !this.exact && exact === undefined && this.scales[0] > 1; // a scale beyond 1, for shares
    return `${isCoarse ? "≈ " : ""}${Math.round(100 * value)} %`;
  }

  // The text about one number; `exact`: the number, if it is known better than the maps have it.
  text(tile, top, left, exact) {
    const { height, width } = this.size;
    const at = { tile: this.tileName(tile), value: this.valueText(tile, top, left, exact) };
    return height * width > 1
      ? _("{tile}, row {row}, column {column}: {value}", { ...at, row: top + 1, column: left + 1 })
      : `${at.tile}: ${at.value}`;
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

  // The least and largest number of the tiles from `first` up to `end`, and which tile has the largest.
  figures(first = 0, end = this.size.count) {
    const { height, width } = this.size;
    let [lowest, highest, strongest] = [Infinity, -Infinity, first];
    for (let tile = first; tile < end; tile++) {
      for (let i = 0; i < height * width; i++) {
        const value = this.value(tile, Math.floor(i / width), i % width);
        if (value > highest) [highest, strongest] = [value, tile];
        if (value < lowest) lowest = value;
      }
    }
    return { lowest: shortNumber(lowest), highest: shortNumber(highest), tile: this.tileName(strongest) };
  }
}
