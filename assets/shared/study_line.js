// The line of a study: how far it is, and the button that begins or cancels it.

import { make, setText } from "./dom.js";
import { _ } from "./words.js";

const WAITS = ["asked", "waiting", "running"];

export class StudyLine {
  // label: of the bar, for screen readers; begin: what the button says that begins it.
  constructor(study, label, begin = _("Begin")) {
    Object.assign(this, { study, begin });
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
    this.waits = WAITS.includes(state);
    this.element.hidden = state === "done";
    this.element.classList.toggle("unknown", state === "looked up");
    this.bar.hidden = !this.waits;
    if (total) Object.assign(this.bar, { max: total, value: done });
    else this.bar.removeAttribute("value");
    setText(this.button, this.waits ? _("Cancel") : state === "failed" ? _("Try again") : this.begin);
  }
}

// How far a study is that is on its way, or why it is not.
export function howFar({ state, done, total, words }) {
  if (state === "looked up" || state === "none") return "";
  if (state === "failed") return words;
  if (state === "canceled") return _("Canceled.");
  if (state === "waiting") return _("Another network is asked first.");
  if (!total) return _("Starting…");
  return _("{share} %: {done} of {total}", { share: Math.floor((100 * done) / total), done, total });
}
