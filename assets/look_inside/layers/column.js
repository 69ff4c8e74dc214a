// A layer in the overview: its title, and below it its first maps, its few numbers, or a stripe of its many numbers.

import { paintPixels } from "../../shared/canvas.js";
import { make, setText } from "../../shared/dom.js";
import { plural } from "../../shared/words.js";

const MAPS = matchMedia("(pointer: coarse)").matches ? 5 : 8; // fewer where they are as large as a finger
const FEW = 12; // numbers that are shown one by one

export class Column {
  // maps: the MapRow of the layer. overview: has goTo(row), pick(row, unit) and reachButton(button).
  constructor(caption, maps, row, overview) {
    const { title, about, shape, total } = caption;
    Object.assign(this, { maps, row, shape, total, isVector: shape.length === 1 });
    this.isStripe = this.isVector && shape[0] > FEW;
    this.head = make("button", { type: "button", tabIndex: -1 }, make("b", {}, title), make("span", {}, about));
    this.head.onclick = () => overview.goTo(row);
    const count = this.isStripe ? 1 : Math.min(this.isVector ? FEW : MAPS, shape[0]);
    this.tiles = Array.from({ length: count }, () => this.makeTile(overview));
    this.units = this.tiles.map((_each, unit) => unit);
    const more = this.isStripe ? 0 : total - count;
    this.more = make("span", { className: "more", ariaHidden: "true" }, more > 0 ? `+ ${more}` : "");
    const tiles = this.tiles.map(({ button }) => button);
    this.buttons = [this.head, ...tiles];
    for (const button of this.buttons) button.onfocus = () => overview.reachButton(button);
    const kind = this.isStripe ? "stripe" : this.isVector ? "numbers" : "maps";
    this.element = make("div", { className: `column ${kind}` }, this.head, make("div", {}, ...tiles, this.more));
    this.name();
  }

  makeTile(overview) {
    const canvas = make("canvas", { width: 1, height: 1, ariaHidden: "true" });
    const tag = make("span", { className: "tag", ariaHidden: "true" });
    const button = make("button", { type: "button", className: "tile", tabIndex: -1 }, canvas, tag);
    const tile = { button, canvas, tag };
    button.onclick = () => (this.isStripe ? overview.goTo(this.row) : overview.pick(this.row, this.unitAt(tile)));
    return tile;
  }

  unitAt(tile) {
    return this.units[this.tiles.indexOf(tile)];
  }

  // Has a unit among the shown ones: if need be, in place of the last.
  require(unit, lookup) {
    if (this.isStripe || this.total <= this.tiles.length) return;
    const last = this.tiles.length - 1;
    const shown = unit !== null && unit > last && unit < this.shape[0] ? unit : last;
    if (shown === this.units[last]) return;
    this.units[last] = shown;
    this.name();
    if (this.values) this.paint(this.values, lookup);
  }

  name() {
    const { title, names } = this.maps;
    this.tiles.forEach(({ button, tag }, place) => {
      const unit = this.units[place];
      const name = this.isStripe ? plural("{count} number", "{count} numbers", this.total) : this.maps.tileName(unit);
      button.setAttribute("aria-label", `${title}: ${name}`);
      const isMoved = !this.isVector && unit !== place;
      setText(tag, this.isStripe ? "" : names ? names[unit] : isMoved ? String(unit + 1) : "");
    });
  }

  paint(values, lookup) {
    this.values = values;
    const [height, width] = this.isVector ? [this.isStripe ? this.shape[0] : 1, 1] : this.shape.slice(1);
    const size = height * width;
    this.tiles.forEach(({ canvas }, place) => {
      const from = this.units[place] * size;
      paintPixels(canvas, width, height, (pixels) => {
        for (let i = 0; i < size; i++) pixels[i] = lookup[values[from + i] & 255];
      });
    });
  }

  mark(isCurrent, unit) {
    this.head.ariaCurrent = isCurrent && unit === null ? "true" : null;
    this.tiles.forEach(({ button }, place) => (button.ariaCurrent = this.units[place] === unit ? "true" : null));
  }

  light(units) {
    if (this.isStripe) return;
    this.tiles.forEach(({ button }, place) => button.classList.toggle("source", units.includes(this.units[place])));
  }

  // Where a unit is: an element, and how far down in it; null for one that is not shown.
  placeOf(unit) {
    if (this.isStripe) return { element: this.tiles[0].button, down: (unit + 0.5) / this.shape[0] };
    const tile = this.tiles[this.units.indexOf(unit)];
    return tile ? { element: tile.button, down: 0.5 } : null;
  }

  // Which unit an element shows: { row, unit }, or undefined.
  unitOf(element) {
    const place = this.isStripe ? -1 : this.tiles.findIndex(({ button }) => button.contains(element));
    return place < 0 ? undefined : { row: this.row, unit: this.units[place] };
  }
}
