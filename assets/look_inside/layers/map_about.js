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
    setText(this.strongest, strongestWords(source, strengths));
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

// What is said of a map or number of a layer, as for MapAbout, with its name.
export function wordsAbout(network, layer, unit) {
  const { row, caption, each } = network.at(layer);
  const found = network.connections.of(layer, unit);
  const about = each
    ? _("{name}, {figures}", {
        name: row.tileName(unit),
        figures: figuresOf(caption, each.subarray(4 * unit, 4 * unit + 4)),
      })
    : row.text(unit, 0, 0);
  const strongest = found ? strongestWords(network.at(caption.before), found.strengths) : "";
  return [_("{title}: {name}.", { title: row.title, name: about }), strongest && `${strongest}.`];
}

function strongestWords(source, strengths) {
  const names = strongestInputs(strengths, NAMED).map((input) =>
    _("{name} ({strength})", { name: inputName(source, input), strength: shortNumber(strengths[input]) }),
  );
  return _("Strongest connections: {names}", { names: names.length ? listed(names) : _("nothing") });
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
