// The first lines: how many answers are right; before, how far the lab is, and the way to end that.

import { make, setText } from "../../shared/dom.js";
import { _, plural, sentences } from "../../shared/words.js";
import { percent } from "./numbers.js";

export class Head {
  constructor(study) {
    this.study = study;
    this.result = make("p", { className: "result", role: "status" });
    this.about = make("p", { className: "about" });
    this.bar = make("progress", { ariaLabel: _("Asking the network about all test pictures") });
    this.button = make("button", { type: "button", onclick: () => this.act() });
    this.work = make("div", { className: "work" }, this.bar, this.button);
    this.element = make("div", { className: "head" }, this.result, this.about, this.work);
  }

  act() {
    this.button.blur(); // it goes, or becomes another one
    if (this.waits) this.study.cancel();
    else this.study.begin();
  }

  show(state, body) {
    const [result, about] = state.state === "done" ? found(state, body) : pending(state, body);
    this.waits = ["asked", "waiting", "running"].includes(state.state);
    setText(this.result, result);
    setText(this.about, about);
    this.result.className = state.state === "failed" ? "result failed" : "result";
    this.work.hidden = state.state === "done";
    this.bar.hidden = !this.waits;
    if (state.total) Object.assign(this.bar, { max: state.total, value: state.done });
    else this.bar.removeAttribute("value");
    setText(this.button, this.waits ? _("Cancel") : state.state === "failed" ? _("Try again") : _("Begin"));
  }
}

// What is on screen until there is a result: a line that is spoken, and one that is not.
function pending({ state, done, total, words }, { title }) {
  if (state === "failed") return [words, ""];
  if (state === "canceled") return [_("Canceled."), ""];
  const asking = _("The network is asked about all test pictures of {title}.", { title });
  if (state === "waiting") return [asking, _("Another network is asked first.")];
  if (!total) return [asking, _("Starting…")];
  return [asking, _("{share} %: {done} of {total}", { share: Math.floor((100 * done) / total), done, total })];
}

function found({ accuracy, right, pictures, interval }, { title, untrained }) {
  const values = { right, pictures, title, accuracy: percent(accuracy) };
  const result = plural(
    "{accuracy} right: {right} of {count} test picture of {title}",
    "{accuracy} right: {right} of {count} test pictures of {title}",
    pictures,
    values,
  );
  const [low, high] = interval.map(percent);
  const luck = _(
    "On other pictures of this kind it would be right between {low} and {high} of the time (95 % confidence).",
    { low, high },
  );
  return [result, sentences(untrained ? _("The network is untrained: its weights are random.") : "", luck)];
}
