// The confusion matrix. A click on a cell shows test pictures of that kind, each a link to Look inside.

import { ConfusionMatrix } from "../../shared/confusion.js";
import { make } from "../../shared/dom.js";
import { _ } from "../../shared/words.js";
import { Mistakes } from "./mistakes.js";
import { section } from "./parts.js";

export class Matrix {
  constructor() {
    this.mistakes = new Mistakes((place) => this.onOpen(place));
    this.cells = new ConfusionMatrix((truth, answer) => this.mistakes.show(truth, answer));
  }

  section({ run, data, confusion: counts, classes, confused, matrix_when: when }, inks) {
    this.mistakes.inks = inks;
    this.mistakes.belongTo(run, data, classes);
    const about = _(
      "Validation pictures, {when}. Rows: the true class; columns: the answer; the deeper the color, the larger the " +
        "share of its row. A click on a number shows such pictures.",
      { when },
    );
    const wide = make("div", { className: "wide" }, this.cells.table(counts, classes));
    const title = _("Confusion matrix: what is mistaken for what");
    return section(title, about, make("p", {}, confused), wide, this.mistakes.element);
  }

  focusedCell() {
    return this.cells.focusedCell();
  }

  focus(place) {
    this.cells.focus(place);
  }
}
