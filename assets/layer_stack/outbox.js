// Edits on their way to Python.

class Outbox {
  constructor() {
    this.desk = "";
    this.number = 0;
    this.waiting = [];
  }

  send(edit) {
    this.number += 1;
    this.waiting.push({ ...edit, n: this.number });
    this.post({ desk: this.desk, edits: this.waiting });
    return this.number;
  }

  confirm({ desk, done }) {
    if (desk !== this.desk) {
      this.desk = desk;
      this.number = done;
      this.waiting = [];
    }
    this.waiting = this.waiting.filter((edit) => edit.n > done);
  }
}
