// The health of the network while it learns.

import { paintPicture } from "../../shared/canvas.js";
import { colorsOf, inkColors, isDark } from "../../shared/colors.js";
import { draw, mountOnce, make } from "../../shared/dom.js";
import { FeatureMaps } from "../../shared/feature_maps/feature_maps.js";
import { unpack } from "../../shared/unpack.js";
import { _, listed, shortNumber } from "../../shared/words.js";

const MARK = 0.001; // the healthy update-to-weight ratio
const LOWEST = 1e-6; // where the logarithmic bars start

class Panel {
  constructor(parent) {
    this.where = make("p", { className: "about", role: "status" });
    this.grid = make("div", { className: "grid" });
    this.root = make("div", { className: "lab watched" }, this.where, this.grid);
    parent.append(this.root);
  }

  remove() {
    this.filters?.remove();
    this.root.remove();
  }

  update(body) {
    const [paper, ink] = colorsOf(this.root, "--st-background-color", "--st-text-color");
    this.inks = inkColors(paper, ink);
    this.root.classList.toggle("dark", isDark(paper));
    this.where.textContent = _("Measured {where}.", body);
    this.filters?.remove();
    this.filters = null;
    const parts = [confusion(body), this.samples(body), steps(body), dead(body), histograms(body), this.kernels(body)];
    this.grid.replaceChildren(...parts.filter(Boolean));
    this.paintKernels(body.filters);
  }

  samples({ samples, pictures, classes }) {
    const items = samples.map(({ label, top }, index) => {
      const right = top[0][0] === label;
      const share = (p) => `${Math.round(100 * p)}\u00a0%`;
      const [first, ...others] = top;
      const serious = others.filter(([, p]) => p >= 0.01);
      const words = [
        make("b", {}, `${right ? "✓" : "✗"} ${classes[first[0]]} (${share(first[1])})`),
        ...(right ? [] : [make("span", {}, _("wrong: it is {name}", { name: classes[label] }))]),
        ...(serious.length
          ? [
              make(
                "span",
                {},
                _("then {guesses}", {
                  guesses: listed(serious.map(([place, p]) => `${classes[place]} (${share(p)})`)),
                }),
              ),
            ]
          : []),
      ];
      const picture = pictures ? [this.picture(pictures, index, classes[label])] : [];
      return make("li", { className: right ? "right" : "wrong" }, ...picture, make("div", {}, ...words));
    });
    const each = new Set(samples.map(({ label }) => label)).size === samples.length;
    const about = each
      ? _(
          "One of each class of the test set, always the same, which it never learns from; its best guesses of " +
            "1 % and more, in evaluation mode.",
        )
      : _(
          "Pictures of the test set, always the same, which it never learns from; its best guesses of 1 % and " +
            "more, in evaluation mode.",
        );
    return section(
      _("{count} test pictures", { count: samples.length }),
      about,
      make("ul", { className: "samples" }, ...items),
    );
  }

  picture(pictures, index, name) {
    const [, channels, height, width] = pictures.shape;
    const canvas = make("canvas", { role: "img", "aria-label": _("test picture: {name}", { name }) });
    const size = channels * height * width;
    const picture = pictures.subarray(index * size, (index + 1) * size);
    paintPicture(canvas, Object.assign(picture, { shape: [channels, height, width] }), this.inks);
    return canvas;
  }

  kernels({ filters }) {
    if (!filters) return null;
    this.host = make("div", { className: "filters" });
    const { count, shown, row, when } = filters;
    const values = { row: row + 1, count, shown, when };
    const about =
      shown < count
        ? _(
            "What row {row} looks for in a picture: its {count} filters, the first {shown} are shown, {when}. " +
              "Orange is above zero, blue below.",
            values,
          )
        : _(
            "What row {row} looks for in a picture: its {count} filters, {when}. Orange is above zero, blue below.",
            values,
          );
    return section(_("First filters"), about, this.host);
  }

  paintKernels(filters) {
    if (!filters) return;
    const { shown, inputs, height, width } = filters;
    this.filters = new FeatureMaps(this.host, { seamless: true });
    const names = Array.from({ length: shown * inputs }, (_each, place) =>
      _("filter {filter}", { filter: Math.floor(place / inputs) + 1 }),
    );
    const shape = [shown * inputs, height, width];
    this.filters.layout([{ title: _("First filters"), shape, names, enlarge: 2 }]);
    this.filters.paint([filters]);
    this.filters.describe();
  }
}

function section(title, about, ...content) {
  return make("section", {}, make("h3", {}, title), make("p", { className: "about" }, about), ...content);
}

function table(heads, rows, attributes = {}) {
  const head = make("tr", {}, ...heads.map((text) => make("th", { scope: "col", title: text }, text)));
  return make("table", attributes, make("thead", {}, head), make("tbody", {}, ...rows));
}

const cell = (...content) => make("td", {}, ...content);
const rowHead = (text) => make("th", { scope: "row", title: text }, text);

function confusion({ confusion: matrix, classes, confused, matrix_when: when }) {
  const rows = matrix.map((counts, truth) => {
    const sum = counts.reduce((total, count) => total + count, 0) || 1;
    const cells = counts.map((count, answer) => {
      const share = count / sum;
      const kind = `${truth === answer ? "right" : ""} ${share > 0.45 ? "strong" : ""}`;
      const title = _("{truth} answered as {answer}: {count}", {
        truth: classes[truth],
        answer: classes[answer],
        count,
      });
      const shade = `background: color-mix(in srgb, var(--validation) ${Math.round(100 * share)}%, transparent)`;
      const made = make("td", { className: kind, title }, count ? String(count) : "");
      made.style.cssText = shade;
      return made;
    });
    return make("tr", {}, rowHead(classes[truth]), ...cells);
  });
  const about = _(
    "Validation pictures in evaluation mode, {when}. Rows: the true class; columns: the answer; " +
      "the deeper the color, the larger the share of its row.",
    { when },
  );
  const grid = make("div", { className: "wide" }, table(["", ...classes], rows, { className: "confusion" }));
  return section(_("Confusion matrix: what is mistaken for what"), about, make("p", {}, confused), grid);
}

// A bar on a logarithmic scale from a millionth to 1, with a mark at the healthy value.
function logBar(value, mark) {
  const place = (number) =>
    `${Math.max(0, Math.min(1, 1 - Math.log10(Math.max(number, LOWEST)) / Math.log10(LOWEST))) * 100}%`;
  const fill = make("i");
  fill.style.width = place(value);
  const bar = make("div", { className: "bar", ariaHidden: "true" }, fill);
  if (mark) bar.append(Object.assign(make("u"), { style: `left: ${place(mark)}` }));
  return bar;
}

// The number above its bar: side by side they would leave no room for the text.
function measure(value, mark) {
  return make("td", { className: "measure" }, shortNumber(value), logBar(value, mark));
}

function steps({ layers }) {
  const rows = layers.map(({ name, gradient_norm: norm, update_ratio: ratio, words }) =>
    make("tr", {}, rowHead(name), measure(norm), measure(ratio, MARK), cell(words)),
  );
  const about = _(
    "Of this one step, in training mode: how strong the gradient was, and how far the step moved the weights in " +
      "proportion to their size. Near 0.001 (the mark) is healthy where there is a gradient behind it. Both bars " +
      "are logarithmic, from a millionth to 1: a gradient that shrinks from the last row to the first vanishes.",
  );
  const heads = [_("Row"), _("Gradient norm"), _("Update / weight"), ""];
  return section(_("How each row learns"), about, make("div", { className: "wide" }, table(heads, rows)));
}

function dead({ dead: units }) {
  if (!units.length) return null;
  const rows = units.map(({ name, share, words }) => {
    const fill = make("i", { className: "measured" });
    fill.style.width = `${100 * share}%`;
    const bar = make("div", { className: "bar", ariaHidden: "true" }, fill);
    return make("tr", {}, rowHead(name), cell(`${(100 * share).toFixed(1)} %`), cell(bar), cell(words));
  });
  const about = _(
    "Units that output 0 for every validation picture that was checked, in evaluation mode: they no longer learn.",
  );
  return section(_("Dead ReLUs"), about, table([_("Row"), _("Share"), "", ""], rows));
}

function histograms({ layers }) {
  const charts = layers.map(({ name, histogram: { low, high, counts } }) => {
    const most = Math.max(1, ...counts);
    const label = _("Weights of {name} from {low} to {high}", { name, low: shortNumber(low), high: shortNumber(high) });
    const width = (high - low) / counts.length || 1;
    const bars = counts.map((count, place) => {
      const height = (100 * count) / most;
      const kind = low + (place + 0.5) * width < 0 ? "below" : "above";
      return draw("rect", { x: place, width: 0.9, y: 100 - height, height, class: kind });
    });
    const viewBox = `0 0 ${counts.length} 100`;
    const svg = draw("svg", { viewBox, preserveAspectRatio: "none", role: "img", "aria-label": label }, ...bars);
    const ends = make(
      "div",
      { className: "ends" },
      make("span", {}, shortNumber(low)),
      make("span", {}, shortNumber(high)),
    );
    return make("figure", {}, make("figcaption", { title: name }, name), svg, ends);
  });
  const about = _("How many weights of each row have which value, after this step. Orange is above zero, blue below.");
  return section(_("Weights"), about, make("div", { className: "histograms" }, ...charts));
}

export default function ({ data, parentElement }) {
  const panel = mountOnce(parentElement, () => new Panel(parentElement));
  const text = `${checksum(data)} ${getComputedStyle(panel.root).getPropertyValue("--st-background-color")}`;
  if (text === panel.text) return;
  panel.text = text;
  panel.update(unpack(data));
}

// An update without changes, in the same theme, leaves the panel and its loupe alone.
function checksum(data) {
  const bytes = new Uint8Array(data.buffer ?? data, data.byteOffset ?? 0, data.byteLength);
  return bytes.reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, 7);
}
