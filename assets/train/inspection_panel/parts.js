// Building blocks of the panel: sections, and the words of an answer.

import { make } from "../../shared/dom.js";
import { _, listed } from "../../shared/words.js";

const LEAST = 0.01; // the probability from which a guess is named

export function section(title, about, ...content) {
  return make(
    "section",
    { "data-step": "" },
    make("h3", {}, title),
    make("p", { className: "about" }, about),
    ...content,
  );
}

// A class and its probability.
export function guess([place, probability], classes) {
  return `${classes[place]} (${Math.round(100 * probability)}\u00a0%)`;
}

// The guesses after the first one; empty if none of them is serious.
export function otherGuesses([, ...others], classes) {
  const serious = others.filter(([, probability]) => probability >= LEAST);
  if (!serious.length) return "";
  return _("then {guesses}", { guesses: listed(serious.map((each) => guess(each, classes))) });
}
