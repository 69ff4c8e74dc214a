// The viewer's own drawing, the first of the watched pictures. What the network reads in it is requested when there are
// other weights, another run or another drawing: the panel's own data are the same for all viewers.

import { keptStrokes } from "../../draw/drawing_pad/kept.js";
import { ask } from "../../shared/api.js";
import { paintPicture } from "../../shared/canvas.js";
import { make, setText } from "../../shared/dom.js";
import { REMINDED } from "../../shared/drawing.js";
import { _ } from "../../shared/words.js";
import { guess, otherGuesses } from "./parts.js";

const EMPTY_LINE = "\u00a0";

export class WatchedDrawing {
  constructor() {
    this.picture = make("canvas", { role: "img", ariaLabel: _("Your drawing, as the network sees it") });
    this.lines = [make("span"), make("b"), make("span")]; // of which weights, their answer, and other guesses
    const words = make("div", {}, make("strong", {}, _("Your drawing")), ...this.lines);
    this.element = make("li", { className: "own", hidden: true }, this.picture, words);
    this.reminded = () => this.ask();
  }

  // The lab may get the drawing that the browser had stored only after the panel is there.
  listen() {
    addEventListener(REMINDED, this.reminded);
  }

  rest() {
    removeEventListener(REMINDED, this.reminded);
  }

  // `body`: the panel's. Where the browser has a drawing, there is room for it before the lab has answered.
  update(tab, { run, weights, grayscale, classes }, inks) {
    const other = tab !== this.tab || run !== this.run;
    const news = other || weights !== this.weights;
    Object.assign(this, { tab, run, weights, grayscale, classes, inks });
    if (other) {
      this.found = this.problem = this.question = null;
      this.isBlank = false;
      this.expected = keptStrokes().length > 0;
    }
    this.paint();
    if (news && !this.isBlank) this.ask();
  }

  async ask() {
    const { tab, run, weights } = this;
    if (!weights || !this.grayscale) return;
    const question = { run, tab };
    this.question = question;
    const reply = await ask("watched-drawing", question).catch(({ message }) => ({ problem: message }));
    if (question !== this.question) return;
    this.problem = reply.problem;
    if (!reply.problem) {
      this.found = reply.drawing;
      this.expected &&= !reply.known;
      this.isBlank = !this.found && !this.expected; // until the browser sends one
    }
    this.paint();
  }

  paint() {
    const { found, problem, classes } = this;
    this.element.hidden = !this.grayscale || !(found || this.expected);
    if (found) paintPicture(this.picture, found.picture, this.inks);
    const read = found ? [found.when, guess(found.top[0], classes), otherGuesses(found.top, classes)] : [];
    const texts = problem ? [problem] : read;
    this.lines.forEach((line, index) => setText(line, texts[index] || EMPTY_LINE));
  }
}
