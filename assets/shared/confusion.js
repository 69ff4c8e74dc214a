// A confusion matrix as a table of buttons. It is one stop of the Tab key: arrow keys move on to other cells.

import { make } from "./dom.js";
import { rowHead, table } from "./tables.js";
import { _ } from "./words.js";

const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const STRONG = 0.45; // the share of a row from which a cell's color is a strong one

export class ConfusionMatrix {
  // pick(truth, answer): a person wants to see what is in this cell.
  constructor(pick) {
    this.pick = pick;
    this.place = null; // the cell that the Tab key reaches: [truth, answer]
  }

  // The table for counts[truth][answer]. A cell has the class "right" or "wrong", and its share of the row as --share.
  // text(count, share): what is written in a cell.
  table(counts, classes, text = (count) => `${count}`) {
    this.counts = counts;
    this.buttons = counts.map((row) => row.map(() => null));
    const rows = counts.map((row, truth) =>
      make("tr", {}, rowHead(classes[truth]), ...this.cells(row, truth, classes, text)),
    );
    this.grid = table(["", ...classes], rows, { className: "confusion" });
    this.grid.onkeydown = (event) => this.move(event);
    this.reach(...(this.existing(this.place) ?? this.first()));
    return this.grid;
  }

  cells(row, truth, classes, text) {
    const sum = row.reduce((total, count) => total + count, 0) || 1;
    return row.map((count, answer) => {
      const share = count / sum;
      const kind = truth === answer ? "right" : count ? "wrong" : "";
      const made = make("td", { className: share > STRONG ? `${kind} strong` : kind });
      made.style.setProperty("--share", `${Math.round(100 * share)}%`);
      if (count) made.append(this.button(count, text(count, share), truth, answer, classes));
      return made;
    });
  }

  button(count, text, truth, answer, classes) {
    const label = _("{truth} answered as {answer}: {count}", { truth: classes[truth], answer: classes[answer], count });
    const reach = () => this.reach(truth, answer);
    const show = () => {
      reach(); // not every browser gives a clicked button the focus
      this.pick(truth, answer);
    };
    const spoken = { title: label, "aria-label": label };
    const made = make("button", { type: "button", ...spoken, tabIndex: -1, onfocus: reach, onclick: show }, text);
    this.buttons[truth][answer] = made;
    return made;
  }

  existing(place) {
    return place && this.buttons[place[0]]?.[place[1]] ? place : null;
  }

  first() {
    const truth = this.counts.findIndex((row) => row.some(Boolean));
    return truth < 0 ? [0, 0] : [truth, this.counts[truth].findIndex(Boolean)];
  }

  // Only one cell is in the order of the Tab key.
  reach(truth, answer) {
    if (this.place) this.buttons[this.place[0]]?.[this.place[1]]?.setAttribute("tabindex", "-1");
    this.place = [truth, answer];
    this.buttons[truth]?.[answer]?.setAttribute("tabindex", "0");
  }

  move(event) {
    const arrow = ARROWS[event.key];
    if (!arrow) return;
    event.preventDefault();
    let [truth, answer] = this.place;
    do {
      truth += arrow[0];
      answer += arrow[1];
    } while (this.buttons[truth]?.[answer] === null);
    if (this.buttons[truth]?.[answer]) this.focus([truth, answer]);
  }

  focusedCell() {
    const focused = this.grid?.getRootNode().activeElement;
    return focused && this.grid.contains(focused) ? this.place : null;
  }

  focus(place) {
    if (this.existing(place)) this.buttons[place[0]][place[1]].focus();
  }
}
