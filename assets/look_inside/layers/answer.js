// The picture at its size, what is known about it, and the answer as bars.

import { make, setText } from "../../shared/dom.js";
import { _ } from "../../shared/words.js";
import { FramedPicture } from "./framed.js";

const LIKELIEST = 5;
const LEAST = 0.01; // less probable classes are not worth a bar

export class Answer {
  // offer: the element of what else there is to choose.
  constructor(offer) {
    this.picture = new FramedPicture("picture", { role: "img" });
    this.title = make("p");
    this.source = make("p", { className: "source" });
    this.bars = [new Bars("A"), new Bars("B")];
    const bars = make("div", { className: "answers" }, ...this.bars.map((each) => each.element));
    const words = make("div", { className: "answer" }, offer, this.title, this.source, bars);
    this.element = make("div", { className: "top" }, this.picture.element, words);
  }

  update(body, inks) {
    const { picture, title, source, against } = body;
    this.picture.paint(picture, inks);
    this.picture.canvas.setAttribute("aria-label", title);
    setText(this.title, title);
    setText(this.source, source);
    [body, against].forEach((each, index) => this.bars[index].update(each, Boolean(against)));
  }
}

// The likeliest classes of a network.
class Bars {
  constructor(badge) {
    this.badge = badge;
    this.whose = make("p", { className: "whose" });
    this.bars = make("div", { className: "bars" });
    this.element = make("div", {}, this.whose, this.bars);
  }

  // body: of the network, null if there is none. named: whether it is one of two.
  update(body, named) {
    this.element.hidden = !body;
    if (!body) return;
    const { probabilities, classes, network } = body;
    this.whose.hidden = !named;
    setText(this.whose, _("{title}: {name}", { title: this.badge, name: network }));
    const likely = ranked(probabilities)
      .slice(0, LIKELIEST)
      .filter((index, place) => !place || probabilities[index] >= LEAST);
    this.bars.replaceChildren(
      ...likely.flatMap((index, place) => {
        const bar = make("i", { className: place ? "other" : "" });
        bar.style.width = `${100 * probabilities[index]}%`;
        return [make("b", {}, classes[index]), make("div", {}, bar), make("span", {}, percent(probabilities[index]))];
      }),
    );
  }
}

// The answer in words, and its parts: the class, its share, ✓ or ✗ where the truth is known, and the truth if it is
// another one.
export function answerOf({ probabilities, classes, truth }) {
  const [best] = ranked(probabilities);
  const answer = { name: classes[best], share: percent(probabilities[best]), truth: classes[truth] };
  if (truth === null)
    return { ...answer, sign: "", truth: "", sentence: _("The network reads {name} ({share})", answer) };
  if (truth === best)
    return { ...answer, sign: "✓", truth: "", sentence: _("The network reads {name} ({share}) · ✓ right", answer) };
  const sentence = _("The network reads {name} ({share}) · ✗ wrong, it is {truth}", answer);
  return { ...answer, sign: "✗", sentence };
}

function ranked(probabilities) {
  return Array.from(probabilities.keys()).sort((one, other) => probabilities[other] - probabilities[one]);
}

function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}
