// The probability of a class for each shift of the picture, as a square of cells. Pointer and arrow keys read it.

import { paintPixels } from "../../shared/canvas.js";
import { blend, pixel } from "../../shared/colors.js";
import { make } from "../../shared/dom.js";
import { saveButton } from "../../shared/save_picture.js";
import { _ } from "../../shared/words.js";

const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export class Heat {
  // look(y, x): a cell is read.
  constructor(look) {
    this.look = look;
    this.canvas = make("canvas", { ariaHidden: "true" });
    this.frame = make("i");
    this.board = make("div", { className: "heat", tabIndex: 0, role: "application" }, this.canvas, this.frame);
    this.board.onpointermove = (event) => this.point(event);
    this.board.onpointerdown = (event) => this.point(event);
    this.board.onkeydown = (event) => this.key(event);
    this.title = make("span");
    const save = saveButton(this.canvas, () => "shifted");
    this.element = make("div", { className: "run" }, make("b", {}, make("i"), this.title), this.board, save);
  }

  show(shares, title, name) {
    this.shares = shares;
    this.title.textContent = title;
    this.board.ariaLabel = name;
  }

  paint(colors) {
    const [height, width] = this.shares.shape;
    paintPixels(this.canvas, width, height, (pixels) => {
      for (let i = 0; i < pixels.length; i++)
        pixels[i] = pixel(blend(colors.paper, colors.probability, this.shares[i]));
    });
  }

  mark(y, x) {
    const [height, width] = this.shares.shape;
    this.at = [y, x];
    const [top, left] = [(100 * y) / height, (100 * x) / width];
    this.frame.style.cssText = `top:${top}%;left:${left}%;width:${100 / width}%;height:${100 / height}%`;
  }

  point({ clientX, clientY }) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const [rows, columns] = this.shares.shape;
    const place = (share, count) => Math.min(count - 1, Math.max(0, Math.floor(share * count)));
    this.look(place((clientY - top) / height, rows), place((clientX - left) / width, columns));
  }

  key(event) {
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    const [y, x] = this.at.map((each, axis) => {
      return Math.min(this.shares.shape[axis] - 1, Math.max(0, each + move[axis]));
    });
    this.look(y, x);
  }
}

// A shift in words.
export function shiftWords(down, right) {
  if (!down && !right) return _("not moved");
  const across = right && (right > 0 ? _("{n} px right", { n: right }) : _("{n} px left", { n: -right }));
  const along = down && (down > 0 ? _("{n} px down", { n: down }) : _("{n} px up", { n: -down }));
  return [across, along].filter(Boolean).join(", ");
}
