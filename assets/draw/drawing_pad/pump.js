// Questions about a drawing that changes faster than it is answered: at most one is on its way, the newest
// drawing wins, and the last one is always asked about.

const PATIENCE = 1000; // ms; then a newer drawing may overtake the question that is on its way
const LOST = 15000; // ms; then the question itself counts as failed, for some connections die without a word

// ask(seq, signal): a promise of an answer, for the drawing as it is at that moment. take(answer, seq): shows
// it. fail(error): says what is wrong, and in how many ms to ask again (null: not before the next change).
export class Pump {
  constructor({ ask, take, fail, clock = () => performance.now(), first = 0 }) {
    Object.assign(this, { ask, take, fail, clock });
    this.seq = first;
    this.wanted = false;
    this.flight = null;
  }

  want() {
    this.wanted = true;
    this.pull();
  }

  // What was asked no longer matters, for example because the sheet is blank.
  drop() {
    clearTimeout(this.timer);
    this.wanted = false;
    this.flight?.controller.abort();
    this.flight = null;
    return ++this.seq;
  }

  pull() {
    clearTimeout(this.timer);
    if (!this.wanted) return;
    const left = this.flight ? this.flight.at + PATIENCE - this.clock() : 0;
    if (left > 0) {
      this.timer = setTimeout(() => this.pull(), left);
      return;
    }
    this.flight?.controller.abort();
    this.send();
  }

  async send() {
    const flight = { seq: ++this.seq, at: this.clock(), controller: new AbortController() };
    this.flight = flight;
    this.wanted = false;
    const lost = setTimeout(() => flight.controller.abort(new DOMException("", "TimeoutError")), LOST);
    const [answer, error] = await this.ask(flight.seq, flight.controller.signal).then(
      (said) => [said, null],
      (wrong) => [null, wrong],
    );
    clearTimeout(lost);
    if (this.flight !== flight) return; // overtaken
    this.flight = null;
    clearTimeout(this.timer);
    const pause = error ? this.fail(error) : 0;
    if (pause) this.timer = setTimeout(() => this.want(), pause);
    else this.pull();
    if (!error) this.take(answer, flight.seq);
  }
}
