// In present mode: the card of one layer is open, with its maps in large tiles, and the others are folded to a line
// each. Above them the picture of the network stays in view, and shows which layer it is.

import { prefersReducedMotion } from "../../shared/dom.js";
import { Stepper } from "../../shared/stepper.js";

const FRAME = 4.5; // rem, of the caption above and the remark below the tiles of an open card

export class Alone {
  constructor(stack) {
    this.stack = stack;
    this.overview = stack.root.querySelector(".overview");
    this.stepper = new Stepper({ layers: () => stack.rowElements(), show: (row) => this.show(row), first: -1 });
    this.overview.prepend(this.stepper.element);
  }

  layout(present) {
    if (present === this.isOn) return;
    this.isOn = present;
    this.stack.root.classList.toggle("present", present);
    this.stack.status.fold();
    this.stepper.layout(present);
    this.settle();
  }

  // Opens the card of a row and brings it to the top; without one, all are folded, as at the top of the page.
  show(row) {
    const { folds } = this.stack;
    if (row) this.stack.cardOf(row).fold.open();
    else folds.open?.close();
    this.scrollTo(row);
  }

  scrollTo(row) {
    const behavior = prefersReducedMotion() ? "instant" : "smooth";
    const page = document.querySelector('[data-testid="stMain"]');
    if (!row) return page.scrollTo({ top: 0, behavior });
    this.stack.root.style.setProperty("--overview", `${this.overview.offsetHeight}px`);
    row.scrollIntoView({ behavior, block: "start" });
  }

  // The card that is open now, however it came to that, is the one that is shown.
  settle() {
    const { folds, networkView } = this.stack;
    const rows = this.stack.rowElements();
    const at = this.isOn && folds.open ? rows.indexOf(folds.open.card.element) : -1;
    const shown = at < 0 ? undefined : folds.open.card;
    if (this.enlarged !== shown) this.enlarged?.enlarge(false);
    this.enlarged = shown;
    shown?.enlarge(true);
    networkView.slabs.rest(shown?.id);
    this.stepper.settle(at, rows.length);
  }

  // The room for the maps of the open card in one view with the picture, in CSS pixels; null elsewhere.
  roomFor(card) {
    if (card !== this.enlarged) return null;
    const { element } = card.enlarged;
    const head = element.getBoundingClientRect().top - card.element.getBoundingClientRect().top;
    const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    return { width: element.clientWidth, height: innerHeight - this.overview.offsetHeight - head - FRAME * rem };
  }
}
