// How a number of the maps was computed: a click on it opens a card beside the maps, which follows the pen. The number
// and its window are framed in the maps, and what it sees in the picture that the network gets.

import { ask } from "../../shared/api.js";
import { paintInk } from "../../shared/canvas.js";
import { make, prefersReducedMotion, setText } from "../../shared/dom.js";
import { frameField } from "../../shared/trace/field.js";
import { highlightOf } from "../../shared/trace/highlight.js";
import { Player } from "../../shared/trace/player.js";
import { TraceCard } from "../../shared/trace/trace_card.js";
import { _ } from "../../shared/words.js";

const AXES = ["channel", "y", "x"];

export class Tracing {
  // maps: the FeatureMaps, stepper: what shows one of their rows in present mode. question(): the body and the query of
  // a request about the drawing. picture(): what the network sees of it.
  constructor(root, { maps, stepper, question, picture }) {
    Object.assign(this, { root, maps, stepper, question, picture, cell: null });
    this.hint = root.querySelector(".pick-hint");
    this.seen = root.querySelector(".seen i");
    this.small = make("canvas", { width: 28, height: 28, ariaHidden: "true" });
    this.smallSeen = make("i", { hidden: true });
    this.about = make("p", {}, _("In the frame: what this number sees of the drawing."));
    const sight = make("div", { className: "sight" }, make("div", {}, this.small, this.smallSeen), this.about);
    this.trouble = make("p", { className: "trouble", role: "status", hidden: true });
    this.host = make("div");
    // Beside the pad, not in it: there, what is fixed to the window would be fixed to the pad.
    this.panel = make("div", { className: "lab mounted tracing", hidden: true }, sight, this.trouble, this.host);
    root.after(this.panel);
    this.card = new TraceCard(this.host, {
      walk: (layer, position) => this.walk(layer, position),
      close: () => this.close(),
      play: (on) => this.play(on),
    });
    this.onKey = (event) => this.press(event);
    document.addEventListener("keydown", this.onKey, { capture: true });
  }

  // Another network, perhaps: whether it has the number, its next answer says.
  layout({ rows, input, present }) {
    Object.assign(this, { rows, input, present });
    this.panel.classList.toggle("present", present);
    setText(this.hint, _("Click any number to see how it is computed."));
    this.maps.highlight(null);
  }

  recolor(inks) {
    this.inks = inks;
    this.panel.classList.toggle("dark", this.root.classList.contains("dark"));
    if (this.isOpen) this.paint();
  }

  get isOpen() {
    return !this.panel.hidden;
  }

  // ---- choosing a number

  choose(row, position) {
    const byKey = this.maps.list.querySelector(".board:focus-visible") !== null;
    setText(this.hint, _("Click any number to see how it is computed."));
    return this.select(String(this.rows[row].index), position).then(() => {
      if (!this.isOpen) return;
      if (this.isCovered(row)) this.reveal(row);
      if (byKey) this.card.back.button.focus({ preventScroll: true });
    });
  }

  async walk(layer, position) {
    const before = this.data?.row;
    await this.select(layer, position);
    if (this.isOpen && this.data.row !== before) this.reveal(this.data.row);
  }

  // Whether the card, at the foot of a narrow window, is over a row's maps.
  isCovered(row) {
    const [card, maps] = [this.panel, this.maps.rows[row].board].map((part) => part.getBoundingClientRect());
    return card.left < maps.left && card.top < maps.bottom;
  }

  // Brings a row's maps into view.
  reveal(row) {
    if (this.present) return this.stepper.go(row);
    const behavior = prefersReducedMotion() ? "auto" : "smooth";
    this.maps.rows[row].board.scrollIntoView({ block: "nearest", behavior });
  }

  // Resolves once the number is shown, or something else instead.
  async select(layer, position) {
    this.cell = { layer, position };
    this.controller?.abort();
    this.controller = new AbortController();
    const { signal } = this.controller;
    const { body, query } = this.question();
    query.set("row", layer);
    position.forEach((at, axis) => query.set(AXES[axis], at));
    try {
      this.show(await ask("trace", body, { query, signal }));
    } catch (error) {
      if (!signal.aborted) this.warn(error.message);
    }
  }

  // ---- answers to the drawing, while the pen moves

  // Has an answer to the drawing include the trace.
  addTo(query) {
    this.sent = this.cell && this.name(this.cell);
    if (this.sent) query.set("trace", this.sent);
  }

  name({ layer, position }) {
    return [layer, ...position].join(":");
  }

  take({ trace, label }) {
    if (!this.cell || this.sent !== this.name(this.cell)) return;
    if (label === null) return this.wait();
    if (!trace) return this.lose();
    this.controller?.abort(); // it was about an earlier drawing
    this.show(trace);
  }

  // A blank sheet has no numbers; those of the next drawing are shown again.
  wait() {
    if (!this.isOpen) return;
    this.controller?.abort();
    this.stop();
    this.warn(_("Draw, and the number is shown here again."));
    this.panel.classList.add("stale");
    for (const frame of [this.seen, this.smallSeen]) frame.hidden = true;
    this.small.getContext("2d").clearRect(0, 0, this.small.width, this.small.height);
  }

  lose() {
    this.close();
    setText(this.hint, _("This network does not have the number that was chosen. Click another one."));
  }

  warn(message) {
    this.panel.hidden = false;
    this.root.classList.add("traced");
    this.trouble.hidden = !message;
    setText(this.trouble, message);
  }

  show(data) {
    this.data = data;
    this.warn("");
    this.panel.classList.remove("stale");
    this.card.show(data);
    this.maps.highlight(highlightOf(data));
    this.paint();
  }

  // What the number sees, on the picture of what the network sees and on a small copy of it.
  paint() {
    const picture = this.picture();
    if (!picture || !this.data || this.panel.classList.contains("stale")) return;
    paintInk(this.small, picture, this.inks);
    const [, height, width] = this.input;
    for (const frame of [this.seen, this.smallSeen]) frameField(frame, this.data.field, width, height);
  }

  // ---- sliding over the maps

  play(on) {
    this.player?.stop();
    if (!on) return;
    const { layer, shape } = this.data;
    this.player = new Player({
      go: (position) => this.select(layer, position),
      shape,
      done: () => this.card.stopped(),
    });
    this.player.start(this.cell.position);
  }

  stop() {
    this.player?.stop();
    this.card.stopped();
  }

  // ---- closing

  close() {
    if (!this.isOpen) return;
    const { layer, position } = this.cell;
    this.controller?.abort();
    this.stop();
    this.cell = null;
    this.panel.hidden = true;
    this.root.classList.remove("traced");
    this.seen.hidden = true;
    this.maps.highlight(null);
    if (!layer.includes(".")) this.maps.focus(Number(layer), position);
  }

  // Escape closes it also from the maps, and where nothing has the focus.
  press(event) {
    const [focused] = event.composedPath();
    const isOurs = focused === document.body || this.maps.list.contains(focused);
    if (event.key !== "Escape" || !this.isOpen || !isOurs) return;
    event.preventDefault();
    event.stopPropagation();
    this.close();
  }

  remove() {
    document.removeEventListener("keydown", this.onKey, { capture: true });
    this.controller?.abort();
    this.player?.stop();
    this.card.remove();
    this.panel.remove();
  }
}
