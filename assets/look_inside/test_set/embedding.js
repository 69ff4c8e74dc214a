// The test pictures as points: those that the network finds alike lie close.

import { ask } from "../../shared/api.js";
import { AsTable } from "../../shared/as_table.js";
import { make, setDisabled, setText } from "../../shared/dom.js";
import { part, Switch } from "../../shared/part.js";
import { Study } from "../../shared/study.js";
import { howFar, StudyLine } from "../../shared/study_line.js";
import { cell, rowHead, table, wide } from "../../shared/tables.js";
import { _, grouped, sentences, shortNumber } from "../../shared/words.js";
import { Legend, paintedWithLegend } from "./legend.js";
import { percent } from "./numbers.js";
import { inkOf, paperOf, saveButton } from "./saved.js";
import { Scatter } from "./scatter.js";
import { answerWords, paintTiles, pictureTile } from "./tile.js";

const GAP = 14; // CSS pixels between a point and the card of its picture
const HEIGHT = 0.8; // of the saved chart, in its width
const WIDTH = 720;

export class Embedding {
  // open({ data, number }): look inside this picture.
  constructor(open) {
    this.open = open;
    this.study = new Study("test_set/embedding", (state) => this.follow(state));
    this.map = new Switch(_("Map"), MAPS, () => this.choose());
    this.by = new Switch(_("Colors"), COLORED_BY, () => this.fill());
    this.legend = new Legend(() => this.paint());
    this.scatter = new Scatter({
      look: (index) => this.look(index),
      open: (index) => this.open({ data: this.question.data, number: this.found.numbers[index] }),
    });
    this.card = make("div", { className: "card", hidden: true });
    this.line = new StudyLine(this.study, _("Placing the pictures"));
    this.progress = make("p", { role: "status" });
    this.wait = make("div", { className: "wait" }, this.progress, this.line.element);
    this.scatter.element.append(this.card, this.wait);
    this.about = make("p", { className: "about measure" });
    this.point = make("p", { className: "point", role: "status" });
    this.table = new AsTable(() => (this.found ? [wide(_("Points"), this.rows())] : []));
    this.save = saveButton("embedding", () =>
      paintedWithLegend(this.scatter, this.legend, this.about.textContent, WIDTH, HEIGHT),
    );
    const switches = make("div", { className: "switches" }, this.map.element, this.by.element);
    const foot = make("div", { className: "foot" }, this.table.element, this.save);
    const shown = [switches, this.about, this.scatter.element, this.point, this.legend.element, foot];
    this.element = part("embedded", _("Which pictures it finds alike"), HELP, ...shown);
  }

  remove() {
    this.study.rest();
    this.scatter.rest();
  }

  belongTo({ question, address, classes }) {
    Object.assign(this, { question, address, classes, results: {}, pictures: new Map() });
    this.map.press("pca");
    this.clear();
    this.line.show({ state: "done" });
    setText(this.progress, "");
  }

  // The answers to all pictures are there, or not yet.
  show(result) {
    if (result) this.choose();
    else this.study.rest();
  }

  choose() {
    this.study.rest();
    const known = this.results[this.map.chosen];
    if (known) this.follow(known);
    else this.study.ask({ ...this.question, map: this.map.chosen });
  }

  follow(state) {
    const isDone = state.state === "done";
    if (isDone) this.results[this.map.chosen] = state;
    this.line.show(state);
    this.wait.hidden = isDone;
    setText(this.progress, isDone ? "" : howFar(state));
    if (!isDone) return this.clear();
    this.found = state;
    setText(this.about, aboutMap(state));
    this.fill();
  }

  clear() {
    this.found = null;
    setText(this.about, "");
    this.fill();
  }

  // Other points, or other groups of them.
  fill() {
    const { truth = [], answers = [] } = this.found ?? {};
    const rights = truth.map((each, index) => Number(each !== answers[index]));
    if (this.by.chosen === "class") this.legend.showClasses(this.classes, truth);
    else this.legend.showRight(rights);
    const label = this.found ? inNumbers(this.found, rights, this.classes) : _("Which pictures it finds alike");
    this.scatter.canvas.setAttribute("aria-label", label);
    setDisabled(this.save, !this.found);
    this.paint();
  }

  paint() {
    const sign = this.legend.signs(this.scatter.canvas);
    const ink = inkOf(this.element);
    this.scatter.show(this.found?.points ?? [], sign, `color-mix(in srgb, ${ink} 25%, ${paperOf(this.element)})`);
    this.table.refill();
  }

  repaint(inks) {
    this.inks = inks;
    if (this.question) this.paint();
  }

  // Says what a point is, and shows its picture as soon as the lab has sent it.
  async look(index) {
    this.looked = index;
    this.card.hidden = true;
    setText(this.point, index === null ? "" : this.pointWords(index));
    if (index === null) return;
    const picture = await this.picture(this.found.numbers[index]).catch(() => null);
    if (picture && this.looked === index) this.showCard(picture, index);
  }

  pointWords(index) {
    const { numbers, truth, answers, confidence } = this.found;
    return answerWords(numbers[index], truth[index], answers[index], confidence[index], this.classes);
  }

  picture(number) {
    const { pictures, question } = this;
    const asked = { ...question, list: "all", truth: 0, answer: 0, seed: 0, from: number - 1, most: 1 };
    if (!pictures.has(number)) pictures.set(number, ask("test_set/pictures", asked));
    return pictures.get(number);
  }

  // Beside the point, where there is room.
  showCard(picture, index) {
    this.card.replaceChildren(pictureTile(picture, 0, this));
    paintTiles([...this.card.querySelectorAll("canvas")], picture, this.inks);
    this.card.hidden = false;
    const { clientWidth: width, clientHeight: height } = this.scatter.element;
    const [x, y] = this.scatter.places[index];
    const left = x > width / 2 ? x - GAP - this.card.offsetWidth : x + GAP;
    const top = Math.max(0, Math.min(height - this.card.offsetHeight, y - this.card.offsetHeight / 2));
    Object.assign(this.card.style, { left: `${Math.max(0, left)}px`, top: `${top}px` });
  }

  rows() {
    const { points, numbers, truth, answers, confidence } = this.found;
    const rows = numbers.flatMap((number, index) => {
      if (!this.scatter.signs[index]) return [];
      const names = [this.classes[truth[index]], this.classes[answers[index]], percent(confidence[index])];
      const cells = [...names, ...points[index].map(shortNumber)].map((text) => cell(text));
      return [make("tr", {}, rowHead(grouped(number)), ...cells)];
    });
    return table([_("picture"), _("class"), _("answer"), _("sure"), "x", "y"], rows);
  }
}

const MAPS = [
  ["pca", "PCA"],
  ["tsne", "t-SNE"],
];
const COLORED_BY = [
  ["class", _("By class")],
  ["right", _("Right or wrong")],
];
const HELP = _(
  "Each point is a test picture, placed by the numbers that the last layer gets of it: pictures that the network " +
    "finds alike lie close, and a point among those of another class is often a mistake. PCA shows two directions of " +
    "many, so that points may only seem to be close; with t-SNE the distances between groups, and how large a group " +
    "is, say nothing.",
);

function aboutMap({ shares, numbers, pictures }) {
  const [shown, all] = [grouped(numbers.length), grouped(pictures)];
  const some = numbers.length < pictures ? _("{shown} of the {all} test pictures, evenly spaced.", { shown, all }) : "";
  if (!shares) return sentences(_("t-SNE: what is close in many directions is close here."), some);
  const [first, second] = shares;
  const values = { first: percent(first), second: percent(second), both: percent(first + second) };
  const axes = _("PCA: to the right {first} of the variance, upwards {second}; together {both}.", values);
  return sentences(axes, some);
}

function inNumbers({ numbers, truth }, rights, classes) {
  const wrong = rights.reduce((sum, each) => sum + each, 0);
  const values = { count: numbers.length, wrong };
  const all = _("{count} test pictures as points, {wrong} of them read wrongly.", values);
  const named = classes.slice(0, 20).map((name, index) => {
    return `${name}: ${grouped(truth.filter((each) => each === index).length)}`;
  });
  return sentences(all, `${named.join(", ")}.`);
}
