// Layers that take one number in: a normalization, and layers that hand it on as it is.

import { make, setText } from "../dom.js";
import { _, listed, sentences, shortNumber as short } from "../words.js";
import { Equation } from "./equation.js";
import { placeName } from "./numbers.js";

export class Normalization {
  constructor() {
    this.about = make("p", { className: "quiet" });
    this.steps = Array.from({ length: 4 }, () => new Equation());
    const list = make("ol", { className: "four-steps" }, ...this.steps.map(({ element }) => make("li", {}, element)));
    this.element = make("div", { className: "view" }, list, this.about);
  }

  layout() {
    const names = [
      [
        ["", _("input")],
        ["−", _("mean")],
        ["=", _("distance from the mean")],
      ],
      [
        ["√", _("variance")],
        ["+", _("ε, so that it is never 0")],
        ["=", _("standard deviation")],
      ],
      [
        ["", _("distance from the mean")],
        ["/", _("standard deviation")],
        ["=", _("normalized")],
      ],
      [
        ["", _("normalized")],
        ["×", _("learned gain")],
        ["+", _("learned shift")],
        ["=", _("this number")],
      ],
    ];
    this.steps.forEach((step, index) => step.layout(names[index]));
  }

  update(data) {
    const { input, mean, centered, variance, eps, deviation, normalized, gain, shift, value } = data;
    this.steps[0].write([short(input), inBrackets(mean), short(centered)]);
    this.steps[1].write([`(${short(variance)}`, `${short(eps)})`, short(deviation)]);
    this.steps[2].write([short(centered), short(deviation), short(normalized)]);
    this.steps[3].write([short(normalized), inBrackets(gain), short(shift), short(value)]);
    setText(this.about, sourceOf(data));
  }

  words(data) {
    const numbers = ["input", "mean", "deviation", "gain", "shift", "value"].map((name) => [name, short(data[name])]);
    const arithmetic = _(
      "{input} − the mean {mean}, divided by the deviation {deviation}, times {gain}, plus {shift} is {value}.",
      Object.fromEntries(numbers),
    );
    return sentences(arithmetic, sourceOf(data));
  }
}

function inBrackets(number) {
  return number < 0 ? `(${short(number)})` : short(number);
}

function sourceOf({ of, channels }) {
  if (of === "training") {
    return channels
      ? _("Mean and variance of map {number} were estimated in training, from all training pictures.", {
          number: channels[0] + 1,
        })
      : _("Mean and variance of this number were estimated in training, from all training pictures.");
  }
  if (!channels) return _("Mean and variance are those of all numbers of this row, for this picture.");
  const [first, last] = channels.map((each) => each + 1);
  return first === last
    ? _("Mean and variance are those of map {first}, for this picture.", { first })
    : _("Mean and variance are those of maps {first} to {last}, for this picture.", { first, last });
}

export class Copy {
  constructor() {
    this.sentence = make("p", { className: "copied" });
    this.element = make("div", { className: "view" }, this.sentence);
  }

  layout() {}

  update(data) {
    setText(this.sentence, this.words(data));
  }

  words({ kind, from, input }) {
    const about = { place: placeName(from), value: short(input) };
    return kind === "Flatten"
      ? _("The numbers of all maps are laid in one row. None changes: this one, {value}, is that of {place}.", about)
      : _("Dropout leaves out numbers only in training: now {value} is handed on as it is.", about);
  }
}

// A block: the numbers at the ends of its branches, added or multiplied, or that of one branch.
export class Block {
  constructor({ walk }) {
    this.walk = walk;
    this.about = make("p", { className: "quiet" });
    this.parts = make("div", { className: "parts" });
    this.element = make("div", { className: "view" }, this.about, this.parts);
  }

  layout({ join, parts }) {
    setText(this.about, aboutJoin(join, parts.length));
    const sign = join === "multiply" ? "×" : "+";
    this.buttons = parts.map(() => make("button", { type: "button" }, make("small"), make("b")));
    this.result = make("span", { className: "total" }, make("small", {}, _("this number")), make("b"));
    this.buttons.forEach((button, index) => {
      button.onclick = () => this.open(this.data.parts[index]);
    });
    const signs = (index) => make("i", { className: "sign", ariaHidden: "true" }, index ? sign : "");
    this.parts.replaceChildren(
      ...this.buttons.flatMap((button, index) => (index ? [signs(index), button] : [button])),
      make("i", { className: "sign", ariaHidden: "true" }, "="),
      this.result,
    );
  }

  update(data) {
    this.data = data;
    data.parts.forEach((part, index) => {
      const [name, number] = this.buttons[index].children;
      setText(name, part.branch);
      setText(number, short(part.value));
      this.buttons[index].ariaDisabled = String(!isOpen(part));
    });
    setText(this.result.lastChild, short(data.value));
  }

  open(part) {
    if (isOpen(part)) this.walk(part.layer, part.position);
  }

  words({ join, parts, value }) {
    const numbers = listed(parts.map((part) => `${part.branch} ${short(part.value)}`));
    const about = { numbers, value: short(value) };
    return sentences(aboutJoin(join, parts.length), _("{numbers}: this makes {value}.", about));
  }
}

function isOpen({ layer }) {
  return layer !== null && layer !== "picture";
}

function aboutJoin(join, count) {
  if (join === "multiply") return _("The block multiplies the numbers of its branches.");
  if (count > 1) return _("The block adds up the numbers of its {count} branches.", { count });
  return _("The block hands on the number of this branch.");
}
