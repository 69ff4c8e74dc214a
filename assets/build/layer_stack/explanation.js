// What a kind of layer does: one sentence, always in view; behind the "?" a moving picture, and the sums written out.

import { make, setText } from "../../shared/dom.js";
import { _ } from "../../shared/words.js";
import { filmOf } from "./operations/operations.js";
import { Player } from "./operations/player.js";

const SMALLEST = 0.0005; // share of the parameters that is mentioned
const ONE_TERM = /^([\d,]+) = \1$/; // a sum of one term says its total twice

export class Explanation {
  constructor(card) {
    const { form } = card;
    this.card = card;
    this.button = make(
      "button",
      {
        type: "button",
        className: "icon help",
        title: _("How it works"),
        ariaLabel: _("How {title} works", form),
        ariaExpanded: "false",
        onclick: () => this.toggle(),
      },
      "?",
    );
    this.sentence = make("span", { className: "sentence" }, form.summary);
    this.seen = make("span", { className: "seen" });
    this.line = make("p", { className: "about-line" }, this.sentence, " ", this.seen);
    this.note = make("p", { className: "about" });
    this.sums = make("p", { className: "sums" });
    this.element = make("section", { className: "explanation", hidden: true }, this.note);
    this.element.setAttribute("aria-label", _("How {title} works", form));
  }

  toggle() {
    this.element.hidden = !this.element.hidden;
    this.button.ariaExpanded = String(!this.element.hidden);
    this.film = "";
    this.fill();
  }

  show(row) {
    this.row = row;
    setText(this.seen, row.seen);
    this.fill();
  }

  // The film starts anew when the settings that it shows have changed.
  fill() {
    const { row } = this;
    const sums = [
      row.formula && _("Parameters: {formula} = {parameters}", row),
      row.share >= SMALLEST && _("{share} % of all parameters", { share: (row.share * 100).toFixed(1) }),
      row.macsFormula && _("Multiply-adds: {macsFormula}", { macsFormula: row.macsFormula.replace(ONE_TERM, "$1") }),
    ];
    setText(this.sums, sums.filter(Boolean).join("\n"));
    if (this.element.hidden) return;
    const settings = JSON.stringify(row.values);
    if (this.film === settings) return;
    this.film = settings;
    const film = filmOf(this.card.kind, row.values);
    if (!film) return;
    setText(this.note, film.note ?? "");
    if (this.player) this.player.load(film);
    else {
      this.player = new Player(film);
      this.element.prepend(this.player.element);
      this.card.stack.keys.settle(this.element);
    }
  }
}
