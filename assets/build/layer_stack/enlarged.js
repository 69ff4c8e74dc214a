// The maps of a row, large enough to read single values under the pointer.

import { make } from "../../shared/dom.js";
import { FeatureMaps } from "../../shared/feature_maps/feature_maps.js";
import { largestFit } from "../../shared/tiles.js";
import { _ } from "../../shared/words.js";

const ENLARGED = 2; // times the usual size

export class Enlarged {
  constructor(title) {
    this.title = title;
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
    const wanted = `${shape} ${row?.total} ${enlarge}`;
    if (!maps) {
      this.maps = new FeatureMaps(this.element);
      this.element.append(make("p", { className: "about" }, _("Orange: above zero. Blue: below zero.")));
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
    const about = row?.reduced ? _("averaged down to {height}×{width}", { height: shape[1], width: shape[2] }) : "";
    this.maps.layout(row ? [{ title: this.title, about, shape, total: row.total, enlarge }] : []);
  }
}
