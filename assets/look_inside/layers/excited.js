// What excites the selected unit: the test pictures, what is common to a class, and a picture made up for it.

import { pictureAt } from "../../shared/canvas.js";
import { make, setText } from "../../shared/dom.js";
import { lookLink } from "../../shared/look_link.js";
import { Study } from "../../shared/study.js";
import { howFar, StudyLine } from "../../shared/study_line.js";
import { cell, rowHead, table, wide } from "../../shared/tables.js";
import { _, grouped, plural, shortNumber } from "../../shared/words.js";
import { barCell, scaleOf, signed } from "./bars.js";
import { FramedPicture } from "./framed.js";
import { MadeUp } from "./made_up.js";
import { cardPart, questionOf, STAYS } from "./unit.js";

export class ExcitedBy {
  // open(place, cell): look inside this picture, with this cell of the unit's map selected.
  constructor(open) {
    this.open = open;
    this.title = _("Excited by");
    this.study = new Study("unit/excited", (state) => this.take(state));
    this.line = new StudyLine(this.study, _("Asking the network about all test pictures"));
    this.words = make("p", { className: "about", role: "status" });
    this.list = make("ul", { className: "nine" });
    this.means = make("div", { className: "means" });
    this.madeUp = new MadeUp();
    const work = make("div", { className: "progress" }, this.words, this.line.element);
    this.parts = [
      cardPart("most", _("Test pictures that excite it most"), MOST, work, this.list),
      cardPart("by-class", _("Mean for each class"), MEANS, this.means),
    ];
    this.none = make("p", { className: "about" });
    this.element = make("div", { className: "unit-part" }, this.none, ...this.parts, this.madeUp.element);
  }

  show(selection, body) {
    Object.assign(this, { selection, body });
    const { data, words = "" } = body.tested;
    setText(this.none, words);
    this.none.hidden = Boolean(data);
    this.parts.forEach((part) => (part.hidden = !data));
    this.madeUp.show(selection, body);
    this.repaint();
    return true;
  }

  // It is begun for a unit that stays selected, not for each epoch of a film.
  reveal() {
    this.madeUp.reveal();
    if (!this.body.tested.data) return this.forget();
    const question = questionOf(this.selection, this.body);
    const text = JSON.stringify(question);
    if (text !== this.text) this.study.lookUp(question, STAYS);
    this.text = text;
  }

  conceal() {
    this.madeUp.conceal();
    this.stop();
  }

  // Nothing is selected.
  rest() {
    this.conceal();
  }

  stop() {
    this.study.rest();
    this.text = null;
  }

  // No data set fits the network.
  forget() {
    this.stop();
    this.found = null;
    this.madeUp.compare(null);
    this.fill();
  }

  take(state) {
    const found = state.state === "done" ? state : null;
    this.element.classList.toggle("stale", !found);
    const isLookedUp = ["looked up", "none"].includes(state.state); // it is begun by itself
    this.line.show(isLookedUp ? { state: "looked up" } : state);
    this.found = found ?? (isLookedUp ? this.found : null);
    setText(this.words, found ? about(found, this.body.tested) : howFar(state));
    this.madeUp.compare(found);
    if (found || !this.found) this.fill();
  }

  fill() {
    const { found } = this;
    const count = found ? found.found.length : 0;
    const isSilent = found && found.found[0].value === 0 && found.means.every((mean) => mean === 0);
    this.list.replaceChildren(...Array.from({ length: isSilent ? 0 : count }, (_each, index) => this.tile(index)));
    this.repaint();
    this.means.replaceChildren(meansTable(found, this.body.classes));
  }

  tile(index) {
    const { data, truth, answers, found } = this.found;
    const { number, value, cell: place, field } = found[index];
    const { classes } = this.body;
    const names = {
      number,
      value: shortNumber(value),
      truth: classes[truth[index]],
      answer: classes[answers?.[index]],
    };
    const known = answers ? (answers[index] === truth[index] ? "✓" : "✗") : "";
    const label = {
      "": _("Look inside: test picture {number} of class {truth}, excites it to {value}", names),
      "✓": _("Look inside: test picture {number} of class {truth}, read rightly, excites it to {value}", names),
      "✗": _("Look inside: test picture {number} of class {truth}, read as {answer}, excites it to {value}", names),
    }[known];
    const picture = new FramedPicture("exciting", { ariaHidden: "true" });
    picture.field = field;
    const words = [names.value, known && `${known} ${names.answer}`, known !== "✓" && _("it is {truth}", names)];
    const link = lookLink(
      this.query(`${data}-${number}`, place),
      () => this.open({ data, number }, place),
      label,
      picture.element,
      ...words.filter(Boolean).map((text, line) => make(line ? "span" : "b", {}, text)),
    );
    link.framed = picture;
    return make("li", {}, link);
  }

  query(picture, place) {
    const { of, epochs } = this.body;
    const { layer, unit } = this.selection;
    const epoch = epochs ? { epoch: of.epoch } : {};
    return { run: of.model, ...epoch, picture, row: layer, unit, ...(place && { cell: place.join("-") }) };
  }

  repaint() {
    [...this.list.querySelectorAll("a")].forEach(({ framed }, index) => {
      framed.paint(pictureAt(this.found.pictures, index), this.body.inks);
      framed.mark(framed.field);
    });
  }

  remove() {
    this.study.rest();
    this.madeUp.remove();
  }
}

function about({ found, means, count }, { title }) {
  if (found[0].value === 0 && means.every((mean) => mean === 0))
    return plural(
      "It is 0 for the one test picture of {title}: it tells nothing.",
      "It is 0 for all {count} test pictures of {title}: it tells them nothing apart.",
      count,
      { title },
    );
  return plural("Of {count} test picture of {title}.", "Of {count} test pictures of {title}.", count, { title });
}

function meansTable(found, classes) {
  const means = found?.means ?? classes.map(() => 0);
  const scale = scaleOf(means);
  const rows = classes.map((name, index) => {
    const texts = found ? [shortNumber(means[index]), grouped(found.support[index])] : ["–", "–"];
    return make("tr", {}, rowHead(name), barCell([means[index]], scale, signed), ...texts.map((text) => cell(text)));
  });
  return wide(_("Mean for each class"), table([_("class"), "", _("mean"), _("pictures")], rows));
}

const MOST = _(
  "A unit is as excited as its largest number. Each picture has this number and its class, and the frame is " +
    "the part of the picture that it was computed from. Nine pictures show what the unit likes best, not all " +
    "that it reacts to: what they have in common is a guess, to be tested with a drawing of your own.",
);
const MEANS = _(
  "The mean of the unit's numbers over all test pictures of a class. A class that stands out is one that the " +
    "unit tells apart; that the network needs it for this is another question, which Switch off answers.",
);
