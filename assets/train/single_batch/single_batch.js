// A batch that was trained on its own: its pictures with the answers before and after the step, and what it moved.

import { paintPicture, paintPixels } from "../../shared/canvas.js";
import { colorsOf, inkColors, isDark, signedColors } from "../../shared/colors.js";
import { make, mountOnce } from "../../shared/dom.js";
import { unpack } from "../../shared/unpack.js";
import { _, plural } from "../../shared/words.js";

const LONG = 3; // letters; longer names of classes need wider pictures
const STEPS = 127; // of a color from zero to the largest weight

class Batch {
  constructor(parent) {
    this.root = make("div", { className: "lab batch", "data-step": "" });
    parent.append(this.root);
  }

  remove() {
    this.root.remove();
  }

  update(body) {
    const colors = colorsOf(this.root, "--st-background-color", "--st-text-color");
    this.inks = inkColors(...colors);
    this.root.classList.toggle("dark", isDark(colors[0]));
    const [positive, negative] = colorsOf(this.root, "--positive", "--negative");
    this.signs = signedColors(colors[0], positive, negative);
    const head = [make("h3", {}, body.title), make("p", { role: "status" }, body.words)];
    const parts = [this.pictures(body), steps(body), this.filters(body)];
    this.root.replaceChildren(...head, make("div", { className: "parts" }, ...parts.filter(Boolean)));
  }

  pictures({ pictures, answers, chances, some }) {
    const [, channels, height, width] = pictures.shape;
    const size = channels * height * width;
    const wide = answers.flat().some((name) => name.length > LONG);
    const items = answers.map((names, index) => {
      const picture = Object.assign(pictures.subarray(index * size, (index + 1) * size), {
        shape: [channels, height, width],
      });
      const canvas = make("canvas", { role: "img", "aria-label": storyOf(names) });
      paintPicture(canvas, picture, this.inks);
      return item(canvas, names, chances[index]);
    });
    const about = _(
      "As they went into the network, each with its class. Below it are the answers before and after the step, right " +
        "(✓) or wrong (✗), and the bars show how probable the right class was.",
    );
    const list = make("ul", { className: wide ? "pictures wide" : "pictures" }, ...items);
    const title = plural("{count} picture", "{count} pictures", answers.length);
    return section("shown", title, [about, some].filter(Boolean).join(" "), list);
  }

  filters({ filters, filter_shape: shape }) {
    if (!filters.length) return null;
    const about = _(
      "Of the first convolution, those that moved most in proportion to their size; the colors of the difference " +
        "are enlarged. Orange is above zero, blue below.",
    );
    const rows = filters.map((filter) => {
      const moved = filter.after.map((value, place) => value - filter.before[place]);
      const most = largest([...filter.before, ...filter.after]);
      const kernels = [
        [_("before the step"), filter.before, most],
        [_("after the step"), filter.after, most],
        [_("difference"), moved, largest(moved)],
      ].map(([name, weights, scale]) => this.kernels(filter.number, name, weights, scale, shape));
      return make("tr", {}, make("th", { scope: "row" }, String(filter.number)), ...kernels);
    });
    const heads = [_("Filter"), _("before the step"), _("after the step"), _("difference")];
    return section("filters", _("Filters that moved most"), about, table(heads, rows));
  }

  // One picture for each input map of a filter.
  kernels(number, name, weights, scale, [inputs, height, width]) {
    const size = height * width;
    const drawn = Array.from({ length: inputs }, (_each, input) => {
      const canvas = make("canvas", {});
      paintPixels(canvas, width, height, (pixels) => {
        for (let i = 0; i < size; i++) {
          const share = Math.round((STEPS * weights[input * size + i]) / scale);
          pixels[i] = this.signs[share & 255];
        }
      });
      return canvas;
    });
    const label = _("filter {number}, {name}", { number, name });
    return make("td", {}, make("div", { className: "kernels", role: "img", "aria-label": label }, ...drawn));
  }
}

function largest(values) {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
}

function item(canvas, [label, before, after], [chanceBefore, chanceAfter]) {
  const answer = (name, when) => {
    const right = name === label;
    return make("span", { className: `${when} ${right ? "right" : "wrong"}` }, right ? "✓" : `✗ ${name}`);
  };
  const arrow = make("span", { className: "arrow" }, "→");
  const bars = [chanceBefore, chanceAfter].map((chance) => {
    const fill = make("i");
    fill.style.width = `${100 * chance}%`;
    return make("div", { className: "bar" }, fill);
  });
  const words = make("div", { className: "answers" }, answer(before, "before"), arrow, answer(after, "after"));
  const shown = make("div", { ariaHidden: "true" }, make("b", {}, label), words, ...bars);
  const changed = (before === label) !== (after === label);
  return make("li", { className: changed ? "changed" : "" }, canvas, shown);
}

function storyOf([label, before, after]) {
  const words = (answer) =>
    answer === label ? _("{answer}, which is right", { answer }) : _("{answer}, which is wrong", { answer });
  const story = { label, before: words(before), after: words(after) };
  return _("{label}: before the step the answer was {before}, after it {after}", story);
}

function section(name, title, about, ...content) {
  const head = [make("h4", {}, title), make("p", { className: "about" }, about)];
  return make("section", { className: name }, ...head, ...content);
}

function table(heads, rows) {
  const head = make("tr", {}, ...heads.map((text) => make("th", { scope: "col" }, text)));
  return make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows));
}

// How far each row's weights moved, in proportion to their size.
function steps({ layers }) {
  if (!layers.length) return null;
  const most = largest(layers.map((each) => each.ratio));
  const rows = layers.map(({ name, ratio }) => {
    const fill = make("i");
    fill.style.width = `${(100 * ratio) / most}%`;
    const bar = make("div", { className: "bar", ariaHidden: "true" }, fill);
    const percent = `${Number((100 * ratio).toPrecision(2))} %`;
    return make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, percent), make("td", {}, bar));
  });
  const about = _("The change of a row's weights in this one step, in proportion to their size.");
  return section("moves", _("How far the weights moved"), about, table([_("Row"), _("moved by"), ""], rows));
}

export default function ({ data, parentElement }) {
  const batch = mountOnce(parentElement, () => new Batch(parentElement));
  batch.update(unpack(data));
}
