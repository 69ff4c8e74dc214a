// The health of the network while it learns.

import { paintPicture } from "../../shared/canvas.js";
import { colorsOf, inkColors, isDark } from "../../shared/colors.js";
import { draw, mountOnce, make } from "../../shared/dom.js";
import { lookLink } from "../../shared/look_link.js";
import { cell, rowHead, table, wide } from "../../shared/tables.js";
import { unpack } from "../../shared/unpack.js";
import { _, sentences, shortNumber } from "../../shared/words.js";
import { Filters } from "./filters.js";
import { Matrix } from "./matrix.js";
import { guess, otherGuesses, section } from "./parts.js";
import { WatchedDrawing } from "./watched_drawing.js";

const MARK = 0.001; // the healthy update-to-weight ratio
const NEWLINE = 10;
const LOWEST = 1e-6; // where the logarithmic bars start

class Panel {
  constructor(parent) {
    this.where = make("p", { className: "about", role: "status" });
    this.grid = make("div", { className: "grid" });
    this.root = make("div", { className: "lab watched" }, this.where, this.grid);
    this.filters = new Filters();
    this.matrix = new Matrix();
    this.drawing = new WatchedDrawing();
    this.links = [];
    parent.append(this.root);
  }

  remove() {
    this.filters.remove();
    this.matrix.mistakes.study.rest();
    this.drawing.rest();
    this.root.remove();
  }

  update(tab, body) {
    const [paper, ink] = colorsOf(this.root, "--st-background-color", "--st-text-color");
    this.inks = inkColors(paper, ink);
    this.root.classList.toggle("dark", isDark(paper));
    this.where.textContent = _("Measured {where}.", body);
    const focused = this.matrix.focusedCell();
    const link = this.links.indexOf(this.root.getRootNode().activeElement);
    const [filters, matrix] = [this.filters.section(body.filters), this.matrix.section(body, this.inks)];
    const parts = [filters, matrix, this.samples(body), steps(body), dead(body), histograms(body)];
    this.grid.replaceChildren(...parts.filter(Boolean));
    this.filters.paint();
    this.drawing.update(tab, body, this.inks);
    this.matrix.focus(focused);
    this.links[link]?.focus({ preventScroll: true });
  }

  samples({ run, samples, pictures, classes, look }) {
    this.links = [];
    const items = samples.map(({ label, top }, index) => {
      const right = top[0][0] === label;
      const others = otherGuesses(top, classes);
      const words = [
        make("b", {}, `${right ? "✓" : "✗"} ${guess(top[0], classes)}`),
        ...(right ? [] : [make("span", {}, _("wrong: it is {name}", { name: classes[label] }))]),
        ...(others ? [make("span", {}, others)] : []),
      ];
      const picture = pictures && this.linked(this.picture(pictures, index, classes[label]), run, look, index);
      return make("li", { className: right ? "right" : "wrong" }, picture ?? "", make("div", {}, ...words));
    });
    const each = new Set(samples.map(({ label }) => label)).size === samples.length;
    const about = each
      ? _(
          "One of each class of the test set, always the same, which it never learns from; its best guesses of " +
            "1 % and more.",
        )
      : _(
          "Pictures of the test set, always the same, which it never learns from; its best guesses of 1 % and " +
            "more.",
        );
    const click = pictures && look ? _("A click on one opens it in Look inside, with the weights kept last.") : "";
    return section(
      _("{count} test pictures", { count: samples.length }),
      sentences(about, click),
      make("ul", { className: "samples" }, this.drawing.element, ...items),
    );
  }

  // A picture as a link, once weights have been kept that it can be shown with.
  linked(canvas, run, look, index) {
    if (!look) return canvas;
    const place = { epoch: look.epoch, picture: look.pictures[index] };
    const label = _("Look inside: {picture}", { picture: canvas.getAttribute("aria-label") });
    const link = lookLink({ run, ...place }, () => this.matrix.onOpen(place), label, canvas);
    this.links.push(link);
    return link;
  }

  picture(pictures, index, name) {
    const [, channels, height, width] = pictures.shape;
    const canvas = make("canvas", { role: "img", "aria-label": _("test picture: {name}", { name }) });
    const size = channels * height * width;
    const picture = pictures.subarray(index * size, (index + 1) * size);
    paintPicture(canvas, Object.assign(picture, { shape: [channels, height, width] }), this.inks);
    return canvas;
  }
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
    "Of this one step: how strong the gradient was, and how far the step moved the weights in " +
      "proportion to their size. Near 0.001 (the mark) is healthy where there is a gradient behind it. Both bars " +
      "are logarithmic, from a millionth to 1: a gradient that shrinks from the last row to the first vanishes.",
  );
  const heads = [_("Row"), _("Gradient norm"), _("Update / weight"), ""];
  return section(_("How each row learns"), about, wide(_("How each row learns"), table(heads, rows)));
}

function dead({ dead: units }) {
  if (!units.length) return null;
  const rows = units.map(({ name, share, words }) => {
    const fill = make("i", { className: "measured" });
    fill.style.width = `${100 * share}%`;
    const bar = make("div", { className: "bar", ariaHidden: "true" }, fill);
    return make("tr", {}, rowHead(name), cell(`${(100 * share).toFixed(1)} %`), cell(bar), cell(words));
  });
  const about = _("Units that output 0 for every validation picture that was checked: they no longer learn.");
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
    return make("figure", {}, make("figcaption", {}, name), svg, ends);
  });
  const about = _("How many weights of each row have which value, after this step. Orange is above zero, blue below.");
  return section(_("Weights"), about, make("div", { className: "histograms" }, ...charts));
}

export default function ({ data, parentElement, setTriggerValue }) {
  const panel = mountOnce(parentElement, () => new Panel(parentElement));
  panel.matrix.onOpen = (place) => setTriggerValue("open", place);
  panel.drawing.listen();
  const bytes = new Uint8Array(data.buffer ?? data, data.byteOffset ?? 0, data.byteLength);
  const text = `${checksum(bytes)} ${getComputedStyle(panel.root).getPropertyValue("--st-background-color")}`;
  if (text !== panel.text) {
    panel.text = text;
    const end = bytes.indexOf(NEWLINE); // of the tab's name
    panel.update(new TextDecoder().decode(bytes.subarray(0, end)), unpack(bytes.subarray(end + 1)));
  }
  return () => panel.drawing.rest();
}

// An update without changes, in the same theme, leaves the panel and its loupe alone.
function checksum(bytes) {
  return bytes.reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, 7);
}
