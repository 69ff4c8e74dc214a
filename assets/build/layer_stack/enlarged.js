// The maps of a row, large enough to read single values under the pointer, and to pick one.

import { make } from "../../shared/dom.js";
import { FeatureMaps } from "../../shared/feature_maps/feature_maps.js";
import { largestFit } from "../../shared/tiles.js";
import { _, sentences } from "../../shared/words.js";

const ENLARGED = 2; // times the usual size

export class Enlarged {
  // pick(position): called with the number that is clicked.
  constructor(title, pick) {
    Object.assign(this, { title, pick });
    this.element = make("section", { className: "enlarged", hidden: true });
    this.element.setAttribute("aria-label", _("Output of {title}, enlarged", { title }));
  }

  get isOpen() {
    return !this.element.hidden;
  }

  toggle() {
    this.element.hidden = !this.element.hidden;
    if (this.isOpen) return;
    this.maps?.remove();
    this.maps = undefined;
    this.element.replaceChildren();
  }

  // Shows a row of the strips' answer; null: there is none. In a limited room the tiles are as large as they can be.
  paint(row, room) {
    if (!this.isOpen) return;
    const { maps, layout } = this;
    const shape = row ? (row.vector ? [row.values.shape[2]] : row.values.shape) : [];
    const enlarge = row && room ? largestFit(shape, room) : ENLARGED;
    const wanted = `${shape} ${row?.whole} ${enlarge}`;
    if (!maps) {
      this.maps = new FeatureMaps(this.element, { pick: (_row, position) => this.pick(position) });
      const colors = _("Orange: above zero. Blue: below zero.");
      const hint = _("Click any number to see how it is computed.");
      this.element.append(make("p", { className: "about" }, sentences(colors, hint)));
    }
    if (wanted !== layout || !maps) this.lay(row, shape, enlarge);
    this.layout = wanted;
    this.maps.recolor();
    if (!row) return;
    const scales = new Float32Array(shape[0]).fill(row.scale);
    this.maps.paint([{ values: row.values, scales }]);
    this.maps.describe();
  }

  lay(row, shape, enlarge) {
    if (!row) return this.maps.layout([]);
    const { total, whole } = row;
    const isReduced = !row.vector && (whole[1] > shape[1] || whole[2] > shape[2]);
    const about = isReduced ? _("averaged down to {height}×{width}", { height: shape[1], width: shape[2] }) : "";
    this.maps.layout([{ title: this.title, about, shape, whole, total, enlarge }]);
  }

  // Frames around numbers, as of FeatureMaps.
  highlight(chosen) {
    this.maps?.highlight(chosen);
  }

  // Gives the focus to a number; false if it is not shown.
  focus(position) {
    const [row] = this.maps?.rows ?? [];
    if (!row || position[0] >= row.size.count) return false;
    this.maps.focus(0, position);
    return true;
  }
}
