// Shows one thing after the other, four in a second at most, each once the one before is on the screen.

import { prefersReducedMotion } from "../../shared/dom.js";

const PAUSE = 250; // ms from one to the next

export class Film {
  // step(): shows the next one; whether there is another after it, or a promise of that. changed(isOn): for its button.
  constructor({ step, changed }) {
    Object.assign(this, { step, changed, turn: null });
  }

  // Without motion: one step for each press.
  toggle() {
    if (this.turn) this.stop();
    else if (prefersReducedMotion()) this.step();
    else this.play();
  }

  async play() {
    const turn = {};
    this.turn = turn;
    this.changed(true);
    for (let more = true; more && this.turn === turn; ) {
      const begun = performance.now();
      more = await this.step();
      await new Promise((done) => setTimeout(done, begun + PAUSE - performance.now()));
    }
    if (this.turn === turn) this.stop();
  }

  stop() {
    if (!this.turn) return;
    this.turn = null;
    this.changed(false);
  }
}
