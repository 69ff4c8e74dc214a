// The first lines: how many answers are right; before, how far the lab is, and the way to end that.

import { make, setText } from "../../shared/dom.js";
import { howFar, StudyLine } from "../../shared/study_line.js";
import { _, plural, sentences } from "../../shared/words.js";
import { percent } from "./numbers.js";

export class Head {
  constructor(study) {
    this.result = make("p", { className: "result", role: "status" });
    this.about = make("p", { className: "about" });
    this.line = new StudyLine(study, _("Asking the network about all test pictures"));
    this.element = make("div", { className: "head" }, this.result, this.about, this.line.element);
  }

  show(state, body) {
    const [result, about] = state.state === "done" ? found(state, body) : pending(state, body);
    setText(this.result, result);
    setText(this.about, about);
    this.result.className = state.state === "failed" ? "result failed" : "result";
    this.line.show(state);
  }
}

// What is on screen until there is a result: a line that is spoken, and one that is not.
function pending(state, { title }) {
  if (state.state === "failed" || state.state === "canceled") return [howFar(state), ""];
  return [_("The network is asked about all test pictures of {title}.", { title }), howFar(state)];
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
