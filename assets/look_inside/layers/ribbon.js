// The map of the page: every layer of the network in a line, with the map that has most to show. The arrow keys lead
// from one to the next.

import { paintPicture, paintPixels } from "../../shared/canvas.js";
import { make } from "../../shared/dom.js";
import { _ } from "../../shared/words.js";

const STEPS = { ArrowLeft: -1, ArrowRight: 1 };

export class Ribbon {
  // pick(row): a layer is chosen.
  constructor(pick) {
    this.pick = pick;
    this.list = make("div", { className: "line", role: "group", ariaLabel: _("Layers of the network") });
    this.list.onkeydown = (event) => this.key(event);
    this.element = make("div", { className: "ribbon" }, this.list);
    this.buttons = [];
  }

  layout(captions) {
    this.input = make("canvas", { ariaHidden: "true" });
    this.buttons = captions.map(({ title, about }, row) => {
      const parts = [make("canvas", { ariaHidden: "true" }), make("b", {}, title), make("span", {}, about)];
      return make("button", { type: "button", tabIndex: row ? -1 : 0, onclick: () => this.pick(row) }, ...parts);
    });
    this.list.replaceChildren(make("div", { className: "input" }, this.input), ...this.buttons);
    this.row = undefined;
  }

  key(event) {
    const at = this.buttons.indexOf(event.target);
    const to = { Home: 0, End: this.buttons.length - 1 }[event.key] ?? at + STEPS[event.key];
    if (at < 0 || !this.buttons[to]) return;
    event.preventDefault();
    event.stopPropagation();
    this.reach(to);
    this.buttons[to].focus();
  }

  // One of them is reached with Tab.
  reach(row) {
    this.buttons.forEach((button, each) => (button.tabIndex = each === row ? 0 : -1));
  }

  mark(row) {
    if (row === this.row) return;
    this.row = row;
    this.buttons.forEach((button, each) => (button.ariaCurrent = each === row ? "true" : null));
    if (row === null) return;
    this.reach(row);
    const { offsetLeft, offsetWidth } = this.buttons[row];
    this.list.scrollTo({ left: offsetLeft - (this.list.clientWidth - offsetWidth) / 2 });
  }

  paint({ picture, rows }, inks, lookup) {
    paintPicture(this.input, picture, inks);
    rows.forEach((row, index) => paintStrongest(this.buttons[index].firstChild, row.values, lookup));
  }
}

// Of a vector all numbers, from top to bottom.
function paintStrongest(canvas, values, lookup) {
  const [count, height, width] = values.shape;
  if (count === 1 && height === 1) {
    canvas.classList.add("vector");
    return paintPixels(canvas, 1, width, (pixels) =>
      pixels.forEach((_each, i) => (pixels[i] = lookup[values[i] & 255])),
    );
  }
  const size = height * width;
  const from = strongest(values, count, size) * size;
  paintPixels(canvas, width, height, (pixels) => {
    for (let i = 0; i < size; i++) pixels[i] = lookup[values[from + i] & 255];
  });
}

function strongest(values, count, size) {
  let [best, most] = [0, -1];
  for (let map = 0; map < count; map++) {
    let sum = 0;
    for (let i = map * size; i < (map + 1) * size; i++) sum += Math.abs(values[i]);
    if (sum > most) [best, most] = [map, sum];
  }
  return best;
}
