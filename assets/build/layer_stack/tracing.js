// How a number of the enlarged maps was computed: a click on it opens a card below them. It is about the network and
// the picture of the strips, and is renewed with them. The number and its window are framed in all enlarged maps.

import { ask } from "../../shared/api.js";
import { make, prefersReducedMotion, setText } from "../../shared/dom.js";
import { highlightOf } from "../../shared/trace/highlight.js";
import { Player } from "../../shared/trace/player.js";
import { TraceCard } from "../../shared/trace/trace_card.js";

const GONE = 422; // there are no strips, or not this number

export class Tracing {
  constructor(stack) {
    this.stack = stack;
    this.trouble = make("p", { className: "trouble", role: "status", hidden: true });
    this.host = make("div", { className: "tracing" }, this.trouble);
    this.card = new TraceCard(this.host, {
      walk: (layer, position) => this.walk(layer, position),
      close: () => this.close(),
      play: (on) => this.play(on),
    });
  }

  // ---- choosing a number: { id: of the row, inside: branch and layer in a block, position }

  async choose(card, position) {
    const byKey = card.element.querySelector(".board:focus-visible") !== null;
    this.stop();
    await this.select({ id: card.id, inside: [], position });
    if (byKey && this.data) this.card.back.button.focus({ preventScroll: true });
  }

  walk(layer, position) {
    const [index, ...inside] = layer.split(".");
    const row = this.stack.data.rows[index];
    return row && this.select({ id: row.id, inside, position });
  }

  // Resolves once the number is shown, or what is wrong.
  async select(cell) {
    const isKnown = this.cell?.id === cell.id;
    this.cell = cell;
    await this.load((error) => this.warn(error.message));
    if (this.cell === cell && !isKnown) this.reveal();
  }

  // With every answer to the strips; after an edit there may be no such number.
  renew() {
    if (this.cell) this.load((error) => (error.status === GONE ? this.close() : this.warn(error.message)));
  }

  async load(fail) {
    const { id, inside, position } = this.cell;
    const row = this.stack.indexOf(id);
    if (row < 0) return this.close();
    this.controller?.abort();
    this.controller = new AbortController();
    const { signal } = this.controller;
    const trace = [[row, ...inside].join("."), ...position].join(":");
    try {
      const data = await ask("editor/trace", { ...this.stack.thumbs.question(), trace }, { signal });
      if (!signal.aborted) this.show(data);
    } catch (error) {
      if (!signal.aborted) fail(error);
    }
  }

  // ---- showing it

  show(data) {
    if (!this.place()) return this.close();
    this.data = data;
    this.trouble.hidden = true;
    this.card.element.hidden = false;
    this.paint();
  }

  warn(message) {
    if (!this.place()) return this.close();
    this.stop();
    this.data = undefined;
    this.trouble.hidden = false;
    setText(this.trouble, message);
    this.card.element.hidden = true;
    this.frame();
  }

  // Puts it below the maps of the number's row if they are enlarged; else it stays where it is. False if it is nowhere.
  place() {
    const { enlarged } = this.stack.cards.get(this.cell.id) ?? {};
    if (enlarged?.isOpen && this.host.parentElement !== enlarged.element) {
      const focused = this.focused();
      enlarged.element.append(this.host);
      focused?.focus({ preventScroll: true }); // which is lost with a move
    }
    return this.host.isConnected;
  }

  // Also after a change of theme.
  paint() {
    if (this.data) this.card.show(this.data);
    this.frame();
  }

  frame() {
    this.stack.data.rows.forEach(({ id }, index) => {
      const place = (layer) => (layer === String(index) ? 0 : -1);
      this.stack.cards.get(id)?.enlarged.highlight(this.data ? highlightOf(this.data, place) : null);
    });
  }

  reveal() {
    const behavior = prefersReducedMotion() ? "instant" : "smooth";
    this.host.scrollIntoView({ block: "nearest", behavior });
  }

  // What has the focus in it.
  focused() {
    const { activeElement } = this.stack.root.getRootNode();
    return this.host.contains(activeElement) ? activeElement : null;
  }

  // ---- sliding over the maps

  play(on) {
    this.player?.stop();
    if (!on) return;
    const { layer, position, shape } = this.data;
    const go = (to) => this.walk(layer, to);
    this.player = new Player({ go, shape, done: () => this.card.stopped() });
    this.player.start(position);
  }

  stop() {
    this.player?.stop();
    this.card.stopped();
  }

  // ---- closing

  // The maps of a card are no longer enlarged.
  leave(card) {
    if (card.enlarged.element.contains(this.host)) this.close();
  }

  // The focus goes from the card back to the number.
  close() {
    if (!this.cell) return;
    const { cell } = this;
    const hadFocus = this.focused() !== null;
    this.controller?.abort();
    this.stop();
    this.cell = this.data = undefined;
    this.host.remove();
    this.frame();
    const card = this.stack.cards.get(cell.id);
    if (!hadFocus || !card) return;
    if (cell.inside.length || !card.enlarged.focus(cell.position)) card.element.focus({ preventScroll: true });
  }
}
