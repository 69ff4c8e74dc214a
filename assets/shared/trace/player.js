// Slides a window over a map: goes from cell to cell in reading order, and waits for each answer.

import { prefersReducedMotion } from "../dom.js";

const PACE = 160; // ms from one cell to the next, at least

// The cell after this one, of [channel, y, x] in maps or [index] in a vector of this shape; null after the last of its
// map or of the vector.
export function nextCell(position, shape) {
  const next = [...position];
  for (let axis = shape.length - 1; axis >= Math.min(1, shape.length - 1); axis--) {
    next[axis] += 1;
    if (next[axis] < shape[axis]) return next;
    next[axis] = 0;
  }
  return null;
}

// The first cell of the same map, or of the vector.
export function firstCell(position) {
  return position.length === 1 ? [0] : [position[0], 0, 0];
}

export class Player {
  // go(position): shows a cell, and returns a promise that is kept once it is shown; shape: of the layer's output;
  // done(): called when it ends by itself, after the last cell of a map, or if `go` fails.
  constructor({ go, shape, done }) {
    Object.assign(this, { go, shape, done, turn: null });
  }

  // Goes on from a cell; from the last one to the first. Who prefers no motion gets a single step.
  start(position) {
    const turn = {};
    this.turn = turn;
    return this.run(nextCell(position, this.shape) ?? firstCell(position), turn);
  }

  // Also to pause, until the next `start`. A cell that is on its way still comes.
  stop() {
    this.turn = null;
  }

  async run(first, turn) {
    let position = first;
    try {
      while (position && this.turn === turn) {
        const pause = new Promise((done) => setTimeout(done, PACE));
        await this.go(position);
        await pause;
        position = prefersReducedMotion() ? null : nextCell(position, this.shape);
      }
    } finally {
      if (this.turn === turn) {
        this.turn = null;
        this.done();
      }
    }
  }
}
