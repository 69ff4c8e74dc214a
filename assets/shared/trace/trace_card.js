// How one number of a layer came about. The data of a trace are those of cnnlab/ui/shared/trace_data.py.

import { make, setDisabled, setText } from "../dom.js";
import { _, exactNumber, sentences, shortNumber } from "../words.js";
import { Activation } from "./activation.js";
import { Convolution } from "./convolution.js";
import { Dense } from "./dense.js";
import { perCent, placeName } from "./numbers.js";
import { Palette } from "./palette.js";
import { Pooling } from "./pooling.js";
import { Softmax } from "./softmax.js";
import { Block, Copy, Normalization } from "./steps.js";

const VIEWS = {
  maximum: Pooling,
  mean: Pooling,
  softmax: Softmax,
  function: Activation,
  normalization: Normalization,
  copy: Copy,
  block: Block,
};
const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const NEAR = 1e-3; // of the numbers' size: torch computes with fewer digits

export class TraceCard {
  // walk(layer, position): to show another number; close(); play(on): to start or stop a Player (player.js), also for a
  // while, as the pointer is over the numbers.
  constructor(host, { walk, close, play }) {
    Object.assign(this, { walk, close, play, views: new Map(), palette: new Palette(), isPlaying: false });
    this.place = make("h3");
    this.layer = make("p", { className: "quiet" });
    this.number = make("b", { className: "value" });
    const shut = make(
      "button",
      { type: "button", className: "close", ariaLabel: _("Close"), onclick: () => close() },
      "×",
    );
    this.back = this.wayButton(_("Where it comes from"), "back");
    this.on = this.wayButton(_("What becomes of it"), "on");
    this.player = make("button", { type: "button", className: "play", onclick: () => this.switchPlay() });
    this.body = make("div", { className: "account" });
    this.check = make("span", { className: "check" });
    this.field = make("span");
    this.spoken = make("p", { className: "in-words", role: "status" });
    this.element = make(
      "section",
      { className: "trace-card", role: "region" },
      make("div", { className: "heading" }, this.place, shut),
      make("div", { className: "heading" }, this.layer, this.number),
      make("div", { className: "ways" }, this.back.button, this.player, this.on.button),
      this.body,
      make("p", { className: "foot quiet" }, this.check, this.field),
      this.spoken,
    );
    this.element.onkeydown = (event) => this.key(event);
    this.element.addEventListener("focusin", () => this.speak());
    this.body.onpointerenter = (event) => this.hold(event, true);
    this.body.onpointerleave = (event) => this.hold(event, false);
    host.append(this.element);
    this.showPlay();
  }

  wayButton(name, className) {
    const title = make("small");
    const button = make("button", { type: "button", className }, make("span", {}, name), title);
    button.onclick = () => this.follow(className === "back" ? this.data.backward : this.data.onward);
    return { button, title };
  }

  // Shows a trace; also to renew the numbers of the one that is shown.
  show(data) {
    const isMoved = !this.data || placeOf(data) !== placeOf(this.data);
    this.data = data;
    this.palette.renew(this.element);
    const view = this.viewOf(data);
    view.update(data, this.isPlaying);
    setText(this.place, headline(data));
    setText(this.layer, layerName(data));
    setText(this.number, data.how === "softmax" ? perCent(data.value) : shortNumber(data.value));
    this.showWays(data);
    setText(this.check, agreement(data));
    setText(this.field, fieldText(data.field));
    this.element.ariaLabel = _("How a number came about: {place}", { place: headline(data) });
    if (isMoved && this.element.contains(this.focused()) && !this.isPlaying) this.speak();
  }

  focused() {
    return this.element.getRootNode().activeElement;
  }

  // The view of this kind of arithmetic, with the room for this layer's numbers.
  viewOf(data) {
    const View = VIEWS[data.how] ?? (data.window ? Convolution : Dense);
    if (!this.views.has(View)) {
      const walk = (layer, position) => layer !== "picture" && this.walk(layer, position);
      this.views.set(View, new View({ walk, palette: this.palette }));
    }
    const view = this.views.get(View);
    const signature = JSON.stringify([data.layer, data.title, data.shape, data.how, data.window?.channels.length]);
    if (signature !== this.signature || view !== this.view) {
      this.signature = signature;
      this.view = view;
      view.layout(data);
      const hadFocus = this.body.contains(this.focused());
      this.body.replaceChildren(view.element);
      if (hadFocus) this.back.button.focus();
      if (this.isPlaying) this.switchPlay();
    }
    return view;
  }

  showWays({ backward, onward, before, window }) {
    setDisabled(this.back.button, !backward);
    setDisabled(this.on.button, !onward);
    setText(this.back.title, backward?.title ?? before.title);
    setText(this.on.title, onward ? (onward.title ?? "") : _("no layer uses it"));
    this.player.hidden = !window;
  }

  follow(way) {
    if (way) this.walk(way.layer, way.position);
  }

  // ---- playing

  switchPlay() {
    this.isPlaying = !this.isPlaying;
    this.showPlay();
    this.play(this.isPlaying);
  }

  // To be called when the sliding has come to its end.
  stopped() {
    this.isPlaying = false;
    this.showPlay();
  }

  showPlay() {
    setText(this.player, this.isPlaying ? _("■ Stop") : _("▶ Play"));
  }

  // While the pointer is over the numbers they stand still, to be read.
  hold(event, on) {
    if (this.isPlaying && event.pointerType !== "touch") this.play(!on);
  }

  // ---- keyboard, and what a screen reader reads

  key(event) {
    const move = MOVES[event.key];
    if (event.key === "Escape") return this.escape(event);
    if (!move || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const { position, shape, layer } = this.data;
    const [down, right] = move;
    const by = position.length === 3 ? [0, down, right] : [down + right];
    const next = position.map((at, axis) => at + by[axis]);
    if (next.every((at, axis) => at >= 0 && at < shape[axis])) this.walk(layer, next);
  }

  escape(event) {
    if (event.defaultPrevented) return;
    event.preventDefault();
    this.close();
  }

  speak() {
    if (!this.data) return;
    const { value } = this.data;
    const head = _("{place}: {value}.", { place: headline(this.data), value: shortNumber(value) });
    setText(this.spoken, sentences(head, this.view.words(this.data), fieldText(this.data.field)));
  }

  remove() {
    this.element.remove();
  }
}

function placeOf({ layer, position }) {
  return `${layer}:${position}`;
}

// As the layer's row is called; a layer inside of a block has no number of its own.
function layerName({ layer, row, title }) {
  return layer.includes(".") ? _("in layer {number}: {title}", { number: row + 1, title }) : `${row + 1}. ${title}`;
}

function headline({ position, names }) {
  const name = placeName(position, names);
  return name[0].toUpperCase() + name.slice(1);
}

function agreement({ value, torch_value: torch }) {
  const numbers = { value: exactNumber(value), torch: exactNumber(torch) };
  return Math.abs(value - torch) <= NEAR * Math.max(1, Math.abs(value))
    ? _("✓ {value}; torch computes {torch}", numbers)
    : _("≠ {value}, but torch computes {torch}", numbers);
}

function fieldText({ rows, columns }) {
  if (!rows || !columns) return _("It sees no pixel of the picture, only padding.");
  const [top, bottom, left, right] = [...rows, ...columns].map((line) => line + 1);
  return _("It sees rows {top} to {bottom} and columns {left} to {right} of the picture.", {
    top,
    bottom,
    left,
    right,
  });
}
