// Drawing by cells: the sheet as a grid of 28×28, for people who cannot draw a line, or want to know what one pixel is
// worth. Arrow keys move, the space bar fills or empties, Shift with an arrow key fills along the way.

import { make, setText } from "../../shared/dom.js";
import { _ } from "../../shared/words.js";
import { ARROWS } from "./keys.js";
import { CELLS } from "./raster.js";

const LARGEST_STEP = { PageUp: [0, -CELLS], PageDown: [0, CELLS], Home: [-CELLS, 0], End: [CELLS, 0] };

export class CellGrid {
  // inkAt(column, line): the ink there. put(stroke): adds it to the sheet. leave(): closes the grid.
  constructor(root, { inkAt, put, leave }) {
    Object.assign(this, { inkAt, put, leave });
    this.element = root.querySelector(".cells");
    this.tools = root.querySelector(".cell-tools");
    this.values = root.querySelector(".cell-value");
    this.message = root.querySelector(".cell-words"); // not the pad's own, which will announce the answer
    this.column = this.line = CELLS / 2;
    this.values.onchange = () => this.showMessage(_("ink {ink}", { ink: this.values.selectedOptions[0].textContent }));
    this.element.onkeydown = (event) => this.key(event);
    this.element.onpointerdown = (event) => this.pointer(event);
    this.element.onpointermove = (event) => event.buttons && this.pointer(event);
  }

  get open() {
    return !this.element.hidden;
  }

  toggle() {
    if (!this.open && !this.element.childElementCount) this.build();
    this.element.hidden = !this.element.hidden;
    this.tools.hidden = this.element.hidden;
    if (this.open) this.go(0, 0);
  }

  // Creates its 784 elements when they are first needed.
  build() {
    const row = (line) =>
      make(
        "div",
        { role: "row" },
        ...Array.from({ length: CELLS }, (_each, column) =>
          Object.assign(make("div", { role: "gridcell", tabIndex: -1 }), { column, line }),
        ),
      );
    this.element.append(...Array.from({ length: CELLS }, (_each, line) => row(line)));
  }

  at(column, line) {
    return this.element.children[line].children[column];
  }

  key(event) {
    const step = ARROWS[event.key] ?? LARGEST_STEP[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (step) {
      this.go(...step);
      if (event.shiftKey) this.fill(this.value());
    } else if (event.key === " " || event.key === "Enter") this.fill(this.ink() === this.value() ? 0 : this.value());
    else if (event.key === "+" || event.key === "-") this.choose(event.key === "+" ? -1 : 1);
    else if (event.key === "Escape") this.leave();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  go(right, below) {
    this.at(this.column, this.line).tabIndex = -1;
    this.column = Math.max(0, Math.min(CELLS - 1, this.column + right));
    this.line = Math.max(0, Math.min(CELLS - 1, this.line + below));
    const cell = this.at(this.column, this.line);
    cell.tabIndex = 0;
    this.name(cell);
    cell.focus({ preventScroll: true });
  }

  name(cell, ink = this.ink()) {
    const share = Math.round((100 * ink) / 255);
    const position = { row: this.line + 1, column: this.column + 1 };
    cell.setAttribute("aria-label", _("row {row}, column {column}, ink {share} %", { ...position, share }));
  }

  choose(step) {
    const { options, selectedIndex } = this.values;
    this.values.selectedIndex = Math.max(0, Math.min(options.length - 1, selectedIndex + step));
    this.values.onchange();
  }

  value() {
    return Number(this.values.value);
  }

  ink() {
    return this.inkAt(this.column, this.line);
  }

  fill(value) {
    this.put({ tool: "cell", column: this.column, line: this.line, value });
    this.name(this.at(this.column, this.line), value);
    this.showMessage(this.at(this.column, this.line).getAttribute("aria-label"));
  }

  // Shows a message, which screen readers announce.
  showMessage(text) {
    setText(this.message, text);
  }

  pointer(event) {
    const { left, top, width } = this.element.getBoundingClientRect();
    const [column, line] = [event.clientX - left, event.clientY - top].map((offset) =>
      Math.floor((offset / width) * CELLS),
    );
    const inside = Math.min(column, line) >= 0 && Math.max(column, line) < CELLS;
    const again = event.type === "pointermove" && column === this.column && line === this.line;
    event.preventDefault();
    if (!inside || again || event.button > 0) return;
    this.go(column - this.column, line - this.line);
    if (event.type === "pointerdown") this.painting = this.ink() === this.value() ? 0 : this.value();
    this.fill(this.painting);
  }
}
