// How the selected number was computed: the lab is asked for its trace, again with every picture and epoch.

import { ask } from "../../shared/api.js";
import { make, setText } from "../../shared/dom.js";
import { Player } from "../../shared/trace/player.js";
import { TraceCard } from "../../shared/trace/trace_card.js";
import { _ } from "../../shared/words.js";

const LOST = 15_000; // ms, after which a request counts as failed

export class Arithmetic {
  // walk(layer, position): to another number. traced(data): a trace has come; null if there is none. close(): the card.
  constructor({ walk, traced, close }) {
    Object.assign(this, { walk, traced });
    this.title = _("Arithmetic");
    this.error = make("p", { role: "status", hidden: true });
    this.host = make("div", { hidden: true });
    this.element = make("div", {}, this.error, this.host);
    this.card = new TraceCard(this.host, { walk, close, play: (on) => this.play(on) });
  }

  // Whether a number is selected, and not only a map.
  show({ layer, unit, cell }, { of, tab, captions }) {
    const isVector = captions[Number.parseInt(layer, 10)].shape.length === 1;
    if (!cell && !isVector) return false;
    const number = `${layer}:${unit}:${cell}`;
    if (number !== this.number && !this.isSliding) this.stop();
    this.number = number;
    const [y, x] = cell ?? [];
    this.wanted = new URLSearchParams({ ...of, tab, row: layer, channel: unit, ...(cell && { y, x }) });
    this.pulling ??= this.pull();
    return true;
  }

  // Nothing is selected.
  rest() {
    this.stop();
    this.number = undefined;
    this.wanted = undefined;
    this.host.hidden = true;
    this.traced(null);
  }

  // At most one request is under way, and after it the newest follows.
  async pull() {
    while (this.wanted) {
      const query = this.wanted;
      this.wanted = undefined;
      const signal = AbortSignal.timeout(LOST);
      const answer = await ask("trace", new Blob([]), { query, signal }).catch((error) => error);
      if (this.number !== undefined) this.take(answer);
    }
    this.pulling = undefined;
  }

  take(answer) {
    const isTrace = !(answer instanceof Error);
    this.error.hidden = isTrace;
    this.host.hidden = !isTrace;
    if (isTrace) {
      this.data = answer;
      this.card.show(answer);
    } else setText(this.error, answer.message);
    this.traced(isTrace ? answer : null);
  }

  // ---- the sliding window

  play(on) {
    this.player?.stop();
    if (!on) return;
    const { layer, position, shape } = this.data;
    const go = (to) => this.slide(layer, to);
    this.player = new Player({ go, shape, done: () => this.card.stopped() });
    this.player.start(position);
  }

  slide(layer, position) {
    this.isSliding = true;
    this.walk(layer, position);
    this.isSliding = false;
    return this.pulling;
  }

  stop() {
    this.player?.stop();
    this.card.stopped();
  }

  remove() {
    this.stop();
    this.card.remove();
  }
}
