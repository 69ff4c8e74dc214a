// Test pictures in an order that one wants to look at them in, each a link to Look inside that picture.

import { ask } from "../../shared/api.js";
import { make, setDisabled, setText } from "../../shared/dom.js";
import { _, grouped } from "../../shared/words.js";
import { part, Switch } from "../../shared/part.js";
import { paintTiles, pictureTile } from "./tile.js";

const PAGE = { wide: 24, narrow: 12 }; // pictures at a time
const NARROW = 416; // CSS pixels, as in the style sheet
const KEPT = "cnnlab.look.gallery"; // the chosen list and the seed of the random order, as JSON

export class Pictures {
  // open({ data, number }): look inside this picture.
  constructor(open) {
    this.open = open;
    this.list = make("ul", { className: "tiles" });
    this.words = make("p", { className: "about", role: "status" });
    this.choice = new Switch(_("Pictures to show"), LISTS, () => this.choose());
    this.shuffled = make("button", { type: "button", className: "shuffle", onclick: () => this.shuffle() });
    this.shuffled.append(_("Shuffle"));
    this.steps = [
      [-1, "‹", _("Pictures before")],
      [1, "›", _("More pictures")],
    ].map(([by, sign, name]) =>
      make(
        "button",
        { type: "button", className: "step", ariaLabel: name, onclick: (event) => this.step(event.currentTarget, by) },
        sign,
      ),
    );
    this.span = make("span", { className: "span" });
    const pager = make("div", { className: "pager" }, this.span, this.shuffled, ...this.steps);
    const help = _(
      "Pictures with the network's answer: ✓ right or ✗ wrong, and a bar for each class. Mistakes show what a " +
        "network finds hard, but a few of them are no proof of a rule, and some pictures have a wrong label.",
    );
    const parts = [this.choice.element, this.words, pager, this.list];
    this.element = part("shown", _("Pictures"), help, ...parts);
  }

  belongTo({ question, address, classes }) {
    Object.assign(this, { question, address, classes, cell: null, found: null });
    const { list, seed } = kept();
    this.seed = seed;
    this.choice.press(list);
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

  choose() {
    if (this.choice.chosen !== "cell") keep(this.choice.chosen, this.seed);
    this.go(0);
  }

  shuffle() {
    if (this.shuffled.ariaDisabled === "true") return;
    this.seed += 1;
    this.choice.press("random");
    this.choose();
  }

  clear(words) {
    this.found = null;
    this.list.replaceChildren();
    setText(this.words, words);
    setText(this.span, "");
    this.offer();
  }

  // Which buttons do something.
  offer() {
    const { from = 0, count = 0, numbers = [] } = this.found ?? {};
    setDisabled(this.steps[0], from === 0);
    setDisabled(this.steps[1], from + numbers.length >= count);
    setDisabled(this.shuffled, !this.found);
  }

  step(button, by) {
    if (button.ariaDisabled !== "true") this.go(Math.max(0, this.found.from + by * this.page()));
  }

  page() {
    return this.element.clientWidth < NARROW ? PAGE.narrow : PAGE.wide;
  }

  async go(from) {
    if (!this.result) return;
    const [truth, answer] = this.cell ?? [0, 0];
    const { question, seed } = this;
    const asked = { ...question, list: this.choice.chosen, truth, answer, seed, from, most: this.page() };
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
    this.offer();
    this.list.replaceChildren(
      ...found.numbers.map((_number, index) => make("li", {}, pictureTile(found, index, this))),
    );
    this.repaint(this.inks);
  }

  repaint(inks) {
    this.inks = inks;
    if (this.found) paintTiles([...this.list.querySelectorAll("canvas")], this.found, inks);
  }
}

const LISTS = [
  ["mistakes", _("Worst mistakes")],
  ["unsure", _("Least sure")],
  ["losses", _("Top losses")],
  ["all", _("All")],
  ["random", _("Random")],
  ["cell", _("A cell of the matrix")],
];

function about(list, right, names) {
  if (list === "mistakes") return _("Wrong answers, those that the network is surest of first.");
  if (list === "unsure") return _("The smaller the lead of the first answer over the second, the earlier.");
  if (list === "losses") return _("The less probable the network finds the true class, the earlier.");
  if (list === "all") return _("All test pictures, in the order of the data set.");
  if (list === "random") return _("All test pictures in a random order: how the network usually does.");
  if (right) return _("{truth}, read correctly; those that it is least sure of first.", names);
  return _("{truth}, read as {answer}; those that it is surest of first.", names);
}

// What was shown last in this tab of the browser.
function kept() {
  try {
    const { list, seed } = JSON.parse(sessionStorage.getItem(KEPT));
    const isKnown = LISTS.some(([name]) => name === list) && list !== "cell";
    if (isKnown && Number.isInteger(seed) && seed >= 0) return { list, seed };
  } catch {
    // nothing, or nothing that can be read
  }
  return { list: "mistakes", seed: 0 };
}

function keep(list, seed) {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify({ list, seed }));
  } catch {
    // a browser that keeps nothing
  }
}
