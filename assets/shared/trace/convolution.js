// A convolution: the window's cells times the filter's, one input channel at a time.

import { make, setText } from "../dom.js";
import { _, plural, sentences, shortNumber } from "../words.js";
import { Channels, channelNames } from "./channels.js";
import { Equation } from "./equation.js";
import { NumberGrid, Pointing } from "./grid.js";
import { product } from "./numbers.js";
import { paddingOf, positionOf, strongest, strongestAt } from "./window.js";

export class Convolution {
  constructor({ walk, palette }) {
    Object.assign(this, { walk, palette });
    this.patch = new NumberGrid("");
    this.filter = new NumberGrid(_("filter"));
    this.products = new NumberGrid(_("products"));
    this.grids = [this.patch, this.filter, this.products];
    const sign = (text) => make("i", { className: "sign", ariaHidden: "true" }, text);
    const [patch, filter, products] = this.grids.map((grid) => grid.element);
    const left = make("div", {}, patch, sign("×"), filter);
    this.board = make("div", { className: "grids" }, left, make("div", {}, sign("="), products));
    this.pointed = make("p", { className: "pointed" });
    this.partial = make("p", { className: "partial" });
    this.channels = new Channels((index) => this.choose(index));
    this.equation = new Equation();
    const parts = [this.board, this.pointed, this.partial, this.channels.element, this.equation.element];
    this.element = make("div", { className: "view" }, ...parts);
    this.pointing = new Pointing(this.board, this.grids, {
      point: () => this.say(),
      pick: (index) => this.pick(index),
    });
  }

  layout(data) {
    const { rows, columns, channels } = data.window;
    this.names = channelNames(data);
    this.board.classList.toggle("open", data.before.layer !== "picture");
    this.chosen = null;
    this.cells = rows.length * columns.length;
    this.grids.forEach((grid) => grid.layout(rows.length, columns.length));
    const labels = this.names.map((name, index) =>
      data.before.layer === "picture" ? name : String(channels[index] + 1),
    );
    this.partial.hidden = channels.length === 1; // then it is the sum of all
    this.channels.layout(this.names, labels, _("What each map adds to the sum; choose one to see its products"));
    const count = this.cells * channels.length;
    const sum = plural("sum of {count} product", "sum of {count} products", count);
    this.equation.layout([
      ["", sum],
      ...(data.bias === null ? [] : [["+", _("bias")]]),
      ["=", data.bias === null ? _("this number; the layer has no bias") : _("this number")],
    ]);
  }

  // steady: whether to stay at the channel that is shown, though another one may contribute more.
  update(data, steady) {
    this.data = data;
    this.padding = paddingOf(data);
    if (this.chosen === null) {
      if (!steady || this.shown === undefined || this.shown >= this.names.length)
        this.shown = strongestAt(data.channel_sums);
    } else this.shown = this.chosen;
    this.paint();
    const { sum, bias, value } = data;
    this.equation.update(bias === null ? [sum, value] : [sum, bias, value]);
  }

  choose(index) {
    this.chosen = index;
    this.shown = index;
    this.paint();
  }

  paint() {
    const { data, cells, shown } = this;
    const part = (all) => all.subarray(shown * cells, (shown + 1) * cells);
    const products = data.values.map((value, index) => value * data.weights[index]);
    const numbers = [data.values, data.weights, products];
    this.grids.forEach((grid, index) => {
      const padding = index === 1 ? null : this.padding;
      grid.update(part(numbers[index]), strongest(numbers[index]), this.palette, padding);
    });
    setText(this.patch.name, this.names[shown]);
    const sum = shortNumber(data.channel_sums[shown]);
    setText(this.partial, _("Sum of the products with {channel}: {sum}", { channel: this.names[shown], sum }));
    this.channels.update(data.channel_sums, shown);
    this.say();
  }

  // What is pointed at, as an arithmetic.
  say() {
    const { lit } = this.pointing;
    if (lit === null) return setText(this.pointed, this.hint());
    const index = this.shown * this.cells + lit;
    const arithmetic = product(this.data.values[index], this.data.weights[index]);
    if (this.padding[lit]) return setText(this.pointed, _("0 (padding): {arithmetic}", { arithmetic }));
    const [, y, x] = positionOf(this.data, lit);
    setText(this.pointed, _("row {row}, column {column}: {arithmetic}", { row: y + 1, column: x + 1, arithmetic }));
  }

  hint() {
    const point =
      this.data.before.layer === "picture"
        ? _("Point at a cell for its product.")
        : _("Point at a cell for its product; click on it to go there.");
    return sentences(this.padding.includes(true) && _("Striped cells are padding, 0."), point);
  }

  pick(index) {
    const { before } = this.data;
    if (before.layer === "picture" || this.padding[index]) return;
    this.walk(before.layer, positionOf(this.data, index, this.shown));
  }

  words(data) {
    const { sum, bias, value, channel_sums: sums } = data;
    const most = strongestAt(sums);
    const about = { sum: shortNumber(sum), bias: shortNumber(bias ?? 0), value: shortNumber(value) };
    const strong = { channel: this.names[most], most: shortNumber(sums[most]) };
    return sentences(
      _("The numbers in the window times those of the filter add up to {sum}, with the bias {bias} to {value}.", about),
      this.names.length > 1 && _("The largest part is from {channel}: {most}.", strong),
    );
  }
}
