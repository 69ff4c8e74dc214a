// A picture made up to excite the selected unit, on request.

import { paintPicture } from "../../shared/canvas.js";
import { make, setText } from "../../shared/dom.js";
import { saveButton } from "../../shared/save_picture.js";
import { Study } from "../../shared/study.js";
import { howFar, StudyLine } from "../../shared/study_line.js";
import { _, sentences, shortNumber } from "../../shared/words.js";
import { cardPart, questionOf } from "./unit.js";

export class MadeUp {
  constructor() {
    this.study = new Study("unit/optimized", (state) => this.take(state));
    this.line = new StudyLine(this.study, _("Making up a picture"), _("Make one up"));
    this.canvas = make("canvas", { role: "img" });
    this.words = make("p", { role: "status" });
    this.save = saveButton(this.canvas, () => `made-up-${this.question.layer}-${this.question.unit}`);
    const text = make("div", {}, this.words, this.line.element, this.save);
    const shown = make("div", { className: "made-up" }, this.canvas, text);
    this.element = cardPart("optimized", _("A picture made up to excite it"), HELP, shown);
  }

  // Which data set the rest of the card is about, does not matter.
  show(selection, body) {
    this.question = { ...questionOf(selection, body), data: "" };
    this.body = body;
    this.repaint();
  }

  reveal() {
    const text = JSON.stringify(this.question);
    if (text !== this.text) this.study.lookUp(this.question);
    this.text = text;
  }

  conceal() {
    this.study.rest();
    this.text = null;
  }

  // found: the pictures that excite it most, if they are known.
  compare(found) {
    this.largest = found?.found[0]?.value;
    if (this.made) this.say();
  }

  take(state) {
    this.made = state.state === "done" ? state : null;
    this.line.show(state);
    this.save.hidden = !this.made;
    if (this.made) this.say();
    else setText(this.words, howFar(state));
    this.repaint();
  }

  say() {
    const reached = _("No photo and no drawing: made from noise. It excites the unit to {value}.", {
      value: shortNumber(this.made.activation),
    });
    const seen =
      this.largest === undefined
        ? ""
        : _("The most exciting test picture reaches {value}.", { value: shortNumber(this.largest) });
    setText(this.words, sentences(reached, seen));
    this.canvas.ariaLabel = _("A picture made up to excite it to {value}", {
      value: shortNumber(this.made.activation),
    });
  }

  // An empty frame of the picture's size keeps its room.
  repaint() {
    const { picture, inks } = this.body;
    const blank = Object.assign(new Uint8Array(picture.length), { shape: picture.shape });
    this.canvas.classList.toggle("blank", !this.made);
    this.canvas.ariaHidden = String(!this.made);
    paintPicture(this.canvas, this.made?.picture ?? blank, inks);
  }

  remove() {
    this.study.rest();
  }
}

const HELP = _(
  "It begins as noise, and each of 96 steps changes all pixels a little so that the unit's number grows; " +
    "blurring and shifting it on the way keeps it from becoming speckles. It shows what the unit reacts to " +
    "strongly, not what it sees in a real picture, and another noise would have given another one.",
);
