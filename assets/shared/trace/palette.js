// The colors of cells, with an ink on each that can be read.

import { blend, colorsOf, inkOn } from "../colors.js";

const COLORS = ["--st-background-color", "--positive", "--negative"];

export class Palette {
  // Takes over the colors of an element if they have changed, as with another theme.
  renew(element) {
    const style = getComputedStyle(element);
    const signature = COLORS.map((name) => style.getPropertyValue(name)).join();
    if (signature === this.signature) return;
    this.signature = signature;
    const [zero, positive, negative] = colorsOf(element, ...COLORS);
    this.entries = Array.from({ length: 255 }, (_each, index) => {
      const level = index - 127;
      const color = blend(zero, level < 0 ? negative : positive, Math.abs(level) / 127);
      return { color: `rgb(${color})`, ink: inkOn(color) };
    });
  }

  // level: from -127 to 127.
  at(level) {
    return this.entries[Math.max(-127, Math.min(127, level)) + 127];
  }
}
