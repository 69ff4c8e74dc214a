// The stack of layer cards. Python holds the design; this file shows it and sends each edit as a small message. An edit
// has a number and is repeated until it is confirmed, so none is lost. Edits have their own route; the page's script
// runs only if the page around the cards is out of date. Elements are updated by row id and never rebuilt while a row
// exists, so focus and partial input survive.

import { isDark, rgb } from "../../shared/colors.js";
import { icon, make, setText, prefersReducedMotion } from "../../shared/dom.js";
import { _ } from "../../shared/words.js";
import { Alone } from "./alone.js";
import { Card, InputCard } from "./card.js";
import { Drag } from "./drag.js";
import { Keys } from "./keys.js";
import { Later } from "./later.js";
import { NetworkView } from "./network_view.js";
import { Outbox } from "./outbox.js";
import { Palette } from "./palette.js";
import { headerHeight } from "./screen.js";
import { Status } from "./status.js";
import { Thumbs } from "./thumbs.js";
import { Toast } from "./toast.js";
import { Tracing } from "./tracing.js";

const QUIET = 350; // ms without a keystroke before a partially typed number may turn a row red
const HURRY = 400; // ms between two edits
const PAINTED = 50; // ms after an edit; what forces a layout waits until its frame is out

const EXPLAINED = "cnnlab-explanations"; // in the browser: "off" if the sentences are not shown

const stacks = new WeakMap();
let noticed = ""; // the last notice that was shown, also when the page is left and opened again

class Stack {
  constructor(root) {
    this.root = root;
    this.list = root.querySelector(".rows");
    this.status = new Status(this);
    this.keys = new Keys(this);
    this.toast = new Toast(root.querySelector(".toasts"), () => this.follow({ do: "undo" }));
    this.folds = { open: undefined };
    this.address = new Later(400, () => this.showAddress());
    this.spoken = root.querySelector(".spoken");
    this.outbox = new Outbox(
      (data) => this.receive(data),
      () => this.redraw(),
      (text) => this.status.showNote(text),
    );
    this.cards = new Map();
    this.networkView = new NetworkView(this);
    this.tracing = new Tracing(this);
    this.thumbs = new Thumbs(this);
    this.alone = new Alone(this);
    this.lastKey = 0;
    root.oninput = () => (this.lastKey = Date.now());
    this.explain(root.querySelector("[data-explain]"));
    this.list.onpointerdown = (event) => this.grab(event);
    this.list.onpointermove = (event) => event.pointerId === this.drag?.pointer && this.drag.move(event.clientY);
    this.list.onpointerup = (event) => event.pointerId === this.drag?.pointer && this.drop(true);
    this.list.onpointercancel = () => this.drop(false);
    root.addEventListener("pointerdown", (event) => this.press(event), { capture: true });
    for (const end of ["pointerup", "pointercancel", "blur"]) {
      addEventListener(end, () => this.pressed && setTimeout(() => this.release())); // after the click
    }
  }

  send(edit) {
    this.said = undefined;
    this.toast.hide();
    return this.outbox.send(edit);
  }

  // Sends an edit that takes the focus where it leads; `said` is shown once it is done, with a button to undo it.
  follow(edit, said) {
    this.following = this.send(edit);
    this.said = said;
  }

  // The sentences on the cards are for beginners; a tick hides all of them.
  explain(tick) {
    const show = () => this.root.classList.toggle("unexplained", !tick.checked);
    tick.checked = localStorage.getItem(EXPLAINED) !== "off";
    tick.onchange = () => {
      localStorage.setItem(EXPLAINED, tick.checked ? "on" : "off");
      show();
    };
    show();
  }

  receive(data) {
    if (data.editor === this.editor && data.version < this.version) return; // older than what is shown
    this.editor = data.editor;
    this.version = data.version;
    this.outbox.confirm(data);
    clearTimeout(this.later);
    const known = new Set((this.data?.problems ?? []).map((problem) => problem.text));
    const worse = data.problems.some((problem) => !known.has(problem.text));
    const wait = QUIET - (Date.now() - this.lastKey);
    if (this.data && worse && wait > 0) this.later = setTimeout(() => this.show(data), wait);
    else this.show(data);
  }

  show(data) {
    if (this.drag || this.pressed) return void (this.missed = data); // what is held does not move
    if (data.stale) this.redraw();
    this.showTheme();
    this.root.style.setProperty("--top", `${headerHeight()}px`);
    const focused = this.root.getRootNode().activeElement;
    this.status.show(data);
    this.showRows(data);
    this.data = data;
    this.networkView.refresh();
    this.alone.settle();
    this.thumbs.refresh();
    this.address.soon();
    this.restoreFocus(focused, data);
    if (this.announcement !== undefined && data.announcement !== this.announcement)
      setText(this.spoken, data.announcement);
    this.announcement = data.announcement;
    this.showNotice(data);
  }

  // Where the design comes from, once.
  showNotice({ editor, notice, undo }) {
    const key = notice.text && `${editor} ${notice.text}`;
    if (key && key !== noticed) this.toast.show(notice.text, { undo: undo !== "", lasts: notice.lasts });
    noticed = key;
  }

  showTheme() {
    const background = getComputedStyle(this.root).getPropertyValue("--st-background-color");
    if (background === this.background) return;
    this.background = background;
    this.networkView.dark = isDark(rgb(background));
    this.root.classList.toggle("dark", this.networkView.dark);
    this.thumbs.paint();
  }

  // The address bar always holds the design, so that a link to it, or a reload, brings it back.
  showAddress() {
    const { name, value } = this.data.link;
    const address = new URL(location.href);
    if (!this.root.isConnected || address.searchParams.get(name) === value) return;
    address.searchParams.set(name, value);
    history.replaceState(history.state, "", address);
  }

  showRows(data) {
    const order = data.rows.map((row) => row.id).join();
    const before = order === this.order ? null : this.rowOffsets(); // reading them costs a layout
    this.order = order;
    if (!this.input) this.list.append((this.input = new InputCard(this)).element);
    this.input.show(data);
    const gone = [...this.cards].filter(([id, card]) => data.rows.find((row) => row.id === id)?.kind !== card.kind);
    for (const [, card] of gone) card.fold.close();
    for (const [id, card] of gone) {
      card.element.remove();
      this.cards.delete(id);
    }
    const fresh = data.rows.filter((row) => !this.cards.has(row.id)).map((row) => row.id);
    data.rows.forEach((row, index) => this.showRow(row, index, data));
    if (this.data && fresh.length < 4) for (const id of fresh) this.cards.get(id).element.classList.add("arrives");
    if (this.data && fresh.length === 1) this.cards.get(fresh[0]).unfold();
    this.keys.keepRow(this.input.element);
    this.glide(before);
  }

  showRow(row, index, data) {
    let card = this.cards.get(row.id);
    if (!card) {
      card = new Card(this, row.id, row.kind);
      this.cards.set(row.id, card);
    }
    const before = this.list.children[index + 1];
    if (before !== card.element) this.place(card.element, before ?? null);
    card.show(row, index, data);
  }

  // A card that is moved keeps its focus, in browsers that can do so.
  place(element, before) {
    if (element.isConnected && this.list.moveBefore) this.list.moveBefore(element, before);
    else this.list.insertBefore(element, before);
  }

  rowOffsets() {
    return new Map(this.rowElements().map((row) => [row, row.offsetTop]));
  }

  // Animates rows to their new positions, for the eye to follow; not those off screen, and none during quick edits.
  glide(before) {
    const hurried = performance.now() - this.glided < HURRY;
    this.glided = performance.now();
    if (!before || hurried || prefersReducedMotion()) return;
    const top = this.list.getBoundingClientRect().top - this.list.offsetTop;
    const isOnScreen = (offset, height) => top + offset < innerHeight && top + offset + height > 0;
    const shifts = this.rowElements().map((row) => {
      const [from, to, height] = [before.get(row), row.offsetTop, row.offsetHeight];
      return isOnScreen(from, height) || isOnScreen(to, height) ? [row, from - to] : [row, 0];
    });
    for (const [row, shift] of shifts) {
      if (!shift) continue;
      row.animate([{ transform: `translateY(${shift}px)` }, { transform: "none" }], {
        duration: 120,
        easing: "ease-out",
      });
    }
  }

  rowElements() {
    return [...this.list.children].filter((row) => row !== this.input?.element);
  }

  restoreFocus(focused, data) {
    if (this.following && data.done >= this.following) this.arrive(focused, data);
    else this.keepFocus(focused);
  }

  // What was moved in the document has lost it.
  keepFocus(focused) {
    const lost = focused && this.root.getRootNode().activeElement !== focused;
    if (lost && this.root.contains(focused)) focused.focus({ preventScroll: true });
  }

  // After an edit: the focus goes to the row that it leads to, but stays in a control of that row.
  arrive(focused, { focus }) {
    this.following = undefined;
    if (this.said) this.toast.show(this.said, { undo: true });
    this.said = undefined;
    const row = this.cards.get(focus)?.element ?? focused?.closest?.(".row");
    const isThere = focused && this.root.contains(focused) && (!row || row.contains(focused));
    if (!isThere) return this.focusRow(focus);
    this.keepFocus(focused);
    if (focused === row) setTimeout(() => row.scrollIntoView({ block: "nearest" }), PAINTED);
  }

  focusRow(id) {
    const element = this.cards.get(id)?.element ?? this.input.element;
    this.present(element);
    element?.focus({ preventScroll: true });
    element?.scrollIntoView({ block: "nearest" });
  }

  // The row that the keyboard, or a slab of the picture, leads to is the one that is presented.
  present(row) {
    if (this.alone.isOn) this.cardOf(row).unfold();
  }

  indexOf(id) {
    return this.data.rows.findIndex((row) => row.id === id);
  }

  makeGap(after) {
    const gap = make("button", { type: "button", className: "gap", ariaLabel: _("Add a layer here") });
    gap.append(icon("plus"), make("span", {}, _("Add a layer")));
    gap.onclick = () => this.openPalette(after, gap);
    return gap;
  }

  openPalette(after, gap) {
    this.chooser ??= new Palette(this);
    if (this.chooser.element.isConnected && this.chooser.gap === gap) this.chooser.close();
    else this.chooser.open(after, gap);
  }

  makeProblem(problem) {
    const repairs = problem.repairs.map(({ repair, label }) => {
      const button = make("button", { type: "button", className: "repair" }, label[0].toUpperCase() + label.slice(1));
      button.onclick = () => this.follow({ do: "repair", id: problem.id, repair });
      return button;
    });
    return make(
      "div",
      { className: `problem ${problem.level}` },
      make(
        "p",
        {},
        icon({ problem: "warning", warning: "advice", note: "note" }[problem.level]),
        make("span", {}, problem.text),
      ),
      make("div", { className: "repairs" }, ...repairs),
    );
  }

  grab(event) {
    const handle = event.target.closest(".handle");
    if (!handle || event.button !== 0 || this.drag) return;
    event.preventDefault();
    this.chooser?.element.remove();
    const row = handle.closest(".row");
    row.focus({ preventScroll: true }); // so that Escape reaches the dragged card
    this.drag = new Drag(this, event, row);
  }

  drop(kept) {
    const drag = this.drag;
    this.drag = undefined;
    drag?.end(kept);
    this.catchUp();
  }

  // A press on a button also leaves a field, whose answer may move the button away before the pointer is up.
  press(event) {
    this.pressed = event.target.closest("button, label") !== null;
  }

  release() {
    this.pressed = false;
    if (!this.drag) this.catchUp();
  }

  catchUp() {
    const { missed } = this;
    this.missed = undefined;
    if (missed) this.show(missed);
  }

  cardOf(target) {
    const row = target.closest(".row");
    return row && (row === this.input.element ? this.input : this.cards.get(Number(row.dataset.row)));
  }

  fieldOf(target, card) {
    const inside = card?.inside?.rows.flatMap((part) => [...part.fields.values()]) ?? [];
    return card && [...card.fields.values(), ...inside].find((field) => field.input === target);
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".stack");
  if (!stacks.has(root)) stacks.set(root, new Stack(root));
  const stack = stacks.get(root);
  stack.redraw = () => setTriggerValue("around", Date.now());
  stack.palette = data.palette;
  stack.tab = data.tab;
  stack.alone.layout(data.present);
  stack.receive(data);
}
