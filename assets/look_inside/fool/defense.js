// What helps against attacks, and whether this one fools another network, too.

import { make, setText } from "../../shared/dom.js";
import { part } from "../../shared/part.js";
import { _, sentences } from "../../shared/words.js";
import { percent } from "../test_set/numbers.js";
import { answerIn, rowOf } from "./words.js";

export class Defense {
  // change(settings): another second network; train(): to the page where it can be trained again.
  constructor({ change, train }) {
    this.menu = make("select", { onchange: () => change({ against: this.menu.value }) });
    this.label = make("label", { className: "goal" }, make("span", {}, _("The same picture for")), this.menu);
    this.words = make("p", { className: "seems", role: "status" });
    const advice = make("p", {}, ADVICE);
    const button = make("button", { type: "button", onclick: train }, _("Train it again, with augmentation"));
    const help = _(
      "An attack made for one network may fool others that learned from the same pictures, too: it " +
        "transfers. In trials on MNIST at most 1 in 4 did so at its smallest strength, but up to 8 in 10 at " +
        "64/255. A second network that is not fooled is not safe, though: an attack made for it may well work.",
    );
    this.element = part("defense", _("What helps"), help, this.label, this.words, advice, button);
  }

  layout({ rivals }, { against }) {
    const none = make("option", { value: "" }, _("No other network"));
    this.menu.replaceChildren(none, ...rivals.map(({ key, title }) => make("option", { value: key }, title)));
    this.menu.value = against;
    this.label.hidden = !rivals.length;
    setText(this.words, rivals.length ? "" : _("There is no other network yet that knows these classes."));
  }

  show({ rival, reached, probabilities }, { classes }) {
    if (!this.label.hidden) setText(this.words, rival ? transferred(rival, reached, probabilities, classes) : "");
  }
}

const ADVICE = _(
  "What helps most is adversarial training: learning from attacked pictures (Madry et al. 2018). The lab " +
    "does not offer it. Its augmentation moves and bends pictures and changes their line width; it makes a " +
    "network more accurate, and need not make it harder to fool: measure it with the smallest strength.",
);

function transferred(rival, reached, probabilities, classes) {
  const [before, after] = [0, 1].map((index) => rowOf(rival, index));
  const [first, last] = [answerIn(before), answerIn(after)];
  const values = { first: classes[first], last: classes[last], share: percent(after[last]) };
  const own = answerIn(rowOf(probabilities, 1));
  if (first === last)
    return sentences(
      _("It still reads {last} ({share}): not fooled.", values),
      reached ? "" : _("This attack does not fool the first network either."),
    );
  if (last === own) return _("It is fooled in the same way: {first} is read as {last} ({share}).", values);
  return _("It is fooled, too, in another way: {first} is read as {last} ({share}).", values);
}
