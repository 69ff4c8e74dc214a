// How far a study is, and the button that ends or begins it.

import { make, setText } from "../../shared/dom.js";
import { _ } from "../../shared/words.js";

export class Work {
  // study: a Study; label: what is done, for screen readers.
  constructor(study, label) {
    this.study = study;
    this.bar = make("progress", { ariaLabel: label });
    this.button = make("button", { type: "button", onclick: () => this.act() });
    this.element = make("div", { className: "work" }, this.bar, this.button);
  }

  act() {
    this.button.blur(); // it goes, or becomes another one
    if (this.waits) this.study.cancel();
    else this.study.begin();
  }

  show({ state, done, total }) {
    this.waits = ["asked", "waiting", "running"].includes(state);
    this.element.hidden = state === "done";
    this.bar.hidden = !this.waits;
    if (total) Object.assign(this.bar, { max: total, value: done });
    else this.bar.removeAttribute("value");
    setText(this.button, this.waits ? _("Cancel") : state === "failed" ? _("Try again") : _("Begin"));
  }
}

// What is said of a study that is not done.
export function howFar({ state, done, total }) {
  if (state === "waiting") return _("Another network is asked first.");
  if (!total) return _("Starting…");
  return _("{share} %: {done} of {total}", { share: Math.floor((100 * done) / total), done, total });
}
