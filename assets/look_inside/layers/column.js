// A layer in the overview: its title, and below it its first maps, its few numbers, or a stripe of its many numbers.

import { paintPixels } from "../../shared/canvas.js";
import { make, setText } from "../../shared/dom.js";
import { _, plural, shortNumber } from "../../shared/words.js";

const MAPS = matchMedia("(pointer: coarse)").matches ? 5 : 8; // fewer where they are as large as a finger
const FEW = 12; // numbers that are shown one by one

export class Column {
  constructor(caption, row, overview) {
    const { title, about, shape, names, total } = caption;
    Object.assign(this, { row, title, names, total, shape, isVector: shape.length === 1 });
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
    if (this.values) this.paint({ values: this.values, scales: this.scales }, lookup);
  }

  name() {
    this.tiles.forEach(({ button, tag }, place) => {
      const unit = this.units[place];
      button.setAttribute("aria-label", this.isStripe ? this.stripeName() : `${this.title}: ${this.nameOf(unit)}`);
      const isMoved = !this.isVector && unit !== place;
      setText(tag, this.isStripe ? "" : this.names ? this.names[unit] : isMoved ? String(unit + 1) : "");
    });
  }

  stripeName() {
    return plural("{count} number", "{count} numbers", this.total);
  }

  nameOf(unit) {
    if (this.names) return this.names[unit];
    return this.isVector ? _("number {number}", { number: unit + 1 }) : _("map {number}", { number: unit + 1 });
  }

  paint({ values, scales }, lookup) {
    Object.assign(this, { values, scales });
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
    this.element.classList.toggle("chosen", isCurrent);
    this.chosen = unit;
    this.tiles.forEach(({ button }, place) => (button.ariaCurrent = this.units[place] === unit ? "true" : null));
  }

  light(units) {
    this.tiles.forEach(({ button }, place) => button.classList.toggle("source", units.includes(this.units[place])));
  }

  tile(unit) {
    return this.isStripe ? null : this.tiles[this.units.indexOf(unit)]?.button;
  }

  // Which unit an element shows: { row, unit }, or undefined.
  unitOf(element) {
    const place = this.isStripe ? -1 : this.tiles.findIndex(({ button }) => button.contains(element));
    return place < 0 ? undefined : { row: this.row, unit: this.units[place] };
  }

  // A unit in words, with its numbers.
  words(unit) {
    const name = { title: this.title, name: this.nameOf(unit) };
    if (this.isVector) return _("{title}, {name}: {value}.", { ...name, value: shortNumber(this.numbers(unit)[0]) });
    const numbers = this.numbers(unit);
    const zeros = numbers.filter((each) => each === 0).length / numbers.length;
    const [, height, width] = this.shape;
    return _("{title}, {name}, {height}×{width}: from {lowest} to {highest}, mean {mean}, {zeros} % zeros.", {
      ...name,
      height,
      width,
      lowest: shortNumber(numbers.reduce((one, other) => Math.min(one, other))),
      highest: shortNumber(numbers.reduce((one, other) => Math.max(one, other))),
      mean: shortNumber(numbers.reduce((one, other) => one + other, 0) / numbers.length),
      zeros: Math.round(100 * zeros),
    });
  }

  numbers(unit) {
    const size = this.isVector ? 1 : this.shape[1] * this.shape[2];
    const scale = this.scales[this.isVector ? 0 : unit] / 127;
    return Array.from(this.values.subarray(unit * size, (unit + 1) * size), (each) => each * scale);
  }
}
