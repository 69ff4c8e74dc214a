// The confusion matrix: what is mistaken for what. A cell shows its pictures.

import { ConfusionMatrix } from "../../shared/confusion.js";
import { make, setDisabled } from "../../shared/dom.js";
import { _ } from "../../shared/words.js";
import { figure } from "./numbers.js";
import { part, Switch } from "../../shared/part.js";
import { paintedMatrix } from "./painted_matrix.js";
import { saveButton } from "./saved.js";

const ROOM = 40; // characters that fit over all columns
const SHORT = 3; // those of a class's name that always fit over one
const MANY = 20; // classes from which on the matrix has a scroll bar of its own

export class Confusion {
  // pick(truth, answer): a cell is chosen.
  constructor(pick) {
    this.matrix = new ConfusionMatrix(pick);
    this.host = make("div", { className: "matrix", role: "region", ariaLabel: _("Confusion matrix") });
    const choices = [
      ["counts", _("Pictures")],
      ["shares", _("Per cent of the row")],
    ];
    this.unit = new Switch(_("Numbers in the matrix"), choices, () => this.fill());
    const axes = make("p", { className: "about" }, _("Rows: the true class. Columns: the answer."));
    const help = _(
      "Each picture is in one cell: right answers are on the diagonal, mistakes beside it, and a full cell beside it " +
        "is a pair of classes that the network confuses. It does not say why, and a class with few pictures has few " +
        "mistakes only because it has few pictures: compare those by per cent.",
    );
    this.save = saveButton("confusion-matrix", () => paintedMatrix(this.host.firstChild, axes.textContent));
    const foot = make("div", { className: "foot" }, this.save);
    this.element = part("confused", _("Confusion matrix"), help, this.unit.element, axes, this.host, foot);
  }

  show(result, { classes }) {
    this.counts = result?.confusion ?? classes.map(() => classes.map(() => 0));
    this.names = classes;
    this.fill();
    setDisabled(this.save, !result);
    this.host.tabIndex = result ? -1 : 0; // it is scrolled by its cells, or without any by itself
  }

  fill() {
    const focused = this.matrix.focusedCell();
    const shares = this.unit.chosen === "shares";
    const made = this.matrix.table(this.counts, this.names, (count, share) => (shares ? figure(share) : `${count}`));
    const short = Math.max(SHORT, ROOM / (this.names.length + 1));
    const isLong = this.names.some((name) => name.length > short);
    made.classList.toggle("named", isLong);
    this.host.classList.toggle("many", this.names.length > MANY);
    this.host.replaceChildren(made);
    this.matrix.focus(focused);
  }
}
