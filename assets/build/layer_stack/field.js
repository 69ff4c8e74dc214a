// One input of a card.

import { make, setText } from "../../shared/dom.js";
import { _ } from "../../shared/words.js";

const BURST = 1000; // ms without a keystroke that end a burst; a burst is one step of undo

export class Field {
  constructor(form, send) {
    this.form = form;
    this.send = send;
    this.sentValue = undefined;
    this.sentNumber = 0; // of the edit with that value
    this.shownRefusal = undefined; // the number of the edit whose refusal was last shown
    this.burst = 0;
    this.lastKey = 0;
    this.wrong = make("p", { className: "wrong", hidden: true });
    this.element = form.type === "switch" ? this.makeSwitch() : this.makeNumber();
  }

  makeSwitch() {
    this.input = make("input", { type: "checkbox", onchange: () => this.submit(this.input.checked) });
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
      oninput: () => this.typed(false),
      onchange: () => this.typed(true),
    });
    this.input.classList.toggle("wide", this.form.maximum >= 1000);
    this.input.classList.toggle("slim", this.form.maximum < 100);
    this.input.ariaLabel = this.form.title;
    const name = make("span", { className: "name", onclick: () => this.input.focus() }, this.form.title);
    const words = this.form.words.map((word) => this.makeWord(word));
    return make("div", { className: "field" }, name, make("div", { className: "entry" }, this.input, ...words));
  }

  makeWord(word) {
    this.word = make("input", { type: "checkbox", value: word });
    this.word.onchange = () => this.submit(this.word.checked ? word : this.form.minimum);
    this.word.ariaLabel = _("{title}: {word}", { title: this.form.title, word });
    return make("label", { className: "tick" }, this.word, word);
  }

  typed(finished) {
    const text = this.input.value;
    const wasBlank = this.blank;
    this.blank = text === "" && !finished; // until the next number is typed: invalid, but not reported yet
    const number = Number(text);
    const value = this.input.validity.badInput ? "text" : text === "" || !Number.isFinite(number) ? text : number;
    if (value !== this.sentValue || (finished && (wasBlank || !this.wrong.hidden))) this.submit(value);
  }

  submit(value) {
    const now = Date.now();
    if (now - this.lastKey > BURST) this.burst = now;
    this.lastKey = now;
    this.sentValue = value;
    this.sentNumber = this.send(this.form.name, value, this.burst);
  }

  // Shows the design's value; a refused text stays until it is fixed or reverted.
  show(value, done, refusal) {
    this.fresh = value !== this.value;
    this.value = value;
    if (this.sentNumber > done) return; // the last value sent has not been applied yet
    if (refusal && refusal.n === this.sentNumber && refusal.n !== this.shownRefusal) this.showRefusal(refusal);
    else if (this.blank && !this.fresh) return;
    else if (this.fresh || this.wrong.hidden || this.sentNumber !== this.shownRefusal) this.accept(value);
  }

  showRefusal({ n, text }) {
    this.shownRefusal = n; // each refusal is shown once
    if (this.blank) return;
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
    this.sentValue = value;
  }

  write(value) {
    const word = this.word && this.word.value === value;
    if (this.word) {
      this.word.checked = word;
      this.input.disabled = word;
    }
    const untouched = !word && value === this.sentValue && this.input.value !== "";
    const typing = !word && this.input.matches(":focus") && !this.fresh;
    if (!untouched && !typing) this.input.value = word ? "" : value;
  }

  revert() {
    const dirty = !this.wrong.hidden || (this.input.value !== String(this.value) && this.input.type === "number");
    this.blank = false;
    this.sentValue = undefined;
    this.fresh = true;
    this.accept(this.value);
    if (dirty) this.submit(this.value); // so that the server forgets the reverted text
    return dirty;
  }
}
