// What is said of the map under the pointer: its figures, and from which maps of the layer before it is made, which
// light up there.

import { make, setText } from "../../shared/dom.js";
import { _, listed, shortNumber } from "../../shared/words.js";
import { strongestInputs } from "./connections.js";
import { Sources, largest } from "./sources.js";

const NAMED = 3; // strongest connections

export class MapAbout {
  // network: has at(layer), { row, caption, each } or null, and connections. layerOf(row): the layer of a MapRow.
  constructor(network, layerOf) {
    Object.assign(this, { network, layerOf });
    this.sources = new Sources();
    this.figures = make("p");
    this.strongest = make("p");
    this.ends = [make("span"), make("span")];
    this.bar = make("i");
    this.legend = make("div", { className: "strength" }, this.ends[0], this.bar, this.ends[1]);
    this.element = make("div", { className: "about-map" }, this.figures, this.strongest, this.legend);
  }

  show(row, unit) {
    const layer = this.layerOf(row);
    const { caption, each } = this.network.at(layer);
    setText(this.figures, each ? figuresOf(caption, each.subarray(4 * unit, 4 * unit + 4)) : "");
    const found = this.network.connections.of(layer, unit);
    this.strongest.hidden = !found;
    this.legend.hidden = !found;
    const source = found && this.network.at(caption.before);
    if (source) this.sources.show(source.row, found);
    else this.hide();
    if (found) this.showConnections(source, found);
  }

  showConnections(source, found) {
    const { strengths, signed } = found;
    const names = strongestInputs(strengths, NAMED).map((input) =>
      _("{name} ({strength})", { name: inputName(source, input), strength: shortNumber(strengths[input]) }),
    );
    const text = names.length ? listed(names) : _("nothing");
    setText(this.strongest, _("Strongest connections: {names}", { names: text }));
    const most = shortNumber(largest(strengths));
    this.bar.classList.toggle("signed", signed);
    setText(this.ends[0], signed ? `−${most}` : _("mean |weight| of a kernel: 0"));
    setText(this.ends[1], signed ? _("+{most} (weight)", { most }) : most);
  }

  // The same for screen readers.
  get words() {
    return [this.figures, this.strongest].flatMap(({ hidden, textContent }) => (hidden ? [] : textContent || []));
  }

  hide() {
    this.sources.hide();
  }
}

// Also of a map that is not among those shown.
function inputName(source, input) {
  const number = input + 1;
  if (!source) return _("channel {number} of the picture", { number });
  const { row } = source;
  if (input < row.size.count) return row.tileName(input);
  return row.isVector ? _("number {number}", { number }) : _("map {number}", { number });
}

function figuresOf({ whole }, [lowest, mean, highest, zeros]) {
  return _("{height}×{width}, from {lowest} to {highest}, mean {mean}, {share} % zeros", {
    height: whole[1],
    width: whole[2],
    lowest: shortNumber(lowest),
    highest: shortNumber(highest),
    mean: shortNumber(mean),
    share: Number.isFinite(zeros) ? Math.round(100 * zeros) : "?",
  });
}
