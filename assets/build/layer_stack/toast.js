// A short message at the foot of the screen that takes no space and goes by itself, with a button to undo what it says.

import { make, setText } from "../../shared/dom.js";
import { _ } from "../../shared/words.js";

const SHORTEST = 8000; // ms
const READING = 70; // ms for a letter

export class Toast {
  constructor(host, onUndo) {
    this.text = make("span", { role: "status" });
    this.undo = make("button", { type: "button", className: "plain" }, _("Undo"));
    this.undo.onclick = () => {
      this.hide();
      onUndo();
    };
    const close = make("button", { type: "button", className: "icon", ariaLabel: _("Close the message") }, "×");
    close.onclick = () => this.hide();
    this.element = make("div", { className: "toast", hidden: true }, this.text, this.undo, close);
    this.element.onkeydown = (event) => {
      if (event.key === "Escape") this.hide();
    };
    for (const [event, stays] of [
      ["mouseenter", true],
      ["focusin", true],
      ["mouseleave", false],
      ["focusout", false],
    ]) {
      this.element.addEventListener(event, () => this.hold(stays));
    }
    host.append(this.element);
  }

  // `lasts`: until it is closed, or another takes its place.
  show(text, { undo = false, lasts = false } = {}) {
    this.element.hidden = false;
    this.undo.hidden = !undo;
    this.time = lasts ? Infinity : Math.max(SHORTEST, READING * text.length);
    setText(this.text, text);
    this.hold(false);
  }

  hold(stays) {
    clearTimeout(this.timer);
    if (!stays && this.time < Infinity) this.timer = setTimeout(() => this.hide(), this.time);
  }

  hide() {
    clearTimeout(this.timer);
    this.element.hidden = true;
    setText(this.text, "");
  }
}
