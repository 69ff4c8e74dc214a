// The probability of a class along one axis, a line for each run. Pointer and arrow keys read it.

import { draw, make } from "../../shared/dom.js";

const [WIDTH, HEIGHT, LEFT, FOOT, TOP] = [320, 150, 34, 22, 8];

export class Curve {
  // look(index): a place on the axis is read. text(value): of the axis.
  constructor(look, text) {
    Object.assign(this, { look, text });
    this.board = make("div", { className: "curve", tabIndex: 0, role: "application" });
    this.board.onpointermove = (event) => this.point(event);
    this.board.onpointerdown = (event) => this.point(event);
    this.board.onkeydown = (event) => this.key(event);
    this.element = this.board;
  }

  x(index) {
    return LEFT + ((WIDTH - LEFT - 4) * index) / (this.axis.length - 1);
  }

  y(share) {
    return TOP + (HEIGHT - TOP - FOOT) * (1 - share);
  }

  // lines: the shares of each run.
  show(axis, lines, name) {
    this.axis = axis;
    this.board.ariaLabel = name;
    const grid = [0, 0.5, 1].flatMap((share) => [
      draw("line", { x1: LEFT, x2: WIDTH - 4, y1: this.y(share), y2: this.y(share), class: "grid" }),
      draw("text", { x: LEFT - 4, y: this.y(share) + 4, "text-anchor": "end" }, `${100 * share}`),
    ]);
    const last = axis.length - 1;
    const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => {
      const at = Math.round(last * part);
      return draw("text", { x: this.x(at), y: HEIGHT - 5, "text-anchor": "middle" }, this.text(axis[at]));
    });
    const paths = lines.map((shares, run) => {
      const points = Array.from(shares, (share, at) => `${this.x(at).toFixed(1)},${this.y(share).toFixed(1)}`);
      return draw("polyline", { points: points.join(" "), class: `run-${run + 1}` });
    });
    this.cursor = draw("line", { y1: TOP, y2: HEIGHT - FOOT, class: "cursor" });
    const view = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" };
    this.board.replaceChildren(draw("svg", view, ...grid, ...ticks, ...paths, this.cursor));
  }

  mark(index) {
    this.at = index;
    for (const end of ["x1", "x2"]) this.cursor.setAttribute(end, this.x(index));
  }

  point({ clientX }) {
    const { left, width } = this.board.getBoundingClientRect();
    const share = (((clientX - left) * WIDTH) / width - LEFT) / (WIDTH - LEFT - 4);
    const last = this.axis.length - 1;
    this.look(Math.min(last, Math.max(0, Math.round(share * last))));
  }

  key(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    this.look(Math.min(this.axis.length - 1, Math.max(0, this.at + by)));
  }
}
