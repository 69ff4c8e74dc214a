// The strips on the cards: each row's output for one picture. Requested in a pause between edits, never with an edit,
// and painted when they arrive.

import { ask } from "../../shared/api.js";
import { paintPicture, paintPixels } from "../../shared/canvas.js";
import { colorsOf, inkColors, signedColors } from "../../shared/colors.js";
import { make, setText } from "../../shared/dom.js";
import { paintTiles } from "../../shared/tiles.js";
import { _, shortNumber } from "../../shared/words.js";
import { Later } from "./later.js";

const PAUSE = 200; // ms without an edit
const GAP = 2; // pixels between two maps
const CELL = 7; // pixels of a number of a vector

const strips = { on: true, source: "", number: 1, weights: "", seen: 0 }; // also when the page is left and opened again

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
    this.showOrHide();
  }

  changed() {
    Object.assign(strips, {
      on: this.on.checked,
      source: this.source.value,
      number: Number(this.number.value),
      weights: this.weights.value,
    });
    this.showOrHide();
    this.refresh(0);
  }

  step(by) {
    this.number.value = strips.number = Math.min(Math.max(1, strips.number + by), Number(this.number.max));
    this.refresh(0);
  }

  showOrHide() {
    this.stack.root.classList.toggle("no-thumbs", !this.on.checked);
  }

  refresh(pause = PAUSE) {
    if (this.on.checked) this.later.soon(pause);
  }

  async fetch() {
    const { editor, version, tab } = this.stack;
    const answer = await ask("editor/thumbnails", { editor, tab, ...strips }).catch((error) => this.fail(error));
    if (this.stack.version !== version) return this.refresh();
    this.answer = answer;
    this.showChoices(answer);
    this.paint();
  }

  // Without an answer, clears the strips of an earlier picture.
  fail(error) {
    if (this.answer) {
      this.answer = { rows: [], picture: null };
      this.paint();
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
    const widths = cards.map((card) => card.strip.parentElement.clientWidth); // read before any is painted
    cards.forEach((card, index) => card.paintThumbs(this.answer.rows[index], lookup, widths[index]));
    this.paintPicture(inkColors(paper, ink));
  }

  paintPicture(inks) {
    const { picture } = this.answer;
    this.picture.hidden = !picture;
    if (picture) paintPicture(this.picture, picture, inks);
  }
}

// Paints one row's maps side by side, as many as fit into the available width.
export function paintStrip(canvas, row, lookup, available) {
  const [count, height, width] = row.vector ? [row.values.shape[2], 1, 1] : row.values.shape;
  const block = row.vector ? CELL : Math.max(1, Math.floor(28 / Math.max(height, width)));
  const pitch = width * block + GAP;
  const columns = Math.max(1, Math.min(count, Math.floor(available / pitch)));
  const plan = {
    block,
    gap: 0,
    columns: count,
    pitch,
    rise: height * block,
    width: columns * pitch - GAP,
    height: height * block,
  };
  paintPixels(canvas, plan.width, plan.height, (pixels) =>
    paintTiles(pixels, plan, { count: columns, height, width }, row.values, lookup),
  );
  const values = { count: columns, largest: shortNumber(row.scale) };
  canvas.ariaLabel = row.vector
    ? _("The first {count} numbers, up to ±{largest}", values)
    : _("The first {count} maps, up to ±{largest}", values);
  canvas.title = _("{strip}: orange above zero, blue below", { strip: canvas.ariaLabel });
}
