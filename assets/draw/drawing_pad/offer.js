import { setText } from "../../shared/dom.js";

// A sentence with a button that undoes what it tells of; read out when it changes.
export class Offer {
  constructor(element) {
    this.element = element;
    this.words = element.querySelector("span");
    this.button = element.querySelector("button");
  }

  get open() {
    return !this.button.hidden;
  }

  // For so many ms, but not as long as somebody is about to press it; `closed` is told when it is over.
  show(words, undo = null, lasts = 0, closed = null) {
    clearTimeout(this.timer);
    setText(this.words, words);
    this.button.hidden = !undo;
    this.button.onclick = () => {
      this.close();
      undo();
    };
    const end = () =>
      this.element.matches(":hover, :focus-within") ? (this.timer = setTimeout(end, lasts)) : this.close();
    this.closed = closed;
    if (lasts) this.timer = setTimeout(end, lasts);
  }

  close() {
    clearTimeout(this.timer);
    setText(this.words, "");
    this.button.hidden = true;
    const { closed } = this;
    this.closed = null;
    closed?.();
  }
}
