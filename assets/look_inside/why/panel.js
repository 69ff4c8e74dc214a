// One attribution over the picture: its title, what is to be seen behind "?", its numbers, and a button to save it.

import { make, setText } from "../../shared/dom.js";
import { evidenceWords, paintEvidence } from "../../shared/evidence.js";
import { part, retitle } from "../../shared/part.js";
import { saveButton } from "../../shared/save_picture.js";
import { _, sentences } from "../../shared/words.js";

export class Panel {
  constructor(kind, ...content) {
    this.canvas = make("canvas", { role: "img" });
    this.words = make("p", { className: "words" });
    this.fileName = "";
    const save = saveButton(this.canvas, () => this.fileName);
    const foot = make("div", { className: "foot" }, this.words, save);
    this.element = part(`panel ${kind}`, "", "", this.canvas, foot, ...content);
    this.element.removeAttribute("data-step");
  }

  // About another question; the picture stays until there is an answer.
  name(title, help, fileName) {
    const isOther = title !== this.title;
    Object.assign(this, { title, fileName });
    if (isOther) this.forget();
    retitle(this.element, title, help);
  }

  forget() {
    this.shown = null;
    this.canvas.setAttribute("aria-label", this.title);
    this.element.classList.add("stale");
  }

  // answer: of the lab; words: what it says, a sentence.
  show(answer, words) {
    this.shown = answer;
    this.element.classList.remove("stale");
    setText(this.words, words);
    const values = sentences(evidenceWords(answer), words);
    this.canvas.setAttribute("aria-label", _("{where}: {values}", { where: this.title, values }));
  }

  // scale: what the full color stands for, without it the largest value here.
  paint({ picture, faint, scale }, colors) {
    const { shown } = this;
    const gain = shown && scale ? shown.scale / scale : 1;
    paintEvidence(this.canvas, { values: shown?.values, gain, picture, faint }, colors);
  }
}
