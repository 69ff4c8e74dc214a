// Test pictures in an order that one wants to look at them in, each a link to Look inside that picture.

import { ask } from "../../shared/api.js";
import { paintPicture, pictureAt } from "../../shared/canvas.js";
import { make, setDisabled, setText } from "../../shared/dom.js";
import { lookLink } from "../../shared/look_link.js";
import { _, grouped } from "../../shared/words.js";
import { percent } from "./numbers.js";
import { part, Switch } from "../../shared/part.js";

const PAGE = 12; // pictures at a time, as the lab sends them
const BARS = 10;

export class Pictures {
  // open({ data, number }): look inside this picture.
  constructor(open) {
    this.open = open;
    this.list = make("ul", { className: "tiles" });
    this.words = make("p", { className: "about", role: "status" });
    this.choice = new Switch(_("Pictures to show"), LISTS, () => this.go(0));
    this.steps = [
      [-PAGE, "‹", _("Pictures before")],
      [PAGE, "›", _("More pictures")],
    ].map(([by, sign, name]) =>
      make(
        "button",
        { type: "button", className: "step", ariaLabel: name, onclick: (event) => this.step(event.currentTarget, by) },
        sign,
      ),
    );
    this.span = make("span", { className: "span" });
    const pager = make("div", { className: "pager" }, this.span, ...this.steps);
    const help = _(
      "Pictures with the network's answer: ✓ right or ✗ wrong, and a bar for each class. Mistakes show what a " +
        "network finds hard, but a few of them are no proof of a rule, and some pictures have a wrong label.",
    );
    const parts = [this.choice.element, this.words, pager, this.list];
    this.element = part("shown", _("Pictures"), help, ...parts);
  }

  belongTo({ question, address, classes }) {
    Object.assign(this, { question, address, classes, cell: null, found: null });
    this.choice.press("mistakes");
    this.choice.disable("cell", true);
    this.clear("");
  }

  show(result) {
    this.result = result;
    if (result) this.go(0);
    else this.clear("");
  }

  showCell(truth, answer) {
    this.cell = [truth, answer];
    this.choice.disable("cell", false);
    this.choice.press("cell");
    this.element.scrollIntoView({ block: "nearest" });
    this.go(0);
  }

  clear(words) {
    this.found = null;
    this.list.replaceChildren();
    setText(this.words, words);
    setText(this.span, "");
    this.steps.forEach((button) => setDisabled(button, true));
  }

  step(button, by) {
    if (button.ariaDisabled !== "true") this.go(this.found.from + by);
  }

  async go(from) {
    if (!this.result) return;
    const [truth, answer] = this.cell ?? [0, 0];
    const asked = { ...this.question, list: this.choice.chosen, truth, answer, from };
    this.asked = asked;
    try {
      const found = await ask("test_set/pictures", asked);
      if (asked === this.asked) this.fill(found, asked);
    } catch (error) {
      if (asked === this.asked) this.clear(error.message);
    }
  }

  fill(found, { list, truth, answer }) {
    this.found = found;
    const names = { truth: this.classes[truth], answer: this.classes[answer] };
    setText(this.words, found.count ? about(list, truth === answer, names) : _("There are none."));
    const last = found.from + found.numbers.length;
    const span = { first: grouped(found.from + 1), last: grouped(last), count: grouped(found.count) };
    setText(this.span, found.count ? _("{first} to {last} of {count}", span) : "");
    setDisabled(this.steps[0], found.from === 0);
    setDisabled(this.steps[1], last >= found.count);
    this.list.replaceChildren(...found.numbers.map((_number, index) => make("li", {}, this.tile(index))));
    this.repaint(this.inks);
  }

  tile(index) {
    const { numbers, truth, probabilities, data } = this.found;
    const classes = this.classes.length;
    const chances = probabilities.subarray(index * classes, (index + 1) * classes);
    const answer = chances.indexOf(Math.max(...chances));
    const right = answer === truth[index];
    const number = numbers[index];
    const values = {
      number,
      name: this.classes[answer],
      truth: this.classes[truth[index]],
      share: percent(chances[answer]),
    };
    const label = right
      ? _("Look inside: test picture {number}, rightly read as {name} ({share})", values)
      : _("Look inside: test picture {number}, read as {name} ({share}), it is {truth}", values);
    const words = [
      make("b", {}, `${right ? "✓" : "✗"} ${values.name}`),
      make("span", {}, values.share),
      make("span", {}, right ? "\u00a0" : _("it is {truth}", values)),
    ];
    const top = make("span", { className: "verdict" }, make("canvas"), make("span", { className: "words" }, ...words));
    const query = { ...this.address, picture: `${data}-${number}` };
    const link = lookLink(
      query,
      () => this.open({ data, number }),
      label,
      top,
      this.bars(chances, answer, truth[index]),
    );
    link.className = right ? "right" : "wrong";
    return link;
  }

  // A bar for each class; of many classes, for the most probable ones. The link's name says what matters of them.
  bars(chances, answer, truth) {
    const order = Array.from(chances.keys());
    const shown = order.sort((a, b) => chances[b] - chances[a]).slice(0, BARS);
    const bars = shown
      .sort((a, b) => a - b)
      .map((each) => {
        const bar = make("i", { className: each === truth ? "truth" : each === answer ? "answer" : "" });
        bar.style.height = `${Math.max(2, 100 * chances[each])}%`;
        return make("span", { title: `${this.classes[each]}: ${percent(chances[each])}` }, bar);
      });
    return make("span", { className: "chances", ariaHidden: "true" }, ...bars);
  }

  repaint(inks) {
    this.inks = inks;
    if (!this.found) return;
    [...this.list.querySelectorAll("canvas")].forEach((canvas, index) => {
      paintPicture(canvas, pictureAt(this.found.pictures, index), inks);
    });
  }
}

const LISTS = [
  ["mistakes", _("Worst mistakes")],
  ["unsure", _("Least sure")],
  ["losses", _("Top losses")],
  ["cell", _("A cell of the matrix")],
];

function about(list, right, names) {
  if (list === "mistakes") return _("Wrong answers, those that the network is surest of first.");
  if (list === "unsure") return _("The smaller the lead of the first answer over the second, the earlier.");
  if (list === "losses") return _("The less probable the network finds the true class, the earlier.");
  if (right) return _("{truth}, read correctly; those that it is least sure of first.", names);
  return _("{truth}, read as {answer}; those that it is surest of first.", names);
}
