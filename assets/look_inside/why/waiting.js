// How far a study is, in one line of the same height: a bar, words, and a button to cancel it or to begin it again.

import { make, setText } from "../../shared/dom.js";
import { _ } from "../../shared/words.js";

export class Waiting {
  constructor(title) {
    this.bar = make("progress", { ariaLabel: title, hidden: true });
    this.words = make("span", { role: "status" });
    this.button = make("button", { type: "button", hidden: true, onclick: () => this.act() });
    this.element = make("div", { className: "waiting" }, this.words, this.bar, this.button);
  }

  act() {
    if (this.waits) this.study.cancel();
    else this.study.begin();
  }

  // done: what the line says once there is a result.
  show({ state, done, total, words }, result = "") {
    this.waits = ["asked", "waiting", "running"].includes(state);
    this.element.classList.toggle("failed", state === "failed");
    setText(this.words, state === "done" ? result : this.pending(state, done, total, words));
    this.bar.hidden = !this.waits;
    this.button.hidden = state === "done";
    if (total) Object.assign(this.bar, { max: total, value: done });
    else this.bar.removeAttribute("value");
    setText(this.button, this.waits ? _("Cancel") : state === "failed" ? _("Try again") : _("Begin"));
  }

  pending(state, done, total, words) {
    if (state === "failed") return words;
    if (state === "canceled") return _("Canceled.");
    if (state === "waiting") return _("Another network is asked first.");
    return total ? _("{done} of {total}", { done, total }) : _("Starting…");
  }
}
