// On a phone a card is folded to one line: its name, its settings and its shape. One at a time is open.

import { icon, make, setText } from "../../shared/dom.js";
import { _ } from "../../shared/words.js";
import { scrollerOf } from "./screen.js";

const KEPT = "cnnlab-open-row"; // in the tab, so that a reload opens it again

export class Fold {
  constructor(card) {
    this.card = card;
    this.brief = make("span", { className: "brief", ariaHidden: "true" });
    this.button = make(
      "button",
      { type: "button", className: "icon fold", ariaLabel: _("Settings of {title}", card.form), ariaExpanded: "false" },
      icon("down-small"),
    );
  }

  // A tap anywhere on the line opens the card, or folds it.
  watch() {
    this.card.card.addEventListener("click", (event) => {
      const onLine = event.target.closest(".kind, .brief, .fold, .position") || event.target === this.card.card;
      if (onLine && this.isFoldable) this.toggle();
    });
    if (sessionStorage.getItem(KEPT) === String(this.card.id)) this.open();
  }

  get isFoldable() {
    return getComputedStyle(this.button).display !== "none";
  }

  show(row) {
    setText(this.brief, [row.settings, row.shape].filter(Boolean).join(" → "));
  }

  toggle() {
    const { element } = this.card;
    const before = element.getBoundingClientRect().top;
    if (element.classList.contains("open")) this.close();
    else this.open();
    scrollerOf(element).scrollTop += element.getBoundingClientRect().top - before; // another one may have been folded
    this.card.stack.thumbs.paint();
    this.card.stack.thumbs.refresh(0); // the strips have room for more maps now
  }

  open() {
    const { folds } = this.card.stack;
    if (folds.open !== this) folds.open?.close();
    folds.open = this;
    this.card.element.classList.add("open");
    this.button.ariaExpanded = "true";
    sessionStorage.setItem(KEPT, this.card.id);
    this.card.stack.alone.settle();
  }

  close() {
    const { folds, alone } = this.card.stack;
    if (folds.open !== this) return;
    folds.open = undefined;
    this.card.element.classList.remove("open");
    this.button.ariaExpanded = "false";
    sessionStorage.removeItem(KEPT);
    alone.settle();
  }
}
