// An equation in which each number has its name below it: 0.7105 + 0.0208 = 0.7313.

import { make, setText } from "../dom.js";
import { aligned } from "./numbers.js";

export class Equation {
  constructor() {
    this.element = make("p", { className: "equation" });
    this.terms = [];
  }

  // names: of its numbers, with the sign before each: ["", "sum"], ["+", "bias"], ["=", "this number"].
  layout(names) {
    this.terms = names.map(([sign, name]) => {
      const term = { sign: make("i", {}, sign), number: make("b"), name: make("small", {}, name), plus: sign === "+" };
      term.element = make("span", {}, term.sign, term.number, term.name);
      return term;
    });
    this.element.replaceChildren(...this.terms.map((term) => term.element));
  }

  rename(index, name) {
    setText(this.terms[index].name, name);
  }

  update(numbers) {
    this.write(aligned(numbers));
  }

  // The numbers as they are to stand there.
  write(texts) {
    this.terms.forEach(({ sign, number, plus }, index) => {
      const isLess = plus && texts[index].startsWith("−"); // + −0.5 is written − 0.5
      if (plus) setText(sign, isLess ? "−" : "+");
      setText(number, isLess ? texts[index].slice(1) : texts[index]);
    });
  }
}
