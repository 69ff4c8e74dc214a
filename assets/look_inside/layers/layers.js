// A network on one picture: its answer, the maps of every row, the filters of every convolution.

import { paintPicture } from "../../shared/canvas.js";
import { colorsOf, inkColors, isDark } from "../../shared/colors.js";
import { mountOnce, make } from "../../shared/dom.js";
import { FeatureMaps } from "../../shared/feature_maps/feature_maps.js";
import { arrange } from "../../shared/tiles.js";
import { unpack } from "../../shared/unpack.js";
import { _, shortNumber } from "../../shared/words.js";

const LIKELIEST = 5;
const CHANNELS = [_("red"), _("green"), _("blue")];

class Look {
  constructor(parent) {
    this.picture = make("canvas", { className: "picture", role: "img" });
    this.title = make("p");
    this.reading = make("p", { className: "reading", role: "status" });
    this.bars = make("div", { className: "bars" });
    this.ends = [make("span"), make("span")];
    const legend = make("div", { className: "legend" }, this.ends[0], make("i"), this.ends[1]);
    const answer = make("div", { className: "answer" }, this.title, this.reading, this.bars);
    this.host = make("div");
    this.root = make(
      "div",
      { className: "lab look" },
      make("div", { className: "top" }, this.picture, answer, legend),
      this.host,
    );
    parent.append(this.root);
    this.open = new Set([0]); // rows whose filters are shown: initially the first convolution
    this.maps = new FeatureMaps(this.host);
    this.filters = [];
  }

  update(body) {
    const [paper, ink] = colorsOf(this.root, "--st-background-color", "--st-text-color");
    this.root.classList.toggle("dark", isDark(paper));
    this.showPicture(body, inkColors(paper, ink));
    this.showAnswer(body);
    const signature = JSON.stringify([body.captions, body.filters.map((each) => [each.row, each.shown, each.inputs])]);
    if (signature !== this.signature) {
      this.signature = signature;
      this.layout(body);
    }
    this.maps.recolor();
    this.maps.paint(body.rows);
    this.maps.describe();
    body.rows.forEach((row, index) => (this.figures[index].textContent = row.figures));
    this.filters.forEach((filter, index) => filter.update(body.filters[index]));
    this.showLegend(body);
  }

  layout(body) {
    this.filters.forEach((filter) => filter.remove());
    this.maps.layout(body.captions);
    this.figures = this.maps.rows.map((row) => {
      const figures = make("span", { className: "figures" });
      row.element.querySelector(".about").after(figures);
      return figures;
    });
    if (body.filters.length && !body.filters.some((each) => this.open.has(each.row)))
      this.open.add(body.filters[0].row);
    this.filters = body.filters.map((each) => new Filters(this.maps.rows[each.row].element, each, this));
  }

  showPicture({ picture, title }, inks) {
    paintPicture(this.picture, picture, inks);
    this.picture.setAttribute("aria-label", title);
    this.title.textContent = title;
  }

  showAnswer({ probabilities, classes, truth }) {
    const order = Array.from(probabilities.keys()).sort((a, b) => probabilities[b] - probabilities[a]);
    const share = (index) => `${(100 * probabilities[index]).toFixed(1)} %`;
    const answer = { name: classes[order[0]], share: share(order[0]), truth: classes[truth] };
    if (truth === null) this.reading.textContent = _("The network reads {name} ({share})", answer);
    else if (truth === order[0]) this.reading.textContent = _("The network reads {name} ({share}) · ✓ right", answer);
    else this.reading.textContent = _("The network reads {name} ({share}) · ✗ wrong, it is {truth}", answer);
    this.bars.replaceChildren(
      ...order.slice(0, LIKELIEST).flatMap((index, place) => {
        const bar = make("i", { className: place ? "other" : "" });
        bar.style.width = `${100 * probabilities[index]}%`;
        return [make("b", {}, classes[index]), make("div", {}, bar), make("span", {}, share(index))];
      }),
    );
  }

  // With one scale for the whole network the legend has numbers; otherwise each row has its own.
  showLegend({ rows, scope }) {
    const largest = rows.reduce((most, row) => Math.max(most, ...row.scales), 0);
    const words =
      scope === "network" ? [`−${shortNumber(largest)}`, `+${shortNumber(largest)}`] : [_("below 0"), _("above 0")];
    this.ends.forEach((end, index) => (end.textContent = words[index]));
  }

  remove() {
    this.filters.forEach((filter) => filter.remove());
    this.maps.remove();
    this.root.remove();
  }
}

// The kernels of one convolution, with whole filters on each line if they fit.
class Filters {
  constructor(after, each, look) {
    this.look = look;
    this.row = each.row;
    this.host = make("div", { className: "kernels" });
    this.words = make("span");
    this.details = make("details", { open: look.open.has(each.row) }, make("summary", {}, this.words), this.host);
    after.after(this.details);
    this.details.ontoggle = () => {
      look.open[this.details.open ? "add" : "delete"](this.row);
      this.paint();
    };
  }

  update(each) {
    this.each = each;
    const { count, shown, inputs, height, width, figures } = each;
    const size = `${height}×${width}`;
    const looks = inputs === 1 ? size : _("{inputs} kernels of {size}", { inputs, size });
    const values = { count, shown, looks, figures };
    this.words.textContent =
      shown < count
        ? _("Filters: {count} of {looks}, the first {shown} are shown. Weights {figures}", values)
        : _("Filters: {count} of {looks}. Weights {figures}", values);
    this.paint();
  }

  paint() {
    if (!this.details.open) return;
    const { each } = this;
    const { inputs, shown, height, width } = each;
    const size = { height, width, enlarge: inputs <= 3 ? 2 : 1 };
    this.host.style.maxWidth = `${lineWidth(this.look.host.clientWidth, inputs, size)}px`;
    if (!this.maps) {
      this.maps = new FeatureMaps(this.host, { seamless: true });
      const names = Array.from({ length: shown * inputs }, (_each, place) => kernelName(place, inputs, this.row));
      const shape = [shown * inputs, height, width];
      const title = _("Filters of row {row}", { row: this.row + 1 });
      this.maps.layout([{ title, shape, names, enlarge: size.enlarge }]);
    }
    this.maps.recolor();
    this.maps.paint([each]);
    this.maps.describe();
  }

  remove() {
    this.maps?.remove();
    this.details.remove();
  }
}

// The width of a line that holds whole filters, or an equal part of one.
export function lineWidth(room, inputs, size) {
  const { columns, pitch, gap, css } = arrange({ count: 1e6, ...size }, room);
  let fitting = Math.floor(columns / inputs) * inputs;
  for (let part = Math.min(columns, inputs); !fitting; part--) if (inputs % part === 0) fitting = part;
  return Math.ceil((fitting * pitch + gap) * css);
}

function kernelName(place, inputs, row) {
  const filter = Math.floor(place / inputs) + 1;
  if (inputs === 1) return _("filter {filter}", { filter });
  const input = place % inputs;
  if (row === 0 && inputs === 3) return _("filter {filter}, {channel}", { filter, channel: CHANNELS[input] });
  return _("filter {filter}, map {map}", { filter, map: input + 1 });
}

export default function ({ data, parentElement }) {
  const look = mountOnce(parentElement, () => new Look(parentElement));
  look.update(unpack(data));
  return () => {
    look.remove();
    if (parentElement.mounted?.part === look) delete parentElement.mounted;
  };
}
