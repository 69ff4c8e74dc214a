// A network on one picture: its answer, the maps of its rows, and what is selected in them.

import { colorsOf, inkColors, isDark } from "../../shared/colors.js";
import { make, mountOnce, prefersReducedMotion } from "../../shared/dom.js";
import { Stepper } from "../../shared/stepper.js";
import { highlightOf } from "../../shared/trace/highlight.js";
import { unpack } from "../../shared/unpack.js";
import { _ } from "../../shared/words.js";
import { Answer, answerOf } from "./answer.js";
import { Arithmetic } from "./arithmetic.js";
import { Card } from "./card.js";
import { Head } from "./head.js";
import { Kernels } from "./kernels.js";
import { Offer } from "./offer.js";
import { Reasons } from "./reasons.js";
import { Ribbon } from "./ribbon.js";
import { ScaleMenu } from "./scale_menu.js";
import { NOTHING, positionOf, rowOf, selectionAt, selectionIn, showsAll, writeAddress } from "./selection.js";
import { Strips } from "./strips.js";

class Look {
  constructor(parent) {
    const send = (name, value) => this.trigger(name, value);
    this.offer = new Offer((index) => send("pick", index));
    this.answer = new Answer(this.offer.element);
    this.head = new Head(send, (picture) => {
      this.reasons = new Reasons([picture, this.answer.picture]);
      return this.reasons.button;
    });
    this.scale = new ScaleMenu((scope) => send("scale", scope));
    this.ribbon = new Ribbon((row) => this.goTo(row));
    this.strips = new Strips((row, position) => this.pick(row, position));
    this.stepper = new Stepper({ layers: () => this.strips.elements, show: (...to) => this.present(...to), first: -1 });
    this.card = this.makeCard();
    this.root = make("div", { className: "lab look" }, this.head.element, this.makeColumns());
    this.root.onkeydown = (event) => this.card.key(event);
    this.selection = NOTHING;
    parent.append(this.root);
  }

  makeCard() {
    const close = () => this.close();
    const walk = (layer, position) => this.select(selectionAt(layer, position));
    const arithmetic = new Arithmetic({ walk, close, traced: (data) => this.mark(data) });
    const choose = (unit, cell) => this.select({ ...this.selection, unit, cell });
    return new Card([arithmetic, new Kernels()], { choose, close });
  }

  makeColumns() {
    this.all = make("input", { type: "checkbox", onchange: () => this.showAll(this.all.checked) });
    const all = make("label", { className: "all-rows" }, this.all, _("All layers"));
    const heading = make("h2", {}, _("Output of each layer"));
    const bar = make("div", { className: "bar" }, heading, this.scale.element, all);
    const parts = [this.answer, { element: bar }, this.ribbon, this.stepper, this.strips];
    const network = make("div", { className: "network" }, ...parts.map((part) => part.element));
    return make("div", { className: "columns" }, network, this.card.element);
  }

  // ---- what the page's script sends

  update(body) {
    const [paper, ink] = colorsOf(this.root, "--st-background-color", "--st-text-color");
    this.root.classList.toggle("dark", isDark(paper));
    const inks = inkColors(paper, ink);
    this.body = body;
    this.head.update(body, answerOf(body), inks);
    this.offer.update(body, inks);
    this.answer.update(body, inks);
    this.reasons.update(body, this.root, inks);
    this.scale.update(body);
    const signature = JSON.stringify([body.captions, body.filters.map((each) => [each.row, each.shown, each.inputs])]);
    if (signature !== this.signature) this.layout(body);
    this.signature = signature;
    this.strips.paint(body);
    this.ribbon.paint(body, inks, this.strips.maps.colors.lookup);
    this.show();
  }

  // Of another network; what was selected stays where it fits.
  layout(body) {
    const shapes = body.captions.map(({ whole }) => whole);
    const wanted = new URL(location.href).searchParams;
    this.selection = selectionIn(wanted, shapes);
    this.all.checked = showsAll(wanted.get("rows"), shapes.length);
    this.strips.layout(body);
    this.ribbon.layout(body.captions);
  }

  // ---- what is selected

  pick(row, position) {
    const { board } = this.strips.maps.rows[row];
    const byKey = board.matches(":focus-visible");
    this.select(selectionAt(row, position));
    this.opener = board;
    if (byKey) this.card.focus();
  }

  select(selection) {
    this.selection = selection;
    this.show();
  }

  // The rows around the selected one stay.
  close() {
    this.select({ ...this.selection, unit: null, cell: null });
    this.opener?.focus({ preventScroll: true });
  }

  goTo(row) {
    this.select({ ...NOTHING, layer: String(row) });
    this.scrollTo(this.strips.elements[row]);
  }

  showAll(all) {
    this.all.checked = all;
    this.show();
  }

  show() {
    const { selection, body } = this;
    const row = rowOf(selection);
    this.strips.show(this.all.checked, row);
    this.ribbon.mark(row);
    this.stepper.layout(body.present && !this.all.checked);
    this.stepper.settle(row ?? -1, body.captions.length);
    this.card.show(selection, row === null ? null : this.strips.maps.rows[row], body);
    this.root.classList.toggle("selected", selection.unit !== null);
    writeAddress(selection, this.all.checked, body.captions.length);
  }

  // Frames the selected number, what it was computed from, and the part of the picture that it sees.
  mark(trace) {
    for (const picture of [this.head.picture, this.answer.picture]) picture.mark(trace?.field);
    this.strips.maps.highlight(trace ? highlightOf(trace) : this.alone());
    this.card.stage.know(trace);
  }

  // A selected number without a trace is framed alone.
  alone() {
    const { selection } = this;
    const row = rowOf(selection);
    const position = row === null ? null : positionOf(selection, this.strips.maps.rows[row].isVector);
    return position && { cell: { row, position }, window: null };
  }

  // ---- one layer at a time, for a projector

  present(element, elements) {
    if (element) return this.goTo(elements.indexOf(element));
    this.select(NOTHING);
    this.scrollTo(null);
  }

  scrollTo(element) {
    const behavior = prefersReducedMotion() ? "instant" : "smooth";
    if (element) element.scrollIntoView({ behavior, block: "start" });
    else document.querySelector('[data-testid="stMain"]').scrollTo({ top: 0, behavior });
  }

  remove() {
    this.reasons.remove();
    this.strips.remove();
    this.card.remove();
    this.root.remove();
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const look = mountOnce(parentElement, () => new Look(parentElement));
  look.trigger = setTriggerValue; // a new one at each call
  look.update(unpack(data));
  return () => {
    look.remove();
    if (parentElement.mounted?.part === look) delete parentElement.mounted;
  };
}
