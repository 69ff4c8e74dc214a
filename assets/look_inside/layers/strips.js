// The maps of a network's rows, all of them or those around the selected one; below a row its filters, if they have few
// kernels, and the layers inside of a block.

import { make, setText } from "../../shared/dom.js";
import { FeatureMaps } from "../../shared/feature_maps/feature_maps.js";
import { rowPlace } from "../../shared/trace/highlight.js";
import { _ } from "../../shared/words.js";
import { FEW, Filters } from "./filters.js";
import { Inside } from "./inside.js";
import { MapAbout } from "./map_about.js";
import { RowTools } from "./row_tools.js";
import { shownRows } from "./selection.js";

export class Strips {
  // network: as for MapAbout, with its badge, a letter. pick(layer, position, board): a number is chosen. toggled(): a
  // block is opened or closed.
  constructor(network, { pick, toggled }) {
    Object.assign(this, { network, pick, toggled, filters: [], insides: [] });
    this.whose = make("p", { className: "whose" });
    this.element = make("div", { className: "strips" }, this.whose);
    this.maps = new FeatureMaps(this.element, {
      pick: (row, position) => pick(String(row), position, this.maps.rows[row].board),
      about: new MapAbout(network, (row) => String(this.maps.rows.indexOf(row))),
    });
  }

  get elements() {
    return this.maps.rows.map((row) => row.element);
  }

  // What is folded under the rows.
  get folded() {
    return [...this.filters, ...this.insides];
  }

  layout({ captions, filters }) {
    this.folded.forEach((part) => part.remove());
    this.maps.layout(captions);
    this.figures = this.maps.rows.map((row) => {
      const figures = make("span", { className: "figures" });
      [...row.element.querySelectorAll(".about")].at(-1).after(figures);
      row.element.querySelector("h3").prepend(make("span", { className: "badge" }, this.network.badge));
      return figures;
    });
    this.tools = this.maps.rows.map((row, index) => new RowTools(row, index));
    const few = filters.filter((each) => each.inputs <= FEW);
    this.filters = few.map((each) => new Filters(this.maps.rows[each.row].element, each, this.element));
    const blocks = captions.filter((caption) => caption.inside);
    this.insides = blocks.map((each) => new Inside(this.elements[each.index], each, this.network, this));
    const shown = [...this.maps.list.children].filter((child) => child.tagName !== "svg");
    shown.forEach((child, place) => child.style.setProperty("--place", place + 1)); // of a pair, side by side
  }

  paint(body) {
    const { rows, filters, untrained } = body;
    Object.assign(this, { captions: body.captions, rows });
    this.name(body);
    this.maps.recolor();
    this.maps.paint(rows);
    this.maps.describe();
    this.tools.forEach((tools) => tools.update());
    rows.forEach((row, index) => (this.figures[index].textContent = row.figures));
    for (const shown of this.filters)
      shown.update(
        filters.find((each) => each.row === shown.row),
        untrained,
      );
    for (const inside of this.insides) inside.paint(body.captions_inside[inside.row], body.inside[inside.row]);
  }

  // Names the network over its maps.
  name({ network, epochs }) {
    const epoch = epochs?.titles[epochs.kept.indexOf(epochs.at)];
    const name = epoch ? _("{network}, epoch {epoch}", { network, epoch }) : network;
    setText(this.whose, _("{title}: {name}", { title: this.network.badge, name }));
  }

  show(all, row) {
    const [first, last] = shownRows(this.maps.rows.length, all, row);
    this.elements.forEach((element, index) => (element.hidden = index < first || index > last));
    const { cursor } = this.maps;
    if (this.elements[cursor.stop]?.hidden) cursor.stopAt(row ?? first);
    for (const part of this.folded) part.details.hidden = part.row < first || part.row > last;
  }

  // ---- blocks

  get opened() {
    return this.insides.filter((inside) => inside.isOpen).map((inside) => inside.row);
  }

  open(rows) {
    for (const inside of this.insides) inside.isOpen = rows.includes(inside.row);
  }

  // The block of a layer that is selected.
  reveal({ layer }) {
    const row = layer?.includes(".") ? Number.parseInt(layer, 10) : null;
    for (const inside of this.insides) if (inside.row === row) inside.isOpen = true;
  }

  // ---- layers, by their names

  // { row, caption, each }: the MapRow, its caption and the figures of its maps; null for one that is not shown, and
  // for the picture, which has no name.
  at(layer) {
    if (layer === null) return null;
    const index = rowPlace(layer);
    if (index < 0) return this.insides.reduce((found, inside) => found ?? inside.at(layer), null);
    return { row: this.maps.rows[index], caption: this.captions[index], each: this.rows[index].each };
  }

  // frames(place): what is framed, once it is known at which index the maps of a layer are.
  highlight(frames) {
    this.maps.highlight(frames(rowPlace));
    for (const inside of this.insides) inside.highlight(frames);
  }

  remove() {
    this.folded.forEach((part) => part.remove());
    this.maps.remove();
  }
}
