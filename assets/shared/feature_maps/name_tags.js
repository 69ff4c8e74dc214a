// The names under the boxes of a vector: of digits upright, longer ones downwards.

import { make } from "../dom.js";

const SMALLEST_BOX = 12; // CSS pixels; under smaller boxes there is no room for a name
const UPRIGHT = 2; // characters

export class NameTags {
  constructor(board, names) {
    this.names = names;
    this.upright = names.every((name) => name.length <= UPRIGHT);
    this.tags = names.map((name) => make("span", { className: "name-tag", ariaHidden: "true" }, name));
    board.classList.toggle("downwards", !this.upright);
    board.append(...this.tags);
  }

  // The room below each line of boxes in CSS pixels; 0 if there is none for names.
  height({ block }) {
    this.fits = block >= SMALLEST_BOX;
    if (!this.fits) return 0;
    const text = 0.75 * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    if (this.upright) return Math.ceil(1.5 * text);
    const context = make("canvas").getContext("2d");
    context.font = `${text}px sans-serif`;
    return Math.ceil(Math.max(...this.names.map((name) => context.measureText(name).width)) + text);
  }

  // On a canvas whose pixels are `times` as large as those of the plan.
  paint(context, times, { gap, columns, pitch, rise, block, css }, height) {
    if (!this.fits) return;
    const size = ((times * 0.75) / css) * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    Object.assign(context, { font: `${size}px sans-serif`, textAlign: this.upright ? "center" : "left" });
    context.textBaseline = this.upright ? "top" : "middle";
    this.names.forEach((name, index) => {
      const [x, y] = [(index % columns) * pitch + gap + block / 2, Math.floor(index / columns) * rise + gap];
      context.save();
      context.translate(times * x, times * (y + height * block) + size / 4);
      if (!this.upright) context.rotate(Math.PI / 2);
      context.fillText(name, 0, 0);
      context.restore();
    });
  }

  place({ gap, columns, pitch, rise, block }, height) {
    this.tags.forEach((tag, index) => {
      const [x, y] = [gap + (index % columns) * pitch, gap + Math.floor(index / columns) * rise + height * block];
      tag.hidden = !this.fits;
      tag.style.cssText = `left: ${x}px; top: ${y}px; width: ${block}px`;
    });
  }
}
