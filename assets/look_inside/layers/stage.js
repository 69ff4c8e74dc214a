// The selected map, enlarged: pointing at a cell shows its number, a click or the arrow keys choose it. Of a vector,
// the number alone.

import { paintPixels } from "../../shared/canvas.js";
import { make, setText } from "../../shared/dom.js";
import { helpOf } from "../../shared/part.js";
import { saveButton } from "../../shared/save_picture.js";
import { _ } from "../../shared/words.js";

const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

export class Stage {
  // choose(unit, cell): the number of a map, or of a vector without a cell.
  constructor(choose) {
    this.choose = choose;
    this.canvas = make("canvas", { role: "img" });
    this.spot = make("i", { className: "chosen", hidden: true });
    this.pointed = make("i", { hidden: true });
    this.frame = make("div", { className: "frame" }, this.canvas, this.pointed, this.spot);
    this.caption = make("p", { role: "status" });
    const [help, words] = helpOf(_("The enlarged map"), HELP);
    const save = saveButton(this.canvas, () => `map-${this.layer}-${this.unit}`);
    this.about = [make("div", { className: "tools" }, help, save), make("div", {}, words)];
    const side = make("div", { className: "side" }, this.caption, this.about[0]);
    const parts = [this.frame, side, this.about[1]];
    this.element = make("div", { className: "stage", tabIndex: 0, role: "application" }, ...parts);
    this.element.setAttribute("aria-description", _("The arrow keys choose a cell. Escape closes the card."));
    this.element.onkeydown = (event) => this.key(event);
    this.frame.onpointermove = (event) => this.point(this.cellUnder(event));
    this.frame.onpointerleave = () => this.point(null);
    this.frame.onclick = (event) => this.choose(this.unit, this.wholeCell(this.cellUnder(event)));
  }

  // row: a MapRow that has its values.
  show(row, { layer, unit, cell }) {
    Object.assign(this, { row, layer, unit, isVector: row.isVector });
    const { count, height, width } = row.size;
    this.isShown = unit < count;
    this.cell = cell && shownCell(row, unit, cell);
    for (const part of [this.frame, ...this.about]) part.hidden = row.isVector || !this.isShown;
    if (!this.frame.hidden) this.paint(height, width);
    this.place(this.spot, this.cell);
    this.element.ariaLabel = this.isShown ? row.tileName(unit) : "";
    this.say(null);
  }

  paint(height, width) {
    const values = this.row.values.subarray(this.unit * height * width);
    const { lookup } = this.row.colors;
    this.frame.style.aspectRatio = `${width} / ${height}`;
    paintPixels(this.canvas, width, height, (pixels) => {
      for (let i = 0; i < pixels.length; i++) pixels[i] = lookup[values[i] & 255];
    });
    const figures = this.row.figures(this.unit, this.unit + 1);
    this.canvas.setAttribute("aria-label", _("{tile}, enlarged: from {lowest} to {highest}", figures));
  }

  place(mark, cell) {
    mark.hidden = !cell;
    if (!cell) return;
    const { height, width } = this.row.size;
    const sides = { top: cell[0] / height, left: cell[1] / width, width: 1 / width, height: 1 / height };
    for (const [side, share] of Object.entries(sides)) mark.style[side] = `${100 * share}%`;
  }

  point(cell) {
    this.place(this.pointed, cell);
    this.say(cell);
  }

  // The trace of the chosen number has it exactly; the map on the screen does not. null: there is none.
  know(trace) {
    this.exact = trace?.value;
    if (this.row) this.say(null);
  }

  // The number under the pointer, else the chosen one.
  say(cell) {
    const { row, unit, isVector } = this;
    const at = cell ?? this.cell ?? (isVector ? [0, 0] : null);
    if (!this.isShown) setText(this.caption, _("This one is not among the {count} shown.", { count: row.size.count }));
    else setText(this.caption, at ? this.text(unit, at) : _("Choose a cell to see how its number was computed."));
  }

  text(unit, at) {
    const isChosen = this.isVector || String(at) === String(this.cell);
    return this.row.text(unit, ...at, isChosen ? this.exact : undefined);
  }

  cellUnder({ clientX, clientY }) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const { size } = this.row;
    const share = (at, length, count) => Math.max(0, Math.min(count - 1, Math.floor((at / length) * count)));
    return [share(clientY - top, height, size.height), share(clientX - left, width, size.width)];
  }

  key(event) {
    const arrow = ARROWS[event.key];
    if (!arrow || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const { count, height, width } = this.row.size;
    const within = (at, length) => Math.max(0, Math.min(length - 1, at));
    if (this.isVector) return this.choose(within(this.unit + arrow[0] + arrow[1], count), null);
    const [y, x] = this.cell ?? [0, 0];
    const to = this.cell ? [within(y + arrow[0], height), within(x + arrow[1], width)] : [0, 0];
    this.choose(this.unit, this.wholeCell(to));
  }

  // Where a cell is in the layer's own map.
  wholeCell([top, left]) {
    return this.row.wholePlace({ top, left });
  }
}

const HELP = _(
  "Each square is a number that this channel computes at a place of the picture; a click shows how. It shows where " +
    "the channel reacts, not what it has recognized: the layers after it make use of it together with all others.",
);

function shownCell(row, unit, cell) {
  const { top, left } = row.frames.shown([unit, ...cell]);
  return [top, left];
}
