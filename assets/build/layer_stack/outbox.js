// The queue of edits to Python: one message at a time, repeated until it is answered.

import { ask } from "../../shared/api.js";
import { plural, sentences } from "../../shared/words.js";

const RETRY_AFTER = 1500; // ms until a message that reached no server is sent again

export class Outbox {
  constructor(onAnswer, onLost, onProblem) {
    Object.assign(this, { onAnswer, onLost, onProblem });
    this.editor = "";
    this.number = 0;
    this.waiting = [];
    this.busy = false;
  }

  send(edit) {
    this.number += 1;
    this.waiting.push({ ...edit, n: this.number });
    this.post();
    return this.number;
  }

  async post() {
    if (this.busy || !this.waiting.length) return;
    this.busy = true;
    let again = 0;
    try {
      const data = await ask("editor/edit", { editor: this.editor, edits: this.waiting });
      this.onProblem("");
      this.onAnswer(data);
    } catch (error) {
      const waiting = plural("One edit is waiting.", "{count} edits are waiting.", this.waiting.length);
      if (error.status === 404) this.onLost();
      else this.onProblem(sentences(error.message, waiting));
      again = RETRY_AFTER;
    }
    this.busy = false;
    if (this.waiting.length) setTimeout(() => this.post(), again);
  }

  confirm({ editor, done }) {
    if (editor !== this.editor) {
      this.editor = editor;
      this.number = done;
      this.waiting = [];
    }
    this.waiting = this.waiting.filter((edit) => edit.n > done);
  }
}
