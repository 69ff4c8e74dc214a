// A network on one picture, or two side by side: their answers, the maps of their rows, and what is selected in them.

import { colorsOf, inkColors, isDark } from "../../shared/colors.js";
import { make, mountOnce, prefersReducedMotion } from "../../shared/dom.js";
import { helpOf } from "../../shared/part.js";
import { Stepper } from "../../shared/stepper.js";
import { unpack } from "../../shared/unpack.js";
import { _ } from "../../shared/words.js";
import { Answer, answerOf } from "./answer.js";
import { Arithmetic } from "./arithmetic.js";
import { Card } from "./card.js";
import { ExcitedBy } from "./excited.js";
import { Head } from "./head.js";
import { Kernels } from "./kernels.js";
import { Network } from "./network.js";
import { Offer } from "./offer.js";
import { Rival } from "./rival.js";
import { Reasons } from "./reasons.js";
import { ScaleMenu } from "./scale_menu.js";
import { NOTHING, openedIn, rowOf, selectionAt, selectionIn, showsAll, writeAddress } from "./selection.js";
import { SwitchedOff } from "./switched.js";

const BADGES = ["A", "B"];
const HELP = _(
  "Each tile is what one channel of a layer makes of this picture: orange above zero, blue below, the stronger the " +
    "farther from it. A strong color does not make a map important: whether the answer needs it, " +
    "Switch off tells, and only on one scale for the whole network can the colors of all layers be compared.",
);

class Look {
  constructor(parent) {
    const send = (name, value) => this.send(name, value);
    this.rival = new Rival(send);
    this.offer = new Offer((index) => send("pick", index));
    this.answer = new Answer(this.offer.element);
    this.head = new Head(send, (picture) => {
      this.reasons = new Reasons([picture, this.answer.picture]);
      return this.reasons.button;
    });
    this.scale = new ScaleMenu((scope) => send("scale", scope));
    this.networks = [this.makeNetwork(0)];
    const layers = () => this.networks[0].strips.elements;
    this.stepper = new Stepper({ layers, show: (...to) => this.present(...to), first: -1 });
    this.card = this.makeCard();
    this.root = make("div", { className: "lab look" }, this.head.element, this.makeColumns());
    this.root.onkeydown = (event) => this.card.key(event);
    Object.assign(this, { selection: NOTHING, side: 0, seen: [] });
    parent.append(this.root);
  }

  // The slider of one network may move that of the other.
  send(name, value) {
    const other = name === "epoch" ? this.rival.epochWith(value) : null;
    if (other === null) this.trigger(name, value);
    else this.trigger("epochs", [value, other]);
  }

  makeNetwork(side) {
    return new Network(BADGES[side], {
      pick: (layer, position, board) => this.pick(side, selectionAt(layer, position), board),
      goTo: (row) => this.goTo(row, side),
      pickUnit: (row, unit) => this.select({ layer: String(row), unit, cell: null }, side),
      toggled: () => this.toggled(side),
    });
  }

  makeCard() {
    const close = () => this.close();
    const walk = (layer, position) => this.select(selectionAt(layer, position));
    const arithmetic = new Arithmetic({ walk, close, traced: (data) => this.mark(data) });
    const choose = (unit, cell) => this.select({ ...this.selection, unit, cell });
    const turn = (badge) => this.select(this.selection, BADGES.indexOf(badge));
    const open = (place, cell) => {
      this.select({ ...this.selection, cell });
      this.trigger("look_at", place);
    };
    const parts = [arithmetic, new Kernels(), new ExcitedBy(open), new SwitchedOff()];
    return new Card(parts, { choose, turn, close });
  }

  makeColumns() {
    this.all = make("input", { type: "checkbox", onchange: () => this.showAll(this.all.checked) });
    const all = make("label", { className: "all-rows" }, this.all, _("All layers"));
    const heading = make("h2", {}, _("Output of each layer"));
    const [help, about] = helpOf(heading.textContent, HELP);
    const bar = make("div", { className: "bar" }, heading, help, this.scale.element, all);
    const [{ overview, strips }] = this.networks;
    this.pair = make("div", { className: "pair" }, strips.element);
    const parts = [this.answer.element, bar, about, overview.element, this.stepper.element, this.pair];
    const network = make("div", { className: "network" }, ...parts);
    return make("div", { className: "columns" }, network, this.card.element);
  }

  // ---- what the page's script sends

  update(body) {
    const [paper, ink] = colorsOf(this.root, "--st-background-color", "--st-text-color");
    this.root.classList.toggle("dark", isDark(paper));
    const inks = inkColors(paper, ink);
    const { against } = body;
    const whole = { ...body, inks };
    this.bodies = against ? [whole, { ...whole, ...against }] : [whole];
    this.head.update(body, answerOf(body), inks);
    if (against) this.rival.update(against, answerOf(against), body);
    this.offer.update(body, inks);
    this.answer.update(body, inks);
    this.reasons.update(body, this.root, inks);
    this.scale.update(body);
    this.layout();
    this.networks.forEach((network, side) => network.paint(this.bodies[side], inks));
    this.show();
  }

  get isSame() {
    return Boolean(this.bodies[1]?.same);
  }

  layout() {
    const isPair = this.bodies.length > 1;
    const changed = [isPair !== this.networks.length > 1];
    if (changed[0]) this.pairUp(isPair);
    this.root.classList.toggle("comparing", isPair);
    this.pair.classList.toggle("same", this.isSame);
    changed.push(...this.networks.map((network, side) => network.layout(this.bodies[side])));
    if (isPair) this.networks[1].overview.element.hidden = this.isSame;
    this.asked = this.bodies.map((each) => Object.keys(each.captions_inside).map(Number));
    if (changed.some(Boolean)) this.read();
  }

  pairUp(isPair) {
    if (!isPair) {
      this.rival.element.remove();
      return this.networks.pop().remove();
    }
    const network = this.makeNetwork(1);
    network.strips.whose.after(network.overview.element);
    this.networks.push(network);
    this.pair.append(network.strips.element);
    this.head.element.append(this.rival.element);
  }

  // What the address selects; of other networks what was selected stays where it fits.
  read() {
    const wanted = new URL(location.href).searchParams;
    this.side = wanted.get("of") === "b" && this.networks.length > 1 ? 1 : 0;
    const shapes = this.bodies.map((body) => body.captions.map(({ whole }) => whole));
    this.selection = selectionIn(wanted, shapes[this.side]);
    this.all.checked = showsAll(wanted.get("rows"), shapes[0].length);
    this.networks.forEach(({ strips }, side) =>
      strips.open(openedIn(wanted, side && !this.isSame ? "open_b" : "open")),
    );
    this.networks[this.side].strips.reveal(this.selection);
  }

  // A block is opened or closed: the script sends the maps of its layers.
  toggled(side) {
    const { networks } = this;
    if (this.isSame) networks[1 - side].strips.open(networks[side].strips.opened);
    const opened = networks.map(({ strips }) => strips.opened);
    if (opened.join(";") === this.asked.join(";")) return;
    this.asked = opened;
    this.trigger("open", [opened[0], opened[1] ?? []]);
    this.show();
  }

  // ---- what is selected

  pick(side, selection, board) {
    const byKey = board.matches(":focus-visible");
    this.select(selection, side);
    this.opener = board;
    if (byKey) this.card.focus();
  }

  select(selection, side = this.side) {
    if (side !== this.side) this.seen[this.side] = rowOf(this.selection);
    Object.assign(this, { selection, side });
    this.networks[side].strips.reveal(selection);
    this.show();
  }

  // The rows around the selected one stay.
  close() {
    this.select({ ...this.selection, unit: null, cell: null });
    this.opener?.focus({ preventScroll: true });
  }

  goTo(row, side = 0) {
    this.select({ ...NOTHING, layer: String(row) }, side);
    this.scrollTo(this.networks[side].strips.elements[row]);
  }

  // The map or number that is selected in the row.
  unitOn(side) {
    const { layer, unit } = this.selection;
    return (this.isSame || side === this.side) && !layer?.includes(".") ? unit : null;
  }

  showAll(all) {
    this.all.checked = all;
    this.show();
  }

  // The row around which a network is shown.
  rowOn(side) {
    return this.isSame || side === this.side ? rowOf(this.selection) : (this.seen[side] ?? null);
  }

  show() {
    const { selection, networks, side } = this;
    const body = this.bodies[side];
    const all = this.all.checked;
    networks.forEach((network, each) => network.show(all, this.rowOn(each), this.unitOn(each)));
    this.stepper.layout(body.present && !all);
    this.stepper.settle(this.rowOn(0) ?? -1, this.bodies[0].captions.length);
    const row = rowOf(selection);
    const badge = networks.length > 1 ? BADGES[side] : null;
    const shown = row === null ? {} : { row: networks[side].at(selection.layer)?.row, outer: networks[side].rows[row] };
    this.card.show(selection, { ...shown, badge, same: this.isSame }, body);
    this.root.classList.toggle("selected", selection.unit !== null);
    const opened = networks.map(({ strips }) => strips.opened);
    writeAddress(selection, {
      all,
      count: this.bodies[0].captions.length,
      badge,
      opened: this.isSame ? opened.slice(0, 1) : opened,
    });
  }

  // Frames the selected number, what it was computed from, and the part of the picture that it sees. In networks with
  // the same rows both are framed.
  mark(trace) {
    for (const picture of [this.head.picture, this.answer.picture]) picture.mark(trace?.field);
    this.networks.forEach((network, side) => {
      const isAbout = this.isSame || side === this.side;
      network.highlight(isAbout ? trace : null, isAbout ? this.selection : null);
    });
    this.card.stage.know(trace);
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
    this.networks.forEach((network) => network.remove());
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
