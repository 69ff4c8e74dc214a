// One input of a card.

import { make, setText } from "../../shared/dom.js";
import { _ } from "../../shared/words.js";

const BURST = 1000; // ms without a keystroke that end a burst; a burst is one step of undo

export class Field {
  constructor(form, send) {
    this.form = form;
    this.send = send;
    this.asked = undefined; // the value that was last sent
    this.sent = 0; // and its number
    this.burst = 0;
    this.lastKey = 0;
    this.wrong = make("p", { className: "wrong", hidden: true });
    this.element = form.type === "switch" ? this.makeSwitch() : this.makeNumber();
  }

  makeSwitch() {
    this.input = make("input", { type: "checkbox", onchange: () => this.ask(this.input.checked) });
    const tick = make("label", { className: "tick" }, this.input, this.form.title);
    return make("div", { className: "field" }, tick);
  }

  makeNumber() {
    this.input = make("input", {
      type: "number",
      inputMode: this.form.type === "integer" ? "numeric" : "decimal",
      step: this.form.type === "integer" ? 1 : 0.05,
      min: this.form.minimum,
      max: this.form.maximum ?? "",
      title: _("{title}: {allowed}", this.form),
      oninput: () => this.typed(false),
      onchange: () => this.typed(true),
    });
    this.input.classList.toggle("wide", this.form.maximum >= 1000);
    this.input.classList.toggle("slim", this.form.maximum < 100);
    this.input.ariaLabel = this.form.title;
    const title = make("span", { onclick: () => this.input.focus() }, this.form.title);
    const name = make("span", { className: "name" }, title, ...this.form.words.map((word) => this.makeWord(word)));
    return make("div", { className: "field" }, name, this.input);
  }

  makeWord(word) {
    this.word = make("input", { type: "checkbox", value: word });
    this.word.onchange = () => this.ask(this.word.checked ? word : this.form.minimum);
    this.word.ariaLabel = _("{title}: {word}", { title: this.form.title, word });
    return make("label", { className: "tick" }, this.word, word);
  }

  typed(finished) {
    const text = this.input.value;
    const was = this.underway;
    this.underway = text === "" && !finished; // on the way to the next number: invalid, but not reported yet
    const number = Number(text);
    const value = this.input.validity.badInput ? "text" : text === "" || !Number.isFinite(number) ? text : number;
    if (value !== this.asked || (finished && (was || !this.wrong.hidden))) this.ask(value);
  }

  ask(value) {
    const now = Date.now();
    if (now - this.lastKey > BURST) this.burst = now;
    this.lastKey = now;
    this.asked = value;
    this.sent = this.send(this.form.name, value, this.burst);
  }

  // Shows the design's value; a refused text stays until it is fixed or reverted.
  show(value, done, refusal) {
    this.fresh = value !== this.value;
    this.value = value;
    if (this.sent > done) return;
    if (refusal && refusal.n === this.sent && refusal.n !== this.heard) this.complain(refusal);
    else if (this.underway && !this.fresh)
      return; // the last value sent has not been applied yet
    else if (this.fresh || this.wrong.hidden || this.sent !== this.heard) this.accept(value);
  }

  complain({ n, text }) {
    this.heard = n; // each refusal is shown once
    if (this.underway) return;
    setText(this.wrong, text);
    this.wrong.hidden = false;
    this.input.ariaInvalid = "true";
    this.input.ariaDescription = text;
    if (this.word) this.word.checked = this.value === this.word.value;
  }

  accept(value) {
    setText(this.wrong, "");
    this.wrong.hidden = true;
    this.input.ariaInvalid = "false";
    this.input.ariaDescription = "";
    if (this.form.type === "switch") this.input.checked = value;
    else this.write(value);
    this.asked = value;
  }

  write(value) {
    const word = this.word && this.word.value === value;
    if (this.word) {
      this.word.checked = word;
      this.input.disabled = word;
    }
    const untouched = !word && value === this.asked && this.input.value !== "";
    const typing = !word && this.input.matches(":focus") && !this.fresh;
    if (!untouched && !typing) this.input.value = word ? "" : value;
  }

  revert() {
    const dirty = !this.wrong.hidden || (this.input.value !== String(this.value) && this.input.type === "number");
    this.underway = false;
    this.asked = undefined;
    this.fresh = true;
    this.accept(this.value);
    if (dirty) this.ask(this.value); // so that nothing waits for a text that is gone
    return dirty;
  }
}
