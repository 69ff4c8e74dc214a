// The map of the page: a column for each layer, with its first maps or its numbers. Pointing at a map shows the maps
// that it is made of, and how strongly; a click selects it, one on the title of a column its layer. The arrow keys lead
// through all of them.

import { paintPicture } from "../../shared/canvas.js";
import { draw, make, setText } from "../../shared/dom.js";
import { _, sentences } from "../../shared/words.js";
import { Column } from "./column.js";
import { strongestOf, wayTo } from "./connections.js";

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const [THIN, THICK] = [0.75, 4]; // lines, in CSS pixels

export class Overview {
  // goTo(row): a layer is chosen. pick(row, unit): one of its maps or numbers.
  constructor({ goTo, pick }) {
    Object.assign(this, { goTo, pick, columns: [], at: [0, 0] });
    this.input = make("canvas", { ariaHidden: "true" });
    this.lines = draw("svg", { class: "lines", "aria-hidden": "true" });
    this.list = make("div", { className: "line", role: "group", ariaLabel: _("Layers of the network") });
    this.list.onkeydown = (event) => this.key(event);
    for (const kind of ["pointerover", "focusin"]) this.list.addEventListener(kind, ({ target }) => this.point(target));
    for (const kind of ["pointerleave", "focusout"]) this.list.addEventListener(kind, () => this.point(null));
    this.words = make("p", { className: "about-unit", role: "status" });
    this.element = make("div", { className: "overview" }, this.list, this.words);
    this.sizes = new ResizeObserver(() => this.drawLines());
    this.sizes.observe(this.list);
  }

  layout(captions) {
    this.columns = captions.map((caption, row) => new Column(caption, row, this));
    const elements = this.columns.map(({ element }) => element);
    this.list.replaceChildren(this.lines, make("div", { className: "input" }, this.input), ...elements);
    this.row = undefined;
    this.unit = null;
    this.reach(0, 0);
  }

  paint(body, inks, lookup) {
    Object.assign(this, { body, lookup });
    paintPicture(this.input, body.picture, inks);
    this.columns.forEach((column, row) => column.paint(body.rows[row], lookup));
    this.describe();
  }

  // ---- what is selected, and what is pointed at

  // unit: a map or number of the row; null for none.
  mark(row, unit) {
    const isSame = row === this.row && unit === this.unit;
    Object.assign(this, { row, unit });
    this.columns.forEach((column, each) => column.mark(each === row, each === row ? unit : null));
    const way = this.wayOf({ row, unit });
    for (const column of this.columns) column.require(this.needed(way, column.row), this.lookup);
    this.show();
    if (isSame || row === null) return;
    this.bringIntoSight(this.columns[row].element);
  }

  // What is in sight stays where it is, under the pointer.
  bringIntoSight({ offsetLeft, offsetWidth }) {
    const { clientWidth, scrollLeft } = this.list;
    const isInSight = offsetLeft >= scrollLeft && offsetLeft + offsetWidth <= scrollLeft + clientWidth;
    if (!isInSight) this.list.scrollTo({ left: offsetLeft - (clientWidth - offsetWidth) / 2 });
  }

  // The unit of a row that has to be among the shown ones.
  needed(way, row) {
    if (row === this.row) return this.unit;
    const alone = way.find((each) => each.row - 1 === row && each.share === null);
    const strongest = strongestOf(way);
    return alone?.from ?? (strongest?.row - 1 === row ? strongest.from : null);
  }

  wayOf({ row, unit }) {
    return row === null || unit === null ? [] : wayTo(this.body, row, unit);
  }

  point(element) {
    const pointed = this.columns.map((column) => column.unitOf(element)).find(Boolean) ?? null;
    if (pointed?.row === this.pointed?.row && pointed?.unit === this.pointed?.unit) return;
    this.pointed = pointed;
    this.show();
  }

  get looked() {
    return this.pointed ?? { row: this.row ?? null, unit: this.unit };
  }

  show() {
    this.drawLines();
    this.describe();
  }

  describe() {
    if (!this.body) return;
    const { row, unit } = this.looked;
    const column = this.columns[row];
    if (!column || unit === null)
      return setText(
        this.words,
        sentences(
          _("Point at a map to see what it is made of; click it for its numbers."),
          _("Lines: orange where the weights add up to more than zero, blue and dashed where to less."),
        ),
      );
    setText(this.words, sentences(column.words(unit), this.sourceWords(strongestOf(this.wayOf({ row, unit })))));
  }

  sourceWords(strongest) {
    if (!strongest?.row) return "";
    const names = { map: strongest.from + 1, layer: this.columns[strongest.row - 1].title };
    return _("Its strongest input is map {map} of {layer}.", names);
  }

  // ---- lines

  drawLines() {
    if (!this.body) return;
    const way = this.wayOf(this.looked);
    for (const column of this.columns)
      column.light(way.filter((each) => each.row - 1 === column.row).map((each) => each.from));
    // without the old lines, which would make the list as wide as they are
    this.lines.replaceChildren();
    this.lines.setAttribute("width", this.list.scrollWidth);
    this.lines.setAttribute("height", this.list.clientHeight);
    this.lines.replaceChildren(...way.map((each) => this.lineOf(each)).filter(Boolean));
  }

  lineOf({ row, unit, from, share, sum }) {
    const end = this.columns[row].tile(unit);
    const start = row ? this.columns[row - 1].tile(from) : this.input;
    if (!start || !end) return null;
    const [one, other] = [placeOf(start, 1), placeOf(end, 0)];
    const middle = (one.x + other.x) / 2;
    const kind = sum === null ? "alone" : sum < 0 ? "negative" : "positive";
    return draw("path", {
      class: kind,
      d: `M${one.x} ${one.y}C${middle} ${one.y} ${middle} ${other.y} ${other.x} ${other.y}`,
      "stroke-width": share === null ? THIN * 2 : THIN + (THICK - THIN) * share,
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
  }
}

// The middle of a side of a tile, in CSS pixels of the list; side: 0 is the left one, 1 the right one.
function placeOf(tile, side) {
  let [x, y] = [side * tile.offsetWidth, tile.offsetHeight / 2];
  for (let each = tile; each && !each.classList.contains("line"); each = each.offsetParent) {
    x += each.offsetLeft;
    y += each.offsetTop;
  }
  return { x, y };
}
