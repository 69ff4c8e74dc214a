// The filter that makes the selected map: its kernels, the largest first, with their numbers.

import { make, setText } from "../../shared/dom.js";
import { FeatureMaps } from "../../shared/feature_maps/feature_maps.js";
import { saveRowButton } from "../../shared/feature_maps/save_row.js";
import { helpOf } from "../../shared/part.js";
import { _, shortNumber } from "../../shared/words.js";
import { FILTERS_HELP, filterWords } from "./filters.js";

const LARGEST = 6; // kernels that are written out in numbers
const WIDEST = 7; // of a kernel whose numbers are written out
// families of layers in which one map makes one map
export const KEEPS_MAPS = ["activation", "normalization", "pooling", "regularization"];

export class Kernels {
  constructor() {
    this.title = _("Filter");
    this.about = make("p");
    this.largest = make("div", { className: "largest" });
    this.more = make("button", { type: "button", onclick: () => this.showAll() });
    this.all = make("div", { className: "all" });
    this.words = make("p", { className: "figures" });
    const [help, words] = helpOf(this.title, FILTERS_HELP);
    const head = make("div", { className: "titled" }, this.about, help);
    const parts = [head, words, this.largest, this.more, this.all, this.words];
    this.element = make("div", { className: "filter" }, ...parts);
  }

  // Whether a filter makes the selected map: one of its own row, or of one before that hands its maps on.
  show({ layer, unit }, { captions, filters, untrained }) {
    const each = layer.includes(".") ? undefined : filterOf(captions, filters, Number(layer));
    if (!each || unit >= each.shown) return false;
    this.paint(each, unit);
    setText(this.words, filterWords(each, untrained));
    return true;
  }

  paint(each, filter) {
    Object.assign(this, { each, filter });
    const { inputs, row, width } = each;
    this.order = kernelsBySize(each, filter);
    const written = width <= WIDEST ? this.order.slice(0, LARGEST) : [];
    const names = { filter: filter + 1, row: row + 1 };
    setText(
      this.about,
      written.length < inputs
        ? _("Filter {filter} of row {row} makes this map. Its largest kernels:", names)
        : _("Filter {filter} of row {row} makes this map.", names),
    );
    this.largest.replaceChildren(...written.map((kernel) => this.figure(kernel)));
    this.more.hidden = this.opened || written.length === inputs;
    setText(this.more, _("All {count} kernels, the largest first", { count: inputs }));
    this.all.hidden = !this.opened || written.length === inputs;
    if (!this.all.hidden) this.paintAll();
  }

  showAll() {
    this.opened = true;
    this.paint(this.each, this.filter);
    this.all.querySelector(".board").focus({ preventScroll: true });
  }

  paintAll() {
    const { each, order, filter } = this;
    const { inputs, height, width } = each;
    const size = height * width;
    this.maps ??= new FeatureMaps(this.all, { seamless: true });
    const names = order.map((input) => fromMap(input));
    const title = _("All kernels of filter {filter}", { filter: filter + 1 });
    this.maps.layout([{ title, shape: [inputs, height, width], names, enlarge: 2 }]);
    this.maps.rows[0].addTool(saveRowButton(this.maps.rows[0], `filter-${each.row}-${filter}`));
    const places = order.map((input) => filter * inputs + input);
    const values = new Int8Array(inputs * size);
    places.forEach((place, at) => values.set(each.values.subarray(place * size, (place + 1) * size), at * size));
    this.maps.recolor();
    this.maps.paint([{ values, scales: places.map((place) => each.scales[place]) }]);
    this.maps.describe();
  }

  figure(input) {
    const { each, filter } = this;
    const weights = weightsOf(each, filter * each.inputs + input);
    const most = Math.max(...weights.map(Math.abs)) || 1;
    const cells = weights.map((weight) => {
      const cell = make("span", {}, twoDigits(weight));
      const tone = weight < 0 ? "--negative" : "--positive";
      const share = Math.round((55 * Math.abs(weight)) / most);
      cell.style.background = `color-mix(in srgb, var(${tone}) ${share}%, var(--st-background-color))`;
      return cell;
    });
    const label = `${fromMap(input)}: ${weights.map(twoDigits).join(", ")}`;
    const grid = make("div", { className: "numbers", role: "img", "aria-label": label }, ...cells);
    grid.style.gridTemplateColumns = `repeat(${each.width}, 1fr)`;
    return make("figure", {}, grid, make("figcaption", { ariaHidden: "true" }, fromMap(input)));
  }

  remove() {
    this.maps?.remove();
  }
}

// The filters of a row, or of the nearest row before it from which its maps come one by one; undefined if there are
// none.
export function filterOf(captions, filters, row) {
  for (let at = row; at >= 0; at--) {
    const found = filters.find((each) => each.row === at);
    if (found || !KEEPS_MAPS.includes(captions[at].family)) return found;
  }
  return undefined;
}

function weightsOf({ values, scales, height, width }, place) {
  const kernel = values.subarray(place * height * width, (place + 1) * height * width);
  return Array.from(kernel, (value) => (value / 127) * scales[place]);
}

// The inputs of a filter, the one with the largest kernel first.
export function kernelsBySize(each, filter) {
  const { inputs } = each;
  const sizes = Array.from({ length: inputs }, (_each, input) =>
    weightsOf(each, filter * inputs + input).reduce((sum, weight) => sum + weight * weight, 0),
  );
  return [...sizes.keys()].sort((one, other) => sizes[other] - sizes[one]);
}

function twoDigits(weight) {
  return shortNumber(Number(weight.toPrecision(2)));
}

function fromMap(input) {
  return _("on map {map}", { map: input + 1 });
}
