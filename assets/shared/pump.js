// Requests about a drawing that changes faster than they are answered: at most one is in flight, the newest drawing
// wins, and a request for the last one is always made.

const PATIENCE = 1000; // ms, after which a request for a newer drawing may replace the one in flight
const LOST = 15000; // ms, after which a request counts as failed, because some connections die without an error

const RETRY = { waking: 250, busy: 700, gone: 1500 }; // ms

// In how many ms to send a request again that was refused, or got no answer; 0: not before the next change.
export function retryAfter({ status, waking }) {
  if (waking) return RETRY.waking;
  if (!status) return RETRY.gone;
  return status === 503 ? RETRY.busy : 0;
}

// ask(seq, signal): returns a promise of an answer for the current drawing. take(answer, seq): shows it. fail(error):
// shows the error and returns in how many ms to retry (null: not before the next change).
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

  // Drops the request in flight, for example because the sheet is blank.
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
      (result) => [result, null],
      (reason) => [null, reason],
    );
    clearTimeout(lost);
    if (this.flight !== flight) return; // replaced by a newer one
    this.flight = null;
    clearTimeout(this.timer);
    const pause = error ? this.fail(error) : 0;
    if (pause) this.timer = setTimeout(() => this.want(), pause);
    else this.pull();
    if (!error) this.take(answer, flight.seq);
  }
}
