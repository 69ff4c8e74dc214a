// A study in the lab: begun, followed to its end, canceled.

import { ask } from "./api.js";

const PAUSE = 200; // ms between two looks

export class Study {
  // route: under api/, whose requests are a question with a wish, `do`.
  // show(state): the lab's state of the study (cnnlab/ui/look_inside/study_state.py), { state: "canceled" },
  // { state: "asked" } or "looked up" before the first answer, or { state: "failed", words }.
  constructor(route, show) {
    Object.assign(this, { route, show });
  }

  // Another question; what was asked before goes on in the lab, for whoever else waits for it.
  ask(question) {
    this.question = question;
    this.begin();
  }

  // Another question, whose answer may be there. If not, the state is "none", and it is begun after some ms; without a
  // number of them, never by itself.
  lookUp(question, patience = null) {
    Object.assign(this, { question, patience });
    this.show({ state: "looked up" });
    this.follow("look up");
  }

  begin() {
    this.show({ state: "asked" });
    this.follow("begin");
  }

  cancel() {
    this.rest();
    this.show({ state: "canceled" });
    ask(this.route, { ...this.question, do: "cancel" }).catch(() => {}); // it ends by itself then
  }

  rest() {
    this.round = null;
    clearTimeout(this.timer);
  }

  async follow(wish) {
    this.rest();
    const round = {};
    this.round = round;
    let state;
    try {
      state = await ask(this.route, { ...this.question, do: wish });
    } catch (error) {
      state = error.waking ? { state: "asked" } : { state: "failed", words: error.message };
    }
    if (round !== this.round) return;
    if (state.state === "none" && wish === "look up") return this.wait(state);
    if (state.state !== "none") this.show(state);
    if (state.state === "done" || state.state === "failed") return;
    // somebody else may have canceled it, or it was dropped while this page slept
    const next = { none: "begin", asked: wish }[state.state] ?? "look";
    this.timer = setTimeout(() => this.follow(next), PAUSE);
  }

  wait(state) {
    this.show(state);
    if (this.patience !== null) this.timer = setTimeout(() => this.begin(), this.patience);
  }
}
