// The strips on the cards: each row's output for one picture. Requested in a pause between edits, never with an edit,
// and painted when they arrive.

import { ask } from "../../shared/api.js";
import { paintPicture } from "../../shared/canvas.js";
import { colorsOf, inkColors, signedColors } from "../../shared/colors.js";
import { make, setText } from "../../shared/dom.js";
import { REMINDED } from "../../shared/drawing.js";
import { Later } from "./later.js";

const PAUSE = 200; // ms without an edit
const NARROWEST = 22; // pixels of a map with the gap to the next
const LARGE = 40; // maps to ask for where they are enlarged

const strips = { on: true, source: "", byHand: false, number: 1, weights: "", seen: 0 }; // also when the page is left

export class Thumbs {
  constructor(stack) {
    this.stack = stack;
    this.bar = stack.root.querySelector(".preview");
    this.on = this.bar.querySelector("[data-preview=on]");
    this.source = this.bar.querySelector("[data-preview=source]");
    this.number = this.bar.querySelector("[data-preview=number]");
    this.weights = this.bar.querySelector("[data-preview=weights]");
    this.note = this.bar.querySelector(".preview-note");
    this.picture = this.bar.querySelector("canvas");
    this.later = new Later(PAUSE, () => this.fetch());
    this.on.checked = strips.on;
    this.number.value = strips.number;
    this.bar.onchange = () => this.changed();
    for (const step of this.bar.querySelectorAll("[data-step]")) {
      step.onclick = () => this.step(Number(step.dataset.step));
    }
    new ResizeObserver(() => this.resized()).observe(stack.list);
    this.showOrHide();
    addEventListener(REMINDED, () => this.reminded());
  }

  // The drawing of an earlier visit has reached the lab: it is the picture, unless another one has been chosen.
  reminded() {
    if (!strips.byHand) strips.source = "";
    this.refresh(0);
  }

  // Another width has room for another number of maps.
  resized() {
    const { clientWidth } = this.stack.list;
    if (clientWidth === this.width) return;
    this.width = clientWidth;
    this.paint();
    if (this.answer) this.refresh();
  }

  // How many maps of a row can be shown.
  room() {
    const cards = [...this.stack.cards.values()];
    if (this.stack.alone.isOn || cards.some((card) => card.enlarged.isOpen)) return LARGE;
    return Math.floor(Math.max(0, ...cards.map((card) => card.maps.clientWidth)) / NARROWEST);
  }

  // The rows of blocks whose insides are shown.
  opened() {
    const rows = this.stack.data.rows.map(({ id }, index) => [this.stack.cards.get(id), index]);
    return rows.filter(([card]) => card?.inside?.isOpen).map(([, index]) => index);
  }

  changed() {
    Object.assign(strips, {
      byHand: true,
      on: this.on.checked,
      source: this.source.value,
      number: Number(this.number.value),
      weights: this.weights.value,
    });
    this.showOrHide();
    this.refresh(0);
  }

  step(by) {
    strips.byHand = true;
    this.number.value = strips.number = Math.min(Math.max(1, strips.number + by), Number(this.number.max));
    this.refresh(0);
  }

  showOrHide() {
    this.stack.root.classList.toggle("no-thumbs", !this.on.checked);
    if (!this.on.checked) this.stack.tracing.close();
  }

  refresh(pause = PAUSE) {
    if (this.on.checked) this.later.soon(pause);
  }

  async fetch() {
    const { version } = this.stack;
    const question = { ...this.question(), maps: this.room(), inside: this.opened() };
    const answer = await ask("editor/thumbnails", question).catch((error) => this.fail(error));
    if (this.stack.version !== version) return this.refresh();
    this.answer = { ...answer, version };
    this.showChoices(answer);
    this.paint();
    this.stack.tracing.renew();
  }

  // Whose numbers for which picture are shown.
  question() {
    const { editor, tab } = this.stack;
    return { editor, tab, ...strips };
  }

  // Without an answer, clears the strips of an earlier picture.
  fail(error) {
    if (this.answer) {
      this.answer = { rows: [], picture: null, version: this.stack.version };
      this.paint();
      this.stack.tracing.close();
    }
    setText(this.note, error.message);
    throw error;
  }

  showChoices({ choices, chosen, note }) {
    Object.assign(strips, chosen);
    for (const [select, options, value] of [
      [this.source, choices.sources, chosen.source],
      [this.weights, choices.weights, chosen.weights],
    ]) {
      const known = JSON.stringify(options);
      if (select.known !== known)
        select.replaceChildren(...options.map(([key, title]) => make("option", { value: key }, title)));
      select.known = known;
      select.value = value;
    }
    this.number.max = choices.pictures;
    this.number.parentElement.hidden = chosen.source === "drawing";
    setText(this.note, note);
  }

  // Paints the strips; after a change of theme the same values have other colors.
  paint() {
    if (!this.answer) return;
    const names = ["--st-background-color", "--st-text-color", "--positive", "--negative"];
    const [paper, ink, positive, negative] = colorsOf(this.stack.root, ...names);
    const lookup = signedColors(paper, positive, negative);
    const cards = this.stack.data.rows.map(({ id }) => this.stack.cards.get(id));
    if (cards.includes(undefined)) return; // the rows are being replaced
    const sizes = cards.map(({ maps }) => ({ width: maps.clientWidth, height: maps.clientHeight })); // before painting
    cards.forEach((card, index) => card.paintThumbs(this.answer.rows[index], lookup, sizes[index]));
    const inks = inkColors(paper, ink);
    this.stack.tracing.paint();
    this.paintPicture(inks);
    this.stack.networkView.showMaps(this.answer, { signed: lookup, inks });
  }

  paintPicture(inks) {
    const { picture } = this.answer;
    this.picture.classList.toggle("none", !picture); // its room stays
    if (picture) paintPicture(this.picture, picture, inks);
  }
}
