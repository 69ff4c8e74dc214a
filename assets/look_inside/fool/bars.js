// An answer as bars, one for each class in the same order as in the answer beside it.

import { make } from "../../shared/dom.js";
import { answerIn } from "./words.js";

const MOST = 10;

// The classes that are worth a bar in one of these answers, in their order: all of ten, else the likeliest.
export function likelyClasses(answers) {
  const best = (index) => Math.max(...answers.map((shares) => shares[index]));
  const likeliest = Array.from(answers[0].keys()).sort((one, other) => best(other) - best(one));
  return likeliest.slice(0, MOST).sort((one, other) => one - other);
}

export class Bars {
  constructor() {
    this.element = make("div", { className: "bars" });
  }

  show(shares, classes, order) {
    const answer = answerIn(shares);
    const rows = order.map((index) => {
      const bar = make("i");
      bar.style.width = `${100 * shares[index]}%`;
      const parts = [
        make("b", {}, classes[index]),
        make("div", {}, bar),
        make("span", {}, `${(100 * shares[index]).toFixed(1)}\u00a0%`),
      ];
      return make("div", { className: index === answer ? "bar answer" : "bar" }, ...parts);
    });
    this.element.replaceChildren(...rows);
  }
}
