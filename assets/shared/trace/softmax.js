// Softmax: each score's exponential, divided by the sum of all.

import { make, setText } from "../dom.js";
import { _, exactNumber, plural, sentences, shortNumber } from "../words.js";
import { aligned, perCent, placeName } from "./numbers.js";

const MOST_ROWS = 12; // of more classes the most probable are shown, with this one

export class Softmax {
  constructor({ walk }) {
    this.walk = walk;
    this.body = make("div", { className: "scores" });
    this.others = make("p", { className: "quiet" });
    this.own = make("p", { className: "filled-in" });
    this.element = make("div", { className: "view" }, this.body, this.others, this.own);
  }

  layout({ scores }) {
    const count = Math.min(scores.length, MOST_ROWS);
    const head = [_("class"), _("score"), _("exp(score − largest)"), _("share")];
    this.rows = Array.from({ length: count }, () => this.row());
    this.body.replaceChildren(
      make("div", { className: "heading", ariaHidden: "true" }, ...head.map((text) => make("span", {}, text))),
      ...this.rows.map((row) => row.element),
    );
    this.others.hidden = scores.length === count;
    const rest = scores.length - count;
    setText(this.others, rest ? plural("and {count} other class", "and {count} other classes", rest) : "");
  }

  row() {
    const row = { name: make("span"), score: make("span"), power: make("span"), bar: make("i"), share: make("b") };
    const track = make("span", { className: "track" }, row.bar);
    row.element = make("button", { type: "button" }, row.name, row.score, row.power, track, row.share);
    row.element.onclick = () => this.walk(this.data.before.layer, [row.index]);
    return row;
  }

  update(data) {
    this.data = data;
    const { scores, exponentials, sum, names, position } = data;
    shownOf(scores, position[0], this.rows.length).forEach((index, place) => {
      const row = this.rows[place];
      row.index = index;
      setText(row.name, names ? names[index] : placeName([index]));
      setText(row.score, shortNumber(scores[index]));
      setText(row.power, shortNumber(exponentials[index]));
      setText(row.share, perCent(exponentials[index] / sum));
      row.bar.style.transform = `scaleX(${exponentials[index] / sum})`;
      row.element.classList.toggle("this", index === position[0]);
    });
    setText(this.own, this.arithmetic(data));
  }

  arithmetic({ scores, exponentials, subtracted, sum, position: [index] }) {
    const [score, most] = aligned([scores[index], subtracted]);
    const [power, total] = [exponentials[index], sum].map(exactNumber);
    return `exp(${score} − ${inBrackets(most)}) / ${total} = ${power} / ${total} = ${perCent(
      exponentials[index] / sum,
    )}`;
  }

  words({ scores, subtracted, position: [index], ...others }) {
    const about = { score: shortNumber(scores[index]), largest: shortNumber(subtracted) };
    return sentences(
      _("Its score is {score}, the largest is {largest}.", about),
      _("The exponential of the difference, divided by the sum of all: {arithmetic}.", {
        arithmetic: this.arithmetic({ scores, subtracted, position: [index], ...others }),
      }),
    );
  }
}

function inBrackets(text) {
  return text.startsWith("−") ? `(${text})` : text;
}

// All classes in their order, or those with the highest scores and this one.
function shownOf(scores, own, count) {
  const all = Array.from(scores.keys());
  if (scores.length <= count) return all;
  const best = all.sort((one, other) => scores[other] - scores[one]).slice(0, count);
  return best.includes(own) ? best : [...best.slice(0, -1), own];
}
