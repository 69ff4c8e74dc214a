// The output of every row of a network for one picture: rows of tiles with a loupe. Used by the Draw page and the
// Look inside page.
//
//   const maps = new FeatureMaps(host);      // an element inside .lab, with its colors and position: relative
//   const maps = new FeatureMaps(host, { pick: (row, position) => ... }); // called with the number that is clicked
//   maps.layout([{ title, library, about, sentence, shape, total, names, signed, share }]);
//   maps.paint([{ values, scales, exact }]); // from unpack(): integers, and what 127 means in each tile; the
//                                            // numbers of a short vector as they are, else null
//   maps.mark([[7, 2], ...]);                // frames around tiles; the first ones, the strongest, joined by a line
//   maps.highlight({ cell: { row, position }, window: { row, channels, rows, columns } }); // frames around numbers
//   maps.focus(row, position);               // gives the focus to a number
//   maps.clear(); maps.recolor(); maps.describe(); maps.remove();
//
// title, library, about and sentence are shown as text; all but the title may be missing. shape is (C, H, W) or (F,),
// the maps or numbers that are sent; total is the number there is, and whole the layer's own shape, if maps were
// averaged down to fewer lines. names, if given, are the names of the tiles (for example the classes), shown under
// those of a vector. signed (default true): whether there can be values below zero. share (default false): whether the
// values are shares of a whole. enlarge: a factor of the usual size (default 1). There are lines between the tiles,
// unless the maps are `seamless`: new FeatureMaps(host, { seamless: true }).
//
// A position is [channel, y, x] or [index] in the layer's own shape. A window is that of the number in the row in
// front, its strongest channel first; it may reach into the padding, and may be null. highlight(null): no frames.
//
// about: what the loupe says of a tile beside its number, { element, words, show(row, tile), hide() }; row is a
// MapRow, words is a list of texts.

import { blend, colorsOf, pixel, signedColors } from "../colors.js";
import { draw, make } from "../dom.js";
import { MapCursor } from "./cursor.js";
import { Loupe } from "./loupe.js";
import { MapRow } from "./map_row.js";

export class FeatureMaps {
  constructor(host, { seamless = false, pick = null, about = null } = {}) {
    Object.assign(this, { host, seamless, pick });
    this.list = host.appendChild(make("div", { className: "map-rows" }));
    // Hidden from screen readers: the caller describes in text what it marks.
    [this.lines, this.boxes] = ["lines", "boxes"].map((part) =>
      draw("svg", { class: `path ${part}`, "aria-hidden": "true" }),
    );
    this.loupe = new Loupe(host, about);
    const spoken = host.appendChild(make("p", { className: "map-words", role: "status" }));
    this.cursor = new MapCursor(this.loupe, spoken);
    this.rows = [];
    this.marks = [];
    this.sizes = new ResizeObserver(() => {
      this.fit();
      this.drawMarks();
    });
    this.sizes.observe(this.list);
    this.visibility = new IntersectionObserver((entries) => entries.forEach(updateVisibility), { rootMargin: "150px" });
    this.recolor();
  }

  layout(rows) {
    this.loupe.hide();
    this.highlighted = "";
    this.rows = rows.map((row, index) => {
      const pick = this.pick && ((position) => this.pick(index, position));
      return new MapRow(row, this.colors, this.loupe, pick);
    });
    this.list.replaceChildren(this.lines, ...this.rows.map((row) => row.element), this.boxes);
    this.cursor.layout(this.rows);
    this.mark([]);
    this.visibility.disconnect();
    this.fit();
    for (const row of this.rows) {
      row.canvas.row = row;
      this.visibility.observe(row.canvas);
    }
  }

  fit() {
    this.rows.forEach((row) => row.fit(this.list.clientWidth));
  }

  paint(rows) {
    rows.forEach(({ values, scales, exact }, index) => this.rows[index]?.paint(values, scales, exact));
    this.loupe.refresh();
    this.cursor.renew();
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
    const frames = this.marks.map((tiles, index) => this.rows[index]?.tileFrames(tiles) ?? []);
    const strongest = frames.flatMap((row) => row.filter(({ first }) => first));
    const lines = strongest.slice(1).map((to, index) => {
      const from = strongest[index];
      const ends = { x1: from.x + from.width / 2, y1: from.y + from.height, x2: to.x + to.width / 2, y2: to.y };
      return draw("line", ends);
    });
    const boxes = frames.flat().map(({ first, ...frame }) => draw("rect", { ...frame, class: first ? "first" : "" }));
    this.lines.replaceChildren(...lines);
    this.boxes.replaceChildren(...boxes);
  }

  highlight(chosen) {
    const text = JSON.stringify(chosen);
    if (text === this.highlighted) return; // while a pen moves
    this.highlighted = text;
    this.rows.forEach((row, index) => row.frames.show(marksOf(chosen, index)));
  }

  focus(index, position) {
    const row = this.rows[index];
    if (row) this.cursor.focus(index, row.frames.shown(position));
  }

  // After a change of theme.
  recolor() {
    const names = ["--st-background-color", "--st-text-color", "--positive", "--negative"];
    const colors = colorsOf(this.host, ...names);
    if (String(colors) !== String(this.theme)) this.take(colors);
    this.fit(); // the size of the page's text may have changed as well
    this.loupe.refresh();
  }

  take(colors) {
    const [zero, text, positive, negative] = colors;
    this.theme = colors;
    this.colors = {
      theme: colors,
      lookup: signedColors(zero, positive, negative),
      line: pixel(blend(zero, text, this.seamless ? 0 : 0.22)),
    };
    this.rows.forEach((row) => row.recolor(this.colors));
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

// What of a chosen number is framed in a row: the number itself, or its window in the row in front.
function marksOf(chosen, index) {
  const { cell, window } = chosen ?? {};
  if (cell?.row === index) return [{ at: cell.position, to: cell.position, className: "cell" }];
  if (window?.row !== index) return [];
  const { channels, rows, columns } = window;
  return channels.map((channel, place) => ({
    at: [channel, rows[0], columns[0]],
    to: [channel, rows.at(-1), columns.at(-1)],
    className: place ? "window" : "window first",
  }));
}

// While a pen moves, only rows on the screen are painted.
function updateVisibility({ target, isIntersecting }) {
  target.row.isVisible = isIntersecting;
  target.row.draw();
}
