// Pooling: the largest number of a window, or their mean.

import { make, setText } from "../dom.js";
import { _, plural, sentences, shortNumber } from "../words.js";
import { channelNames } from "./channels.js";
import { Equation } from "./equation.js";
import { NumberGrid, Pointing } from "./grid.js";
import { aligned, placeName } from "./numbers.js";
import { paddingOf, positionOf, strongest } from "./window.js";

export class Pooling {
  constructor({ walk, palette }) {
    Object.assign(this, { walk, palette });
    this.grid = new NumberGrid("");
    this.result = make("p", { className: "result" });
    this.equation = new Equation();
    this.pointed = make("p", { className: "pointed" });
    this.board = make("div", { className: "grids large" }, this.grid.element);
    const beside = make("div", { className: "beside" }, this.result, this.equation.element);
    this.element = make(
      "div",
      { className: "view" },
      make("div", { className: "pooling" }, this.board, beside),
      this.pointed,
    );
    this.pointing = new Pointing(this.board, [this.grid], {
      point: () => this.say(),
      pick: (index) => this.pick(index),
    });
  }

  layout(data) {
    const { rows, columns } = data.window;
    const count = rows.length * columns.length;
    const isMax = data.how === "maximum";
    this.board.classList.toggle("open", data.before.layer !== "picture");
    this.grid.layout(rows.length, columns.length);
    this.equation.layout(
      isMax
        ? [["", ""]]
        : [
            ["", plural("sum of {count} number", "sum of {count} numbers", count)],
            ["/", _("how many")],
            ["=", _("the mean")],
          ],
    );
  }

  update(data) {
    this.data = data;
    this.padding = paddingOf(data);
    const isMax = data.how === "maximum";
    const values = Array.from(data.values, (value, index) => (isMax && this.padding[index] ? null : value));
    this.grid.update(values, strongest(values), this.palette, this.padding);
    this.grid.frame(isMax ? this.winner() : null);
    setText(this.grid.name, channelNames(data)[0]);
    setText(this.result, isMax ? this.winnerName() : _("All count alike."));
    if (isMax) {
      this.equation.rename(0, plural("the only number", "the largest of {count} numbers", this.count()));
      this.equation.write([shortNumber(data.value)]);
    } else {
      const [sum, mean] = aligned([data.sum, data.value]);
      this.equation.write([sum, String(data.divisor), mean]);
    }
    this.say();
  }

  // How many numbers compete: padding does not.
  count() {
    return this.padding.filter((outside) => !outside).length;
  }

  winner() {
    const { winner, window } = this.data;
    return window.rows.indexOf(winner[1]) * window.columns.length + window.columns.indexOf(winner[2]);
  }

  winnerName() {
    const [, y, x] = this.data.winner;
    return _("The winner is in row {row}, column {column}.", { row: y + 1, column: x + 1 });
  }

  say() {
    const { lit } = this.pointing;
    if (lit === null) return setText(this.pointed, this.hint());
    if (this.padding[lit]) return setText(this.pointed, _("padding"));
    const [, y, x] = positionOf(this.data, lit);
    const place = { row: y + 1, column: x + 1, value: shortNumber(this.data.values[lit]) };
    setText(this.pointed, _("row {row}, column {column}: {value}", place));
  }

  hint() {
    const { how, before } = this.data;
    const padding =
      how === "maximum" ? _("Striped cells are padding: they never win.") : _("Striped cells are padding, 0.");
    const point =
      before.layer === "picture"
        ? _("Point at a cell for its number.")
        : _("Point at a cell for its number; click on it to go there.");
    return sentences(this.padding.includes(true) && padding, point);
  }

  pick(index) {
    const { before } = this.data;
    if (before.layer !== "picture" && !this.padding[index]) this.walk(before.layer, positionOf(this.data, index));
  }

  words({ how, sum, divisor, value, winner }) {
    if (how === "mean")
      return _("The numbers of the window add up to {sum}; divided by {divisor} this is {value}.", {
        sum: shortNumber(sum),
        divisor,
        value: shortNumber(value),
      });
    return plural(
      "It is the only number of the window: {place}.",
      "It is the largest of {count} numbers: that of {place}.",
      this.count(),
      { place: placeName(winner) },
    );
  }
}
