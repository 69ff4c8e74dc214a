// The picture, what the attack adds to it, and the result; with the answers to the first and the last.

import { paintPicture, paintPixels } from "../../shared/canvas.js";
import { pixel } from "../../shared/colors.js";
import { make, setText } from "../../shared/dom.js";
import { part } from "../../shared/part.js";
import { _, sentences } from "../../shared/words.js";
import { percent } from "../test_set/numbers.js";
import { Bars, likelyClasses } from "./bars.js";
import { savePictures } from "./save.js";
import { LEVELS, answerIn, decimals, rowOf } from "./words.js";

export class Pictures {
  // controls: the element with the settings of the attack.
  constructor(controls) {
    this.verdict = make("p", { className: "verdict", role: "status" });
    this.note = make("p", { className: "about note" });
    this.before = figure(_("Picture"), new Bars());
    this.change = figure(_("Change, enlarged"));
    this.after = figure(_("Result"), new Bars());
    this.legend = make("p", { className: "about" });
    const save = make("button", { type: "button", onclick: () => this.save() }, _("Save as PNG"));
    this.change.element.append(this.legend, save);
    const row = [this.before, sign("+"), this.change, sign("="), this.after];
    const figures = make("div", { className: "figures" }, ...row.map((each) => each.element ?? each));
    const help = _(
      "Every pixel is changed by at most the strength, in the direction that the network's own gradient gives: what " +
        "changes the answer need not be anything that a person would see. The result is rounded to 256 shades, and " +
        "is exactly what the network was asked about. That an attack fails does not show that no attack succeeds.",
    );
    const content = [this.verdict, this.note, controls, figures];
    this.element = part("attack", _("An attack on the answer"), help, ...content);
  }

  // Of another picture or network: the room stays, the picture is known already.
  clear(body) {
    this.body = body;
    this.found = null;
    this.judge(_("The network is asked…"), "");
    setText(this.before.title, body.title);
    this.repaint(this.inks, this.colors);
  }

  show(found, body, settings) {
    Object.assign(this, { found, body });
    const { classes } = body;
    const [before, after] = [0, 1].map((index) => rowOf(found.probabilities, index));
    const order = likelyClasses([before, after]);
    this.before.bars.show(before, classes, order);
    this.after.bars.show(after, classes, order);
    this.judge(verdict(before, after, found, body, settings), "", notes(before, body));
    const about = { l2: decimals(found.l2[0]), largest: found.largest[0] };
    setText(this.after.title, _("Largest change {largest}/255, L2 distance {l2}.", about));
    this.say(found, before, after);
    this.repaint(this.inks, this.colors);
  }

  // The lab cannot say it, and why.
  refuse(words) {
    this.found = null;
    this.judge(words, "failed");
    for (const { bars } of [this.before, this.after]) bars.element.replaceChildren();
    for (const { title } of [this.change, this.after]) setText(title, "");
    this.repaint(this.inks, this.colors);
  }

  judge(words, kind, note = "") {
    setText(this.verdict, words);
    setText(this.note, note);
    this.verdict.className = `verdict ${kind}`;
  }

  // What the pictures show, for those who do not see them.
  say(found, before, after) {
    const { classes, title } = this.body;
    const words = (shares) =>
      _("read as {name} ({share})", { name: classes[answerIn(shares)], share: percent(Math.max(...shares)) });
    this.before.canvas.ariaLabel = _("{first}, {last}", { first: title, last: words(before) });
    const changed = found.change.filter((each) => each !== 0).length;
    const numbers = { changed, count: found.change.length, largest: found.largest[0], l2: decimals(found.l2[0]) };
    this.change.canvas.ariaLabel = _(
      "What the attack changes: {changed} of {count} numbers, by {largest}/255 at most; L2 distance {l2}",
      numbers,
    );
    this.after.canvas.ariaLabel = _("{first}, {last}", { first: _("Picture after the attack"), last: words(after) });
    const factor = found.strength ? Math.round(LEVELS / found.strength) : 1;
    const isColor = this.body.picture.shape[0] === 3;
    const signs = isColor
      ? _("Gray: unchanged, in each of the three colors.")
      : _("Orange: more ink, blue: less, none: unchanged.");
    setText(this.change.title, _("Enlarged {factor} times.", { factor }));
    setText(this.legend, signs);
  }

  repaint(inks, colors) {
    Object.assign(this, { inks, colors });
    if (!this.body) return;
    paintPicture(this.before.canvas, this.body.picture, inks);
    const { found } = this;
    const shape = this.body.picture.shape;
    const result = found ? found.picture : this.body.picture;
    paintPicture(this.after.canvas, result, inks);
    const change = found ? found.change : Object.assign(new Int8Array(this.body.picture.length), { shape });
    paintChange(this.change.canvas, change, found?.strength ?? 0, colors);
  }

  save() {
    const named = [this.before, this.change, this.after].map(({ canvas, name, title }) => [
      canvas,
      `${name}: ${title.textContent}`,
    ]);
    savePictures(named, "attack.png");
  }
}

// A picture with its name, a line about it, and the answer to it.
function figure(name, bars = null) {
  const canvas = make("canvas", { role: "img", ariaLabel: name });
  const title = make("p", { className: "about" });
  const head = make("figcaption", {}, name);
  const element = make("figure", {}, head, canvas, title, ...(bars ? [bars.element] : []));
  return { name, canvas, title, bars, element };
}

const sign = (text) => make("span", { className: "sign", ariaHidden: "true" }, text);

function verdict(before, after, { reached }, { classes }, { goal }) {
  const [first, last] = [before, after].map(answerIn);
  const values = { first: classes[first], last: classes[last], share: percent(after[last]), goal: classes[goal] };
  if (reached && first === last) return _("The answer is {last} without an attack.", values);
  if (reached) return _("Fooled: {first} is read as {last} ({share}).", values);
  if (goal !== null && first !== last) return _("Not {goal} yet, but {last} ({share}) in place of {first}.", values);
  return _("Not fooled: it still reads {last} ({share}).", values);
}

// What else has to be known about the answer to the picture.
function notes(before, { classes, truth, untrained }) {
  const isWrong = truth !== null && truth !== answerIn(before);
  return sentences(
    isWrong ? _("The answer was wrong to begin with: it is {truth}.", { truth: classes[truth] }) : "",
    untrained ? _("The network is untrained: its weights are random, and so is what fools it.") : "",
  );
}

// The change of each number: of one channel as signed colors, full at the strength; of three as colors around gray.
function paintChange(canvas, change, strength, colors) {
  const [channels, height, width] = change.shape;
  const plane = height * width;
  const full = 127 / Math.max(1, strength);
  const toned = (index) => Math.round(128 + full * change[index]);
  paintPixels(canvas, width, height, (pixels) => {
    for (let i = 0; i < plane; i++) {
      pixels[i] =
        channels === 3
          ? pixel([toned(i), toned(plane + i), toned(2 * plane + i)])
          : colors[Math.round(full * change[i]) & 255];
    }
  });
}
