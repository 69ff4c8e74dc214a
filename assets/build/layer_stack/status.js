// The bar above the rows: totals, the time of an epoch, and whether the network can be trained.

import { ask } from "../../shared/api.js";
import { icon, make, setDisabled, setText } from "../../shared/dom.js";
import { _, plural } from "../../shared/words.js";

const PHONE = 480; // px

export class Status {
  constructor(stack) {
    this.stack = stack;
    this.bar = stack.root.querySelector(".bar");
    this.measuring = false;
    this.state = this.bar.querySelector(".state");
    this.sum = this.bar.querySelector(".sum");
    this.note = this.bar.querySelector(".note");
    this.memory = this.bar.querySelector(".memory");
    this.time = this.bar.querySelector(".time");
    this.timing = this.time.querySelector(".plain");
    this.timing.onclick = () => this.timing.ariaDisabled !== "true" && this.measure();
    for (const total of [this.memory, this.time]) {
      total.querySelector(".value").onclick = () => stack.toast.show(total.about);
    }
    for (const button of this.bar.querySelectorAll("[data-edit]")) {
      button.onclick = () => button.ariaDisabled !== "true" && stack.send({ do: button.dataset.edit });
    }
    new ResizeObserver(() => this.fold()).observe(this.bar);
  }

  show(data) {
    for (const [name, text] of Object.entries(data.totals)) {
      setText(this.bar.querySelector(`[data-total="${name}"]`), text);
    }
    setText(this.sum, data.problems.length ? "" : _("{count} parameters", { count: data.totals.parameters }));
    this.unusable = data.problems.length > 0 || data.invalidField.text !== "";
    this.showTime(data.time);
    setText(this.memory.querySelector("dt"), data.memory.title);
    setText(this.memory.querySelector("button"), data.memory.text);
    this.memory.about = data.memory.about;
    this.showStep("undo", data.undo, data.undo ? _("Undo: {what}", { what: data.undo }) : _("Nothing to undo"));
    this.showStep("redo", data.redo, data.redo ? _("Redo: {what}", { what: data.redo }) : _("Nothing to redo"));
    this.showNote(data.note);
    this.showState(data);
  }

  showStep(name, what, title) {
    const button = this.bar.querySelector(`[data-edit="${name}"]`);
    setDisabled(button, !what);
    button.title = title;
    button.ariaDescription = what;
  }

  showTime({ text, about }) {
    setDisabled(this.timing, this.unusable || this.measuring);
    if (this.measuring) return;
    setText(this.time.querySelector(".value"), text);
    setText(this.timing, text ? _("again") : _("Time an epoch"));
    this.timing.ariaLabel = text ? _("Time an epoch again") : _("Time an epoch");
    this.time.about = about;
  }

  // Times a few real batches on this machine, in a separate process, which takes some seconds.
  async measure() {
    const { stack } = this;
    const { version, editor } = stack;
    this.measuring = true;
    setText(this.time.querySelector(".value"), "");
    setText(this.timing, _("Measuring …"));
    setDisabled(this.timing, true);
    const found = await ask("editor/time", { editor }).catch((error) => ({
      time: stack.data.time,
      problem: _("Not measured: {reason}", { reason: error.message }),
    }));
    this.measuring = false;
    this.showTime(stack.version === version ? found.time : stack.data.time);
    if (stack.version === version) stack.toast.show(found.problem ?? found.time.about);
  }

  // On a phone only the last line of the bar stays on the screen: the state, and undo. Cards fold there, and in
  // present mode.
  fold() {
    const { root, alone } = this.stack;
    const isPhone = root.clientWidth < PHONE;
    const above = isPhone ? this.bar.querySelector(".status").offsetTop - 1 : 0;
    root.style.setProperty("--above", `${Math.max(0, above)}px`);
    root.classList.toggle("folds", isPhone || alone.isOn);
  }

  showNote(text) {
    setText(this.note, text);
    this.note.hidden = !text;
  }

  showState(data) {
    const problem = data.problems[0];
    const at = problem ? data.rows.findIndex((row) => row.id === problem.id) : -1;
    const warnings = data.advice.filter((advice) => advice.level === "warning");
    const warned = () => plural("Ready to train, {count} warning", "Ready to train, {count} warnings", warnings.length);
    const ready = warnings.length ? warned() : _("Ready to train");
    const invalid = !problem && data.invalidField.text !== "";
    const index = data.rows.findIndex((row) => row.id === data.invalidField.row);
    const unusable =
      index < 0 ? _("Input: a number cannot be used") : _("Row {row}: a number cannot be used", { row: index + 1 });
    const broken = at < 0 ? _("Not ready yet") : _("Row {row} cannot work", { row: at + 1 });
    const text = invalid ? unusable : problem ? broken : ready;
    const target = invalid ? data.invalidField.row : problem ? (at < 0 ? undefined : problem.id) : warnings[0]?.id;
    const wrong = invalid || Boolean(problem);
    this.state.classList.toggle("wrong", wrong);
    this.state.classList.toggle("unwise", !wrong && warnings.length > 0);
    this.target = target;
    if (this.state.textContent === text) return;
    const words = make(target === undefined ? "span" : "button", {}, text);
    if (target !== undefined) words.onclick = () => this.stack.focusRow(this.target);
    this.state.replaceChildren(icon(wrong ? "warning" : warnings.length ? "advice" : "ready"), words);
  }
}
