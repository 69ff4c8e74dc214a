// Whether the network could notice: how sure it is, and how much the pictures resemble what it learned from.

import { paintPicture } from "../../shared/canvas.js";
import { make, setText } from "../../shared/dom.js";
import { part } from "../../shared/part.js";
import { cell, rowHead, table, wide } from "../../shared/tables.js";
import { _, sentences } from "../../shared/words.js";
import { percent } from "../test_set/numbers.js";
import { answerIn, decimals, rowOf } from "./words.js";

const VIEWS = { features: _("By the last features"), pixels: _("Pixel by pixel") };

export class Familiar {
  constructor(study) {
    this.study = study;
    this.verdicts = [_("Picture"), _("Result")].map((name) => new Verdict(name));
    this.host = make("div");
    this.about = make("p", { className: "about" });
    this.bar = make("progress", { ariaLabel: _("Comparing with what the network learned from") });
    this.button = make("button", { type: "button", onclick: () => this.act() });
    this.work = make("div", { className: "work" }, this.bar, this.button);
    const state = make("div", { className: "state" }, this.about, this.work);
    const help = _(
      "A softmax always names a class, and can be sure of it for a picture of nothing. Here both pictures " +
        "are compared with the nearest of those that the network learned from; “unlike” is said where fewer " +
        "than 1 in 200 test pictures are as far. In trials on MNIST that found all pictures of noise and 9 of " +
        "10 photos, but only a quarter to two thirds of the letters, and was wrong about 2 of 100 test " +
        "pictures. An attack usually passes.",
    );
    const content = [...this.verdicts.map(({ element }) => element), this.host, state];
    this.element = part("familiar", _("Is it anything that the network knows?"), help, ...content);
  }

  act() {
    this.button.blur(); // it goes, or becomes another one
    if (this.waits) this.study.cancel();
    else this.study.begin();
  }

  // How far the comparison is.
  // found: the lab's answer to the attack that is shown; null: not yet.
  follow(state, found) {
    this.waits = ["asked", "waiting", "running"].includes(state.state);
    this.work.hidden = state.state === "done";
    this.bar.hidden = !this.waits;
    if (state.total) Object.assign(this.bar, { max: state.total, value: state.done });
    else this.bar.removeAttribute("value");
    setText(this.button, this.waits ? _("Cancel") : state.state === "failed" ? _("Try again") : _("Compare"));
    setText(this.about, aboutWords(state));
    this.about.classList.toggle("failed", state.state === "failed");
    this.known = state.state === "done" ? knownWords(state) : "";
    this.show(found);
  }

  // Of another picture or network.
  clear(body) {
    this.body = body;
    this.show(null);
  }

  // found: the lab's answer to an attack; null: not yet.
  show(found) {
    this.found = found;
    this.verdicts.forEach((verdict, index) => verdict.show(found, index, this.known));
    this.host.replaceChildren(wide(_("Is it anything that the network knows?"), this.table()));
    this.repaint(this.inks);
  }

  table() {
    const { found, body } = this;
    const both = (words) => [0, 1].map((index) => cell(...(found ? [words(index)] : ["–"]).flat()));
    const most = decimals(Math.log2(body.classes.length));
    const rows = [
      [_("Answer"), both((index) => answerWords(rowOf(found.probabilities, index), body.classes))],
      [_("Entropy, of at most {most} bits", { most }), both((index) => decimals(found.entropy[index]))],
      [_("Lead over the second class"), both((index) => percent(found.margin[index]))],
      ...Object.entries(VIEWS).map(([view, title]) => [
        _("{view}: nearest", { view: title }),
        both((index) => (found.familiar ? this.nearest(found.familiar[index][view]) : "–")),
      ]),
    ];
    const made = rows.map(([head, cells]) => make("tr", {}, rowHead(head), ...cells));
    return table(["", _("Picture"), _("Result")], made);
  }

  // The nearest picture that was learned from, and how usual it is that it is so far.
  nearest({ label, similarity, rarity, strange, picture }) {
    const canvas = Object.assign(make("canvas", { role: "img" }), { picture });
    const name = this.body.classes[label];
    canvas.ariaLabel = _("A picture that the network learned from: {name}", { name });
    const rare =
      rarity > 0
        ? _("{share} of the test pictures are as far", { share: percent(rarity) })
        : _("no test picture is as far");
    const cosine = _("cosine {value}", { value: similarity.toFixed(3) });
    const words = make("span", {}, make("b", {}, name), " · ", cosine, make("br"), strange ? `⚠ ${rare}` : rare);
    return make("span", { className: "nearest" }, canvas, words);
  }

  repaint(inks) {
    this.inks = inks;
    for (const canvas of this.host.querySelectorAll("canvas")) paintPicture(canvas, canvas.picture, inks);
  }
}

// What one of the two pictures is, in a sentence.
class Verdict {
  constructor(name) {
    this.name = name;
    this.words = make("span");
    this.element = make("p", { className: "seems" }, make("b", {}, name), " ", this.words);
  }

  show(found, index, known) {
    const both = known && found?.familiar?.[index];
    const strange = both && Object.keys(VIEWS).filter((view) => both[view].strange);
    setText(this.words, both ? seems(strange, known) : "–");
    this.element.classList.toggle("strange", Boolean(strange?.length));
  }
}

// What the pictures are compared with.
function knownWords({ learned, data }) {
  return learned ? _("what the network was trained on") : _("{data}, which the network was not trained on", { data });
}

function seems(strange, known) {
  if (strange.length === 2)
    return _("⚠ Unlike anything in {known}: by its last features, and pixel by pixel.", { known });
  if (strange[0] === "pixels")
    return _("⚠ Pixel by pixel, unlike anything in {known}. The network's last features find nothing unusual.", {
      known,
    });
  if (strange[0] === "features") return _("⚠ By its last features, unlike anything in {known}.", { known });
  return _("Nothing unusual: about as near to {known} as test pictures are.", { known });
}

function answerWords(shares, classes) {
  return `${classes[answerIn(shares)]} (${percent(Math.max(...shares))})`;
}

function aboutWords({ state, words, pictures, tests, data, whether, done, total }) {
  if (state === "failed") return words;
  if (state === "canceled") return _("Canceled.");
  if (state !== "done")
    return total
      ? _("Comparing with what the network learned from: {done} of {total}", { done, total })
      : _("Comparing with what the network learned from…");
  const known = _("Compared with {pictures} pictures of {data} ({whether}).", { pictures, data, whether });
  return sentences(known, _("What is usual, {tests} test pictures say.", { tests }));
}
