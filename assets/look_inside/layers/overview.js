// The map of the page: a column for each layer, with its first maps or its numbers. Pointing at one of them shows what
// it is made of, and how strongly; a click selects it, one on the title of a column its layer. The arrow keys lead
// through all of them.

import { paintPicture } from "../../shared/canvas.js";
import { draw, make, setText } from "../../shared/dom.js";
import { helpOf } from "../../shared/part.js";
import { _, sentences } from "../../shared/words.js";
import { Column } from "./column.js";
import { wordsAbout } from "./map_about.js";
import { wayTo } from "./way.js";

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const [THIN, THICK] = [0.75, 4]; // lines, in CSS pixels

export class Overview {
  // network: as for MapAbout. goTo(row): a layer is chosen. pick(row, unit): one of its maps or numbers.
  constructor(network, { goTo, pick }) {
    Object.assign(this, { network, goTo, pick, columns: [], at: [0, 0] });
    this.input = make("canvas", { ariaHidden: "true" });
    this.lines = draw("svg", { class: "lines", "aria-hidden": "true" });
    this.list = make("div", { className: "line", role: "group", ariaLabel: _("Layers of the network") });
    this.list.onkeydown = (event) => this.key(event);
    for (const kind of ["pointerover", "focusin"]) this.list.addEventListener(kind, ({ target }) => this.point(target));
    for (const kind of ["pointerleave", "focusout"]) this.list.addEventListener(kind, () => this.point(null));
    this.words = make("p", { className: "about-unit", role: "status" });
    const [help, about] = helpOf(_("Layers of the network"), HELP);
    const foot = make("div", { className: "foot" }, this.words, help);
    this.element = make("div", { className: "overview" }, this.list, foot, about);
    this.sizes = new ResizeObserver(() => this.drawLines());
    this.sizes.observe(this.list);
  }

  // rows: the MapRows of the layers.
  layout(captions, rows) {
    this.captions = captions;
    this.columns = captions.map((caption, row) => new Column(caption, rows[row], row, this));
    const elements = this.columns.map(({ element }) => element);
    this.list.replaceChildren(this.lines, make("div", { className: "input" }, this.input), ...elements);
    Object.assign(this, { row: null, unit: null, pointed: null });
    this.reach(0, 0);
  }

  paint({ picture, rows }, inks, lookup) {
    this.lookup = lookup;
    paintPicture(this.input, picture, inks);
    this.columns.forEach((column, row) => column.paint(rows[row].values, lookup));
    this.describe();
  }

  // ---- what is selected, and what is pointed at

  // unit: a map or number of the row; null for none.
  mark(row, unit) {
    const isSame = row === this.row && unit === this.unit;
    Object.assign(this, { row, unit });
    const way = this.wayOf({ row, unit });
    for (const column of this.columns) column.require(this.needed(way, column.row), this.lookup);
    this.columns.forEach((column, each) => column.mark(each === row, each === row ? unit : null));
    this.show();
    if (!isSame && row !== null) this.bringIntoSight(this.columns[row].element);
  }

  // What is in sight stays where it is, under the pointer.
  bringIntoSight({ offsetLeft, offsetWidth }) {
    const { clientWidth, scrollLeft } = this.list;
    const isInSight = offsetLeft >= scrollLeft && offsetLeft + offsetWidth <= scrollLeft + clientWidth;
    if (!isInSight) this.list.scrollTo({ left: offsetLeft - (clientWidth - offsetWidth) / 2 });
  }

  // The unit of a row that has to be among the shown ones: of those on the way the strongest.
  needed(way, row) {
    if (row === this.row) return this.unit;
    return way.find((each) => each.row - 1 === row)?.from ?? null;
  }

  wayOf({ row, unit }) {
    return row === null || unit === null ? [] : wayTo(this.captions, this.network.connections, row, unit);
  }

  point(element) {
    const pointed = this.columns.map((column) => column.unitOf(element)).find(Boolean) ?? null;
    if (pointed?.row === this.pointed?.row && pointed?.unit === this.pointed?.unit) return;
    this.pointed = pointed;
    this.show();
  }

  get looked() {
    return this.pointed ?? { row: this.row, unit: this.unit };
  }

  // Once the connections are known.
  renew() {
    this.mark(this.row, this.unit);
  }

  show() {
    this.drawLines();
    this.describe();
  }

  describe() {
    const { row, unit } = this.looked;
    const words =
      row === null || unit === null
        ? [
            _("Point at a map to see what it is made of; click it for its numbers."),
            _("The stronger a connection, the thicker its line; one with a weight below zero is dashed."),
          ]
        : wordsAbout(this.network, String(row), unit);
    setText(this.words, sentences(...words));
  }

  // ---- lines

  drawLines() {
    if (!this.columns.length) return;
    const way = this.wayOf(this.looked);
    for (const column of this.columns) {
      column.light(way.filter((each) => each.row - 1 === column.row).map(({ from }) => from));
    }
    // without the old lines, which would make the list as wide as they are
    this.lines.replaceChildren();
    this.lines.setAttribute("width", this.list.scrollWidth);
    this.lines.setAttribute("height", this.list.clientHeight);
    this.lines.replaceChildren(...way.map((each) => this.lineOf(each)).filter(Boolean));
  }

  lineOf({ row, unit, from, share, strength, signed }) {
    const end = this.columns[row].placeOf(unit);
    const start = row ? this.columns[row - 1].placeOf(from) : { element: this.input, down: 0.5 };
    if (!start || !end) return null;
    const [one, other] = [positionOn(start, 1), positionOn(end, 0)];
    const middle = (one.x + other.x) / 2;
    return draw("path", {
      class: signed ? (strength < 0 ? "negative" : "positive") : "unsigned",
      d: `M${one.x} ${one.y}C${middle} ${one.y} ${middle} ${other.y} ${other.x} ${other.y}`,
      "stroke-width": share === null ? 2 * THIN : THIN + (THICK - THIN) * share ** 2, // so that the strongest stand out
    });
  }

  // ---- keyboard: one Tab stop

  key(event) {
    const step = STEPS[event.key];
    const ends = { Home: [0, 0], End: [this.columns.length - 1, 0] }[event.key];
    if (!step && !ends) return;
    const [column, place] = this.at;
    const [toColumn, toPlace] = ends ?? [column + step[0], place + step[1]];
    event.preventDefault();
    event.stopPropagation();
    if (!this.columns[toColumn]) return;
    this.reach(toColumn, toPlace);
    this.reached.focus();
  }

  reach(column, place) {
    const { buttons } = this.columns[column];
    this.at = [column, Math.max(0, Math.min(buttons.length - 1, place))];
    if (this.reached) this.reached.tabIndex = -1;
    this.reached = buttons[this.at[1]];
    this.reached.tabIndex = 0;
  }

  reachButton(button) {
    const column = this.columns.findIndex(({ buttons }) => buttons.includes(button));
    if (column >= 0) this.reach(column, this.columns[column].buttons.indexOf(button));
  }

  remove() {
    this.sizes.disconnect();
    this.element.remove();
  }
}

const HELP = _(
  "A column for each layer, from the picture to the answer, with its first maps or its numbers; the lines lead " +
    "to the selected one, or that under the pointer, from those that it is computed from with the largest " +
    "weights. A thick line is a large weight, not a reason for the answer: what comes along it depends on the " +
    "numbers of the maps, too.",
);

// A place at the left (0) or right (1) side of an element, in CSS pixels of the list.
function positionOn({ element, down }, side) {
  let [x, y] = [side * element.offsetWidth, down * element.offsetHeight];
  for (let each = element; each && !each.classList.contains("line"); each = each.offsetParent) {
    x += each.offsetLeft;
    y += each.offsetTop;
  }
  return { x, y };
}
