// One of the networks on the page: an overview of its layers, and their maps.

import { positionOf } from "./selection.js";
import { highlightOf } from "../../shared/trace/highlight.js";
import { Connections } from "./connections.js";
import { Overview } from "./overview.js";
import { Strips } from "./strips.js";

export class Network {
  // badge: its letter. pick(layer, position, board): a number is chosen. pickUnit(row, unit): a map or number of a row
  // is. goTo(row): a row is. toggled(): a block is opened or closed.
  constructor(badge, { pick, pickUnit, goTo, toggled }) {
    this.badge = badge;
    this.connections = new Connections(() => this.overview.renew());
    this.overview = new Overview(this, { goTo, pick: pickUnit });
    this.strips = new Strips(this, { pick, toggled });
  }

  get rows() {
    return this.strips.maps.rows;
  }

  at(layer) {
    return this.strips.at(layer);
  }

  // Whether it is another network than before, and was laid out anew.
  layout(body) {
    const { captions, filters } = body;
    const signature = JSON.stringify([captions, filters.map((each) => [each.row, each.shown, each.inputs])]);
    if (signature === this.signature) return false;
    this.signature = signature;
    this.strips.layout(body);
    this.overview.layout(captions, this.rows);
    return true;
  }

  paint(body, inks) {
    this.connections.load(body.of);
    this.strips.paint(body);
    this.overview.paint(body, inks, this.strips.maps.colors.lookup);
  }

  show(all, row, unit) {
    this.strips.show(all, row);
    this.overview.mark(row, unit);
  }

  // Frames what a trace is about, else the selected number alone; null: nothing.
  highlight(trace, selection) {
    if (trace) return this.strips.highlight((place) => highlightOf(trace, place));
    const found = selection?.layer ? this.at(selection.layer) : null;
    const position = found && positionOf(selection, found.row.isVector);
    this.strips.highlight((place) => {
      const row = position ? place(selection.layer) : -1;
      return row < 0 ? null : { cell: { row, position }, window: null };
    });
  }

  remove() {
    this.connections.remove();
    this.strips.remove();
    this.strips.element.remove();
    this.overview.remove();
  }
}
