// The selected unit switched off: what the network then says to this picture, and how good it is without it.

import { ask } from "../../shared/api.js";
import { make, setText } from "../../shared/dom.js";
import { Study } from "../../shared/study.js";
import { howFar, StudyLine } from "../../shared/study_line.js";
import { cell, rowHead, table, wide } from "../../shared/tables.js";
import { _, grouped, plural, sentences } from "../../shared/words.js";
import { figure, percent } from "../test_set/numbers.js";
import { barCell, scaleOf, signed } from "./bars.js";
import { cardPart, questionOf, STAYS } from "./unit.js";

const FEW = 12; // classes that are all shown
const LIKELIEST = 10; // of more classes
const MOST_CHANGED = 20;
const LEAST_SCALE = 0.05; // of a change: that of a picture or two is a short bar

export class SwitchedOff {
  constructor() {
    this.title = _("Switch off");
    this.isOff = false;
    this.name = make("span");
    this.state = make("span", { className: "state" });
    const knob = make("i", { ariaHidden: "true" });
    const toggle = () => this.toggle();
    this.button = make("button", { type: "button", role: "switch", onclick: toggle }, knob, this.name, this.state);
    this.words = make("p", { className: "about", role: "status" });
    this.answer = make("div");
    this.study = new Study("unit/without", (state) => this.take(state));
    this.line = new StudyLine(this.study, _("Asking the network about all test pictures"));
    this.result = make("p", { className: "about", role: "status" });
    this.recall = make("div");
    const work = make("div", { className: "progress" }, this.result, this.line.element);
    const parts = [
      cardPart("now", _("The answer to this picture"), ANSWER, this.words, this.answer),
      cardPart("recall", _("All test pictures"), RECALL, work, this.recall),
    ];
    this.element = make("div", { className: "unit-part" }, this.button, ...parts);
  }

  show(selection, body) {
    const { of, tab } = body;
    const unit = JSON.stringify([of.model, selection.layer, selection.unit]);
    if (unit !== this.unit) this.isOff = false;
    this.question = questionOf(selection, body);
    this.wanted = { ...this.question, picture: of.picture, tab };
    Object.assign(this, { unit, body });
    setText(this.name, _("Channel {channel}", { channel: selection.unit + 1 }));
    return true;
  }

  toggle() {
    this.isOff = !this.isOff;
    this.reveal();
  }

  reveal() {
    const text = JSON.stringify([this.wanted, this.isOff]);
    if (text === this.text) return;
    this.text = text;
    this.mark();
    if (this.isOff) this.ask(text);
    else this.restOn(_("Switch it off to see what changes."));
  }

  mark() {
    this.button.ariaChecked = String(!this.isOff);
    setText(this.state, this.isOff ? _("off: it counts as 0") : _("on"));
  }

  conceal() {
    this.study.rest();
    this.text = null;
  }

  // Nothing is selected.
  rest() {
    this.conceal();
    this.unit = null;
  }

  restOn(words) {
    this.study.rest();
    setText(this.words, words);
    this.fillAnswer(this.body.probabilities, null);
    this.clear(this.body.tested.words ?? "");
  }

  async ask(text) {
    const { tested } = this.body;
    try {
      const found = await ask("unit/answer", this.wanted);
      if (text !== this.text) return;
      this.fillAnswer(found.with, found.without);
      setText(this.words, changed(found, this.body.classes));
      if (tested.data) this.study.lookUp(this.question, STAYS);
      else this.clear(tested.words);
    } catch (error) {
      if (text !== this.text) return;
      this.isOff = false;
      this.text = JSON.stringify([this.wanted, false]);
      this.mark();
      this.restOn(error.message);
    }
  }

  fillAnswer(before, after) {
    const { classes } = this.body;
    const best = [before, after].map((each) => each && indexOfLargest(each));
    const rows = shownClasses(before, after ?? before).map((index) => {
      const both = after ? [before[index], after[index]] : [before[index]];
      const bar = barCell(both, [0, 1], (_value, at) => (at ? "after" : "before"));
      const texts = [before, after].map((each, at) => shareCell(each, index, best[at]));
      return make("tr", {}, rowHead(classes[index]), bar, ...texts);
    });
    const heads = [_("class"), "", _("with it, %"), _("without, %")];
    this.answer.replaceChildren(wide(_("The answer to this picture"), table(heads, rows, { className: "both" })));
  }

  // ---- all test pictures

  clear(words) {
    this.line.element.hidden = true;
    setText(this.result, words);
    this.fillRecall(null);
  }

  take(state) {
    const found = state.state === "done" ? state : null;
    this.line.show(state.state === "none" ? { state: "looked up" } : state); // it is begun by itself
    setText(this.result, found ? verdict(found, this.body.tested) : howFar(state));
    this.fillRecall(found);
  }

  fillRecall(found) {
    const { classes } = this.body;
    const shown = (found?.classes ?? classes.map((_each, index) => index)).slice(0, MOST_CHANGED);
    const changes = shown.map((_index, place) => (found ? found.after[place] - found.before[place] : 0));
    const scale = symmetric(scaleOf(changes));
    const rows = shown.map((index, place) => {
      const { before, after, support } = found ?? {};
      const texts = found ? [grouped(support[place]), figure(before[place]), figure(after[place])] : ["–", "–", "–"];
      const bar = barCell([changes[place]], scale, signed);
      return make("tr", {}, rowHead(classes[index]), bar, ...texts.map((text) => cell(text)));
    });
    const heads = [_("class"), _("change"), _("pictures"), _("with it, %"), _("without, %")];
    this.recall.replaceChildren(wide(_("Right in each class"), table(heads, rows)));
  }

  remove() {
    this.study.rest();
  }
}

function shareCell(shares, index, best) {
  if (!shares) return cell("–");
  const share = shares[index];
  const text = share > 0 && share < 0.001 ? "< 0.1" : share > 0.999 && share < 1 ? "> 99.9" : figure(share);
  return index === best ? cell(make("b", {}, text)) : cell(text);
}

function indexOfLargest(shares) {
  return shares.indexOf(Math.max(...shares));
}

// The classes in their order; of many, those that are likely with the unit or without it.
export function shownClasses(before, after) {
  const all = Array.from(before.keys());
  if (all.length <= FEW) return all;
  const most = (index) => Math.max(before[index], after[index]);
  return all
    .sort((one, other) => most(other) - most(one))
    .slice(0, LIKELIEST)
    .sort((one, other) => one - other);
}

function symmetric([low, high]) {
  const most = Math.max(-low, high, LEAST_SCALE);
  return [-most, most];
}

function changed({ with: before, without: after }, classes) {
  const [was, is] = [before, after].map(indexOfLargest);
  const names = { was: classes[was], is: classes[is], before: percent(before[was]), after: percent(after[is]) };
  if (was === is) return _("The answer stays {was}: {before} with it, {after} without.", names);
  return _("The answer changes: {was} ({before}) with it, {is} ({after}) without.", names);
}

function verdict({ accuracy, pictures, changed: count, lost, won }, { title }) {
  const [before, after] = accuracy.map(percent);
  const right = _("Of {pictures} test pictures of {title}, {before} are right with it, {after} without.", {
    pictures,
    title,
    before,
    after,
  });
  if (!count) return sentences(right, _("No answer changes."));
  const moved = plural(
    "{count} answer changes: from right to wrong {lost}, from wrong to right {won}.",
    "{count} answers change: from right to wrong {lost}, from wrong to right {won}.",
    count,
    { lost, won },
  );
  return sentences(right, moved);
}

const ANSWER = _(
  "The probability of each class with the channel, and without it: its numbers are 0, and nothing else is " +
    "changed. A channel that changes nothing here may matter for other pictures, and one whose work others do as " +
    "well is not missed either.",
);
const RECALL = _(
  "The share of each class's pictures that are read rightly, the classes that change most first. The network " +
    "was never trained without this channel, so this is what it misses, not how good a smaller network could be; " +
    "a change of a few pictures may be luck.",
);
