// Noise and blur: changes that nobody aims, beside the attack, which is aimed at the answer.

import { paintPicture, pictureAt } from "../../shared/canvas.js";
import { make, setText } from "../../shared/dom.js";
import { part } from "../../shared/part.js";
import { cell, rowHead, table, wide } from "../../shared/tables.js";
import { _, sentences } from "../../shared/words.js";
import { percent } from "../test_set/numbers.js";
import { chart } from "./chart.js";
import { answerIn, decimals, rowOf, strengthWords } from "./words.js";

const KINDS = {
  attack: { title: _("Attack"), words: strengthWords },
  noise: { title: _("Noise"), words: (deviation) => `σ ${strengthWords(deviation)}`, at: 8 },
  blur: { title: _("Blur"), words: (deviation) => _("σ {pixels} pixels", { pixels: decimals(deviation) }), at: 4 },
};

export class Disturbances {
  constructor() {
    this.panels = ["noise", "blur"].map((kind) => new Panel(kind, () => this.draw()));
    this.words = make("ul", { className: "limits" });
    this.chart = make("div", { className: "chart" });
    this.host = make("div");
    const details = make("details", {}, make("summary", {}, _("Show as a table")), this.host);
    const compared = make("div", { className: "compared" }, this.chart, this.words, details);
    const panels = make("div", { className: "panels" }, ...this.panels.map(({ element }) => element));
    const help = _(
      "Three ways to change the picture, compared at the same L2 distance, the length of the change with " +
        "white as 1: aimed at the answer, at random with Gaussian noise (always the same grains, made " +
        "stronger), or by a Gaussian blur. A network that stands a lot of noise can still be fooled by a small " +
        "aimed change; one picture says little about others.",
    );
    this.element = part(
      "disturbed",
      _("Noise and blur, for comparison"),
      help,
      make("div", { className: "beside" }, panels, compared),
    );
  }

  clear(body) {
    Object.assign(this, { body, curves: null, attacked: null });
    this.draw();
  }

  // curves: the lab's answer, by kind.
  show(curves, body) {
    Object.assign(this, { curves, body });
    this.draw();
  }

  // The attack that is shown above.
  mark(attacked) {
    this.attacked = attacked;
    this.draw();
  }

  repaint(inks) {
    this.inks = inks;
    if (this.body) this.draw();
  }

  draw() {
    const { curves, body, inks } = this;
    for (const panel of this.panels) panel.show(curves?.[panel.kind] ?? null, body, inks);
    if (!curves) return this.empty();
    const truth = answerIn(rowOf(curves.attack.probabilities, 0));
    const lines = Object.entries(KINDS).map(([kind, { title }]) => ({ kind, title, ...lineOf(curves[kind], truth) }));
    const marks = this.panels.map(({ kind, at }) => ({ kind, ...pointOf(curves[kind], truth, at) }));
    if (this.attacked)
      marks.push({ kind: "attack", x: this.attacked.l2[0], y: rowOf(this.attacked.probabilities, 1)[truth] });
    const name = body.classes[truth];
    const limits = lines.map(({ kind }) => limitWords(kind, curves[kind], truth));
    this.chart.replaceChildren(chart(lines, marks, name, sentences(...limits)));
    this.words.replaceChildren(...limits.map((text) => make("li", {}, text)));
    this.host.replaceChildren(numbers(curves, truth, body.classes));
  }

  empty() {
    this.chart.replaceChildren(chart([], [], "", _("Noise and blur, for comparison")));
    this.words.replaceChildren();
    this.host.replaceChildren();
  }
}

// The picture with noise, or blurred, as strong as its slider says.
class Panel {
  constructor(kind, changed) {
    this.kind = kind;
    this.at = KINDS[kind].at;
    this.canvas = make("canvas", { role: "img", ariaLabel: KINDS[kind].title });
    this.slider = make("input", { type: "range", min: 0, step: 1, max: 16, value: this.at });
    this.slider.oninput = () => {
      this.at = Number(this.slider.value);
      changed();
    };
    this.amount = make("output");
    this.answer = make("p", { role: "status" });
    const label = make(
      "label",
      { className: "strength" },
      make("span", {}, KINDS[kind].title),
      this.slider,
      this.amount,
    );
    this.element = make("figure", {}, this.canvas, label, this.answer);
  }

  show(curve, body, inks) {
    if (!curve) {
      setText(this.answer, "");
      return body && paintPicture(this.canvas, body.picture, inks);
    }
    this.slider.max = curve.strengths.length - 1;
    const amount = KINDS[this.kind].words(curve.strengths[this.at]);
    const shares = rowOf(curve.probabilities, this.at);
    const values = {
      name: body.classes[answerIn(shares)],
      share: percent(Math.max(...shares)),
      l2: decimals(curve.l2[this.at]),
    };
    const words = _("Reads {name} ({share}); L2 distance {l2}.", values);
    setText(this.amount, amount);
    this.slider.setAttribute("aria-valuetext", amount);
    setText(this.answer, words);
    paintPicture(this.canvas, pictureAt(curve.pictures, this.at), inks);
    this.canvas.ariaLabel = `${KINDS[this.kind].title}, ${amount}. ${words}`;
  }
}

function pointOf(curve, truth, index) {
  return { x: curve.l2[index], y: rowOf(curve.probabilities, index)[truth] };
}

function lineOf(curve, truth) {
  return { points: curve.strengths.map((_strength, index) => pointOf(curve, truth, index)) };
}

// From which strength on, of those that were tried, the answer is another one.
function limitWords(kind, curve, truth) {
  const { title, words } = KINDS[kind];
  const first = curve.strengths.findIndex((_strength, index) => answerIn(rowOf(curve.probabilities, index)) !== truth);
  const last = curve.strengths.length - 1;
  if (first < 0)
    return _("{title}: the same answer up to {strength} (L2 {l2}).", {
      title,
      strength: words(curve.strengths[last]),
      l2: decimals(curve.l2[last]),
    });
  return _("{title}: another answer is first seen at {strength} (L2 {l2}).", {
    title,
    strength: words(curve.strengths[first]),
    l2: decimals(curve.l2[first]),
  });
}

function numbers(curves, truth, classes) {
  const rows = Object.entries(KINDS).flatMap(([kind, { title, words }]) =>
    curves[kind].strengths.map((strength, index) => {
      const shares = rowOf(curves[kind].probabilities, index);
      const values = [words(strength), decimals(curves[kind].l2[index]), `${curves[kind].largest[index]}/255`];
      return make(
        "tr",
        {},
        rowHead(title),
        ...[...values, percent(shares[truth]), classes[answerIn(shares)]].map((text) => cell(text)),
      );
    }),
  );
  const heads = [
    _("Change"),
    _("Strength"),
    _("L2 distance"),
    _("Largest change"),
    `P(${classes[truth]})`,
    _("Answer"),
  ];
  return wide(_("Noise and blur, for comparison"), table(heads, rows));
}
