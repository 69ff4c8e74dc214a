import { setText } from "../../shared/dom.js";

// A message with a button that undoes what it reports; announced to screen readers when it changes.
export class Offer {
  constructor(element) {
    this.element = element;
    this.text = element.querySelector("span");
    this.button = element.querySelector("button");
  }

  get open() {
    return !this.button.hidden;
  }

  // Shows the message for `duration` ms, or longer while the pointer or the focus is on it; then calls `closed`.
  show(message, undo = null, duration = 0, closed = null) {
    clearTimeout(this.timer);
    setText(this.text, message);
    this.button.hidden = !undo;
    this.button.onclick = () => {
      this.close();
      undo();
    };
    const end = () =>
      this.element.matches(":hover, :focus-within") ? (this.timer = setTimeout(end, duration)) : this.close();
    this.closed = closed;
    if (duration) this.timer = setTimeout(end, duration);
  }

  close() {
    clearTimeout(this.timer);
    setText(this.text, "");
    this.button.hidden = true;
    const { closed } = this;
    this.closed = null;
    closed?.();
  }
}
