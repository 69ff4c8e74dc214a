// A dense layer: all numbers of a vector times their weights, the largest products first.

import { make, setText } from "../dom.js";
import { _, plural, sentences, shortNumber } from "../words.js";
import { Strip } from "./channels.js";
import { Equation } from "./equation.js";
import { placeName } from "./numbers.js";

const SHOWN = 10; // products

export class Dense {
  constructor({ walk }) {
    this.walk = walk;
    this.title = make("p", { className: "quiet" });
    this.rows = Array.from({ length: SHOWN }, () => this.row());
    this.others = new Row(make("div", { className: "term rest" }));
    const list = make("div", { className: "terms" }, ...this.rows.map((row) => row.element), this.others.element);
    this.equation = new Equation();
    this.strip = new Strip();
    const parts = [this.title, list, this.strip.element, this.equation.element];
    this.element = make("div", { className: "view" }, ...parts);
  }

  row() {
    const row = new Row(make("button", { type: "button", className: "term" }));
    row.element.onclick = () => this.walk(this.data.before.layer, [row.index]);
    return row;
  }

  layout({ values, bias, layout }) {
    const count = values.length;
    this.most = 0;
    this.strip.layout(layout);
    this.rows.forEach((row, place) => (row.element.hidden = place >= count));
    this.others.element.hidden = count <= SHOWN;
    setText(
      this.title,
      count > SHOWN
        ? _("The {shown} largest of {count} products", { shown: SHOWN, count })
        : plural("{count} product", "{count} products, the largest first", count),
    );
    this.equation.layout([
      ["", plural("sum of {count} product", "sum of {count} products", count)],
      ...(bias === null ? [] : [["+", _("bias")]]),
      ["=", bias === null ? _("this number; the layer has no bias") : _("this number")],
    ]);
  }

  update(data) {
    this.data = data;
    const { values, weights, sum, bias, value } = data;
    const products = values.map((each, index) => each * weights[index]);
    const order = farthest(products, SHOWN);
    const rest = sum - order.reduce((total, index) => total + products[index], 0);
    this.most = Math.max(this.most, Math.abs(products[order[0]]));
    order.forEach((index, place) => {
      this.rows[place].index = index;
      const factors = `${shortNumber(values[index])} × ${shortNumber(weights[index])}`;
      this.rows[place].update(inputName(data, index), factors, products[index], this.most);
    });
    const count = values.length - SHOWN;
    if (count > 0) this.others.update(plural("and {count} other", "and {count} others", count), "", rest, this.most);
    this.equation.update(bias === null ? [sum, value] : [sum, bias, value]);
    this.strip.update(products);
    this.first = order[0];
  }

  words(data) {
    const { values, weights, sum, bias, value } = data;
    const largest = {
      name: inputName(data, this.first),
      product: shortNumber(values[this.first] * weights[this.first]),
    };
    const about = { sum: shortNumber(sum), bias: shortNumber(bias ?? 0), value: shortNumber(value) };
    return sentences(
      _("The products of all numbers and their weights add up to {sum}, with the bias {bias} to {value}.", about),
      _("The largest part is from {name}: {product}.", largest),
    );
  }
}

// A product: its name, its factors, a bar from the middle, and its number.
class Row {
  constructor(element) {
    this.element = element;
    this.name = make("span", { className: "name" });
    this.factors = make("span", { className: "factors" });
    this.bar = make("i");
    this.product = make("b");
    element.append(this.name, this.factors, make("span", { className: "track" }, this.bar), this.product);
  }

  update(name, factors, product, most) {
    setText(this.name, name);
    setText(this.factors, factors);
    setText(this.product, `${product > 0 ? "+" : ""}${shortNumber(product)}`);
    this.bar.className = product < 0 ? "below" : "";
    this.bar.style.transform = `scaleX(${most ? product / most : 0})`;
  }
}

// The indices of the products that are farthest from zero, the largest first.
function farthest(products, count) {
  const found = [];
  products.forEach((product, index) => {
    const size = Math.abs(product);
    if (found.length === count && size <= Math.abs(products[found.at(-1)])) return;
    const place = found.findIndex((other) => Math.abs(products[other]) < size);
    found.splice(place < 0 ? found.length : place, 0, index);
    if (found.length > count) found.pop();
  });
  return found;
}

// A number of a flattened map is called by its place there.
function inputName({ layout }, index) {
  if (!layout) return placeName([index]);
  const [, height, width] = layout;
  const place = index % (height * width);
  return placeName([Math.floor(index / (height * width)), Math.floor(place / width), place % width]);
}
