// Challenges: what to draw so that the network answers in a certain way. Each is checked by the answers that arrive
// anyway; where it depends on what a person sees in the drawing, the person judges.

import { make, setText } from "../../shared/dom.js";
import { _, sentences } from "../../shared/words.js";
import { put, taken } from "./kept.js";

const KEPT = "cnnlab.challenges"; // in the browser's local storage

const doubt = (a, b) => ({
  id: `doubt-${a}-${b}`,
  goal: () => _("Make it doubt between {a} and {b}.", { a, b }),
  rule: () => _("Met when these two are the likeliest and each has at least 25 %."),
  met: ({ probabilities }) => {
    const [first, second] = ranking(probabilities);
    return [a, b].includes(first) && [a, b].includes(second) && probabilities[second] >= 0.25;
  },
});

const mistaken = (seen, read) => ({
  id: `mistaken-${seen}-${read}`,
  goal: () => _("Draw what everyone would read as {seen}, and it reads {read}.", { seen, read }),
  rule: () => _("It has to be sure of {read}. Whether everyone would still read {seen}, you judge.", { seen, read }),
  judge: () => _("Everyone would read {seen}", { seen }),
  met: ({ label, verdict }) => label === read && verdict.sure,
});

const certain = (digit) => ({
  id: `certain-${digit}`,
  goal: () => _("Draw a {digit} that leaves no doubt.", { digit }),
  rule: () => _("Met when it is sure and {digit} has at least 99.9 %.", { digit }),
  met: ({ label, probabilities, verdict }) => label === digit && verdict.sure && probabilities[digit] >= 0.999,
});

const threefold = {
  id: "threefold",
  goal: () => _("Have three digits share the answer."),
  rule: () => _("Met when three digits have at least 20 % each."),
  met: ({ probabilities }) => probabilities[ranking(probabilities)[2]] >= 0.2,
};

const nobody = {
  id: "nobody",
  goal: () => _("Leave it without a favorite."),
  rule: () => _("Met when no digit has more than 40 %."),
  met: ({ probabilities }) => Math.max(...probabilities) <= 0.4,
};

export const CHALLENGES = [
  certain(5),
  doubt(4, 9),
  mistaken(7, 1),
  doubt(3, 8),
  mistaken(4, 9),
  threefold,
  doubt(1, 7),
  mistaken(5, 6),
  nobody,
  doubt(2, 7),
];

function ranking(probabilities) {
  return [...probabilities.keys()].sort((one, other) => probabilities[other] - probabilities[one]);
}

// What the browser has kept: the ids of those met, and of the one shown. Of anything unreadable, nothing.
export function readProgress(text) {
  try {
    const { met, shown } = JSON.parse(text);
    const known = CHALLENGES.map(({ id }) => id);
    return { met: known.filter((id) => met.includes(id)), shown: Math.max(0, known.indexOf(shown)) };
  } catch {
    return { met: [], shown: 0 };
  }
}

// The next challenge after this one that has not been met; once all have been, simply the next.
export function nextChallenge(shown, met) {
  const order = CHALLENGES.map((_each, step) => (shown + 1 + step) % CHALLENGES.length);
  return order.find((index) => !met.includes(CHALLENGES[index].id)) ?? order[0];
}

export class Challenges {
  constructor(after) {
    Object.assign(this, readProgress(taken(() => localStorage, KEPT)));
    this.goal = make("span", { className: "goal" });
    this.counter = make("span", { className: "counter" });
    this.rule = make("p", { className: "rule" });
    this.words = make("span", { role: "status" });
    this.judge = make("button", { type: "button", className: "worded", onclick: () => this.count() });
    const next = make(
      "button",
      { type: "button", className: "worded", onclick: () => this.next() },
      _("Next challenge"),
    );
    const heading = make("h2", {}, _("Challenge"), this.counter);
    const foot = make("p", { className: "foot" }, this.words, this.judge, next);
    this.element = make("section", { className: "challenge" }, heading, make("p", {}, this.goal), this.rule, foot);
    after.after(this.element);
  }

  // Only a network that reads digits has challenges.
  layout({ digits }) {
    this.element.hidden = !digits;
    this.show();
  }

  get current() {
    return CHALLENGES[this.shown];
  }

  get isMet() {
    return this.met.includes(this.current.id);
  }

  // The answer to the drawing once the pen is up.
  see(answer) {
    const met = answer.label !== null && this.current.met(answer);
    if (met && !this.current.judge && !this.isMet) this.count();
    else this.show(met);
  }

  count() {
    if (!this.isMet) this.met.push(this.current.id);
    this.element.classList.add("just-met");
    this.keep();
    this.show();
  }

  next() {
    this.shown = nextChallenge(this.shown, this.met);
    this.element.classList.remove("just-met");
    this.keep();
    this.show();
  }

  keep() {
    put(() => localStorage, KEPT, JSON.stringify({ met: this.met, shown: this.current.id }));
  }

  // `fits`: whether the drawing on the sheet meets the current challenge.
  show(fits = false) {
    const { goal, rule, judge } = this.current;
    setText(this.goal, goal());
    setText(this.rule, rule());
    const count = this.met.length;
    setText(this.counter, _("{count} of {total} met", { count, total: CHALLENGES.length }));
    const open = fits && Boolean(judge) && !this.isMet;
    setText(this.words, this.isMet ? metText(count) : "");
    this.judge.hidden = !open;
    if (open) setText(this.judge, judge());
    this.element.classList.toggle("met", this.isMet);
  }
}

function metText(count) {
  return sentences(_("✓ Met."), count === CHALLENGES.length ? _("That was the last one.") : "");
}
