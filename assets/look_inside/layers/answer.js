// The picture at its size, what is known about it, and the answer as bars.

import { make, setText } from "../../shared/dom.js";
import { helpOf } from "../../shared/part.js";
import { saveButton } from "../../shared/save_picture.js";
import { _ } from "../../shared/words.js";
import { FramedPicture } from "./framed.js";
import { numberTable } from "./number_table.js";
import { shareText } from "./row_tools.js";

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
    const [help, about] = helpOf(_("The answer"), HELP);
    const save = saveButton(this.picture.canvas, () => "picture");
    const head = make("div", { className: "titled" }, this.title, save, help);
    const words = make("div", { className: "answer" }, offer, head, about, this.source, bars);
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
    this.table = numberTable(_("The answer"), _("share"), () => this.lines());
    this.element = make("div", {}, this.whose, this.bars, this.table.element);
  }

  // body: of the network, null if there is none. named: whether it is one of two.
  update(body, named) {
    this.element.hidden = !body;
    if (!body) return;
    const { probabilities, classes, network } = body;
    this.whose.hidden = !named;
    setText(this.whose, _("{title}: {name}", { title: this.badge, name: network }));
    Object.assign(this, { probabilities, classes });
    this.table.refill();
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

  lines() {
    return ranked(this.probabilities).map((index) => [this.classes[index], shareText(this.probabilities[index])]);
  }
}

const HELP = _(
  "Each bar is the share of a class, of the likeliest ones; those of all classes add up to 100 %. A share is how the " +
    "network divides its answer among the classes that it knows, not how probably it is right: it answers with one " +
    "of them whatever the picture is.",
);

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
