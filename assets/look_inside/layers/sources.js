// Lights up the maps that a map is made from: weak connections fade, strong ones have a frame.

import { make } from "../../shared/dom.js";

const FADED = 0.88; // how far a map without a connection fades
const SMALLEST = 12; // CSS pixels; smaller tiles have no frame
const FRAME = 2;

export class Sources {
  constructor() {
    this.canvas = make("canvas", { className: "sources", ariaHidden: "true" });
  }

  // row: the MapRow of the layer before. No style is asked for here, which would keep the pointer waiting.
  show(row, { strengths, signed }) {
    if (!row.plan) return this.hide();
    const context = this.sheetOn(row);
    const [paper, ink, positive, negative] = row.colors.theme.map((color) => `rgb(${color})`);
    const most = largest(strengths) || 1;
    for (let tile = 0; tile < Math.min(row.size.count, strengths.length); tile++) {
      const share = Math.abs(strengths[tile]) / most;
      const box = row.place(tile);
      context.globalAlpha = FADED * (1 - share);
      context.fillStyle = paper;
      context.fillRect(box.x + 1, box.y + 1, box.width - 2, box.height - 2);
      if (box.width < SMALLEST) continue;
      context.globalAlpha = share;
      context.lineWidth = FRAME;
      context.strokeStyle = !signed ? ink : strengths[tile] < 0 ? negative : positive;
      context.strokeRect(box.x + FRAME, box.y + FRAME, box.width - 2 * FRAME, box.height - 2 * FRAME);
    }
  }

  // An empty sheet over its maps.
  sheetOn({ board, plan }) {
    const { canvas } = this;
    const [width, height] = [plan.width, plan.height].map((side) => Math.ceil(side * plan.css));
    if (canvas.parentElement !== board) {
      this.hide();
      board.append(canvas);
      board.classList.add("lit");
    }
    const context = canvas.getContext("2d");
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    else context.clearRect(0, 0, width, height);
    return context;
  }

  hide() {
    this.canvas.parentElement?.classList.remove("lit");
    this.canvas.remove();
  }
}

export function largest(strengths) {
  return strengths.reduce((most, strength) => Math.max(most, Math.abs(strength)), 0);
}
