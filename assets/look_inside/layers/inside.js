// The layers inside of a block, folded under its row. Their maps are asked for when it is opened.

import { make } from "../../shared/dom.js";
import { FeatureMaps } from "../../shared/feature_maps/feature_maps.js";
import { _ } from "../../shared/words.js";
import { MapAbout } from "./map_about.js";
import { RowTools } from "./row_tools.js";

export class Inside {
  // after: the element of the block's row. network: as for MapAbout. pick(layer, position, board): a number is chosen.
  // toggled(): it is opened or closed.
  constructor(after, { index }, network, { pick, toggled }) {
    Object.assign(this, { row: index, network, pick, captions: [] });
    this.host = make("div", { className: "within" });
    const summary = make("summary", {}, _("Layers inside of the block"));
    this.details = make("details", { className: "block-inside" }, summary, this.host);
    this.details.ontoggle = toggled;
    after.after(this.details);
  }

  get isOpen() {
    return this.details.open;
  }

  set isOpen(open) {
    this.details.open = open;
  }

  // Once they have come: the captions and the maps of its layers.
  paint(captions, layers) {
    if (!captions || !layers) return;
    this.maps ??= this.makeMaps();
    const signature = JSON.stringify(captions);
    if (signature !== this.signature) this.layout(captions);
    Object.assign(this, { signature, captions, layers });
    this.maps.recolor();
    this.maps.paint(layers);
    this.maps.describe();
  }

  layout(captions) {
    this.maps.layout(captions);
    for (const [index, { address }] of captions.entries()) new RowTools(this.maps.rows[index], address);
  }

  makeMaps() {
    const addressOf = (index) => this.captions[index].address;
    return new FeatureMaps(this.host, {
      pick: (index, position) => this.pick(addressOf(index), position, this.maps.rows[index].board),
      about: new MapAbout(this.network, (row) => addressOf(this.maps.rows.indexOf(row))),
    });
  }

  placeOf(layer) {
    return this.captions.findIndex((caption) => caption.address === layer);
  }

  // A layer in it: { row, caption, each }; null if it is not shown.
  at(layer) {
    const index = this.placeOf(layer);
    if (index < 0) return null;
    return { row: this.maps.rows[index], caption: this.captions[index], each: this.layers[index].each };
  }

  highlight(frames) {
    this.maps?.highlight(frames((layer) => this.placeOf(layer)));
  }

  remove() {
    this.maps?.remove();
    this.details.remove();
  }
}
