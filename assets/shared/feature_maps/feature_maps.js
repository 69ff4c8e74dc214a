// The output of every row of a network for one picture: rows of tiles with a loupe. Used by the Draw page and the
// Look inside page.
//
//   const maps = new FeatureMaps(host);      // an element inside .lab, with its colors and position: relative
//   maps.layout([{ title, about, shape, total, names }]);
//   maps.paint([{ values, scales }]);        // from unpack(): integers, and what 127 means in each tile
//   maps.mark([[7, 2], ...]);                // frames around tiles; the first ones, the strongest, joined by a line
//   maps.clear(); maps.recolor(); maps.describe(); maps.remove();
//
// title and about are shown as text. shape is (C, H, W) or (F,), the maps or numbers that are sent; total is the number
// there is. names, if given, are the names of the tiles (for example the classes). enlarge: a factor of the usual size
// (default 1). There are lines between the tiles, unless the maps are `seamless`:
// new FeatureMaps(host, { seamless: true }).

import { blend, colorsOf, pixel, signedColors } from "../colors.js";
import { draw, make } from "../dom.js";
import { Loupe } from "./loupe.js";
import { MapRow } from "./map_row.js";

export class FeatureMaps {
  constructor(host, { seamless = false } = {}) {
    this.host = host;
    this.seamless = seamless;
    this.list = host.appendChild(make("div", { className: "map-rows" }));
    // Hidden from screen readers: the caller describes in text what it marks.
    this.path = this.list.appendChild(draw("svg", { class: "path", "aria-hidden": "true" }));
    this.loupe = new Loupe(host);
    this.rows = [];
    this.marks = [];
    this.sizes = new ResizeObserver(() => {
      this.rows.forEach((row) => row.fit(this.list.clientWidth));
      this.drawMarks();
    });
    this.sizes.observe(this.list);
    this.visibility = new IntersectionObserver((entries) => entries.forEach(updateVisibility), { rootMargin: "150px" });
    this.recolor();
  }

  layout(rows) {
    this.loupe.hide();
    this.rows = rows.map((row) => new MapRow(row, this.colors, this.loupe));
    this.list.replaceChildren(...this.rows.map((row) => row.element), this.path);
    this.mark([]);
    this.visibility.disconnect();
    for (const row of this.rows) {
      row.fit(this.list.clientWidth);
      row.canvas.row = row;
      this.visibility.observe(row.canvas);
    }
  }

  paint(rows) {
    rows.forEach(({ values, scales }, index) => this.rows[index]?.paint(values, scales));
    this.loupe.refresh();
  }

  clear() {
    this.rows.forEach((row) => row.clear());
    this.loupe.refresh();
  }

  mark(tiles) {
    if (!tiles.length && !this.marks.length) return;
    this.marks = tiles;
    this.drawMarks();
  }

  // The positions of the tiles are only known once they are on the screen.
  drawMarks() {
    const frames = this.marks.map((tiles, index) => this.rows[index]?.frames(tiles) ?? []);
    const strongest = frames.flatMap((row) => row.filter(({ first }) => first));
    const lines = strongest.slice(1).map((to, index) => {
      const from = strongest[index];
      const ends = { x1: from.x + from.width / 2, y1: from.y + from.height, x2: to.x + to.width / 2, y2: to.y };
      return draw("line", ends);
    });
    const boxes = frames.flat().map(({ first, ...frame }) => draw("rect", { ...frame, class: first ? "first" : "" }));
    this.path.replaceChildren(...lines, ...boxes);
  }

  // After a change of theme.
  recolor() {
    const names = ["--st-background-color", "--st-text-color", "--positive", "--negative"];
    const [zero, text, positive, negative] = colorsOf(this.host, ...names);
    this.colors = {
      lookup: signedColors(zero, positive, negative),
      line: pixel(blend(zero, text, this.seamless ? 0 : 0.22)),
    };
    this.rows.forEach((row) => row.recolor(this.colors));
    this.loupe.refresh();
  }

  // Updates the text alternatives for screen readers; too slow for each movement of a pen.
  describe() {
    this.rows.forEach((row) => row.describe());
  }

  remove() {
    this.sizes.disconnect();
    this.visibility.disconnect();
    this.loupe.hide();
  }
}

// While a pen moves, only rows on the screen are painted.
function updateVisibility({ target, isIntersecting }) {
  target.row.isVisible = isIntersecting;
  target.row.draw();
}
