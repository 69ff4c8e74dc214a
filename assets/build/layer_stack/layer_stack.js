// The stack of layer cards. Python holds the design; this file shows it and sends each edit as a small message. An edit
// has a number and is repeated until it is confirmed, so none is lost. Edits have their own route; the page's script
// runs only if the page around the cards is out of date. Elements are updated by row id and never rebuilt while a row
// exists, so focus and partial input survive.

import { ask } from "../../shared/api.js";
import { isDark, rgb } from "../../shared/colors.js";
import { icon, make, setDisabled, setText, prefersReducedMotion } from "../../shared/dom.js";
import { _, plural } from "../../shared/words.js";
import { Card, InputCard } from "./card.js";
import { Drag } from "./drag.js";
import { Later } from "./later.js";
import { NetworkView } from "./network_view.js";
import { Outbox } from "./outbox.js";
import { Palette } from "./palette.js";
import { headerHeight } from "./screen.js";
import { Thumbs } from "./thumbs.js";

const QUIET = 350; // ms without a keystroke before a partially typed number may turn a row red

const PHONE = 480; // px
const HURRY = 400; // ms between two edits

const stacks = new WeakMap();

class Stack {
  constructor(root) {
    this.root = root;
    this.list = root.querySelector(".rows");
    this.state = root.querySelector(".state");
    this.note = root.querySelector(".note");
    this.memory = root.querySelector(".memory");
    this.time = root.querySelector(".time");
    this.time.querySelector("button").onclick = ({ currentTarget }) =>
      currentTarget.ariaDisabled !== "true" && this.measure();
    new ResizeObserver(() => this.fold()).observe(root.querySelector(".bar"));
    this.address = new Later(400, () => this.showAddress());
    this.spoken = root.querySelector(".spoken");
    this.outbox = new Outbox(
      (data) => this.receive(data),
      () => this.redraw(),
      (text) => this.showNote(text),
    );
    this.cards = new Map();
    this.networkView = new NetworkView(root.querySelector(".network-view"), () => ({ editor: this.editor }));
    this.thumbs = new Thumbs(this);
    this.lastKey = 0;
    root.oninput = () => (this.lastKey = Date.now());
    root.onkeydown = (event) => this.key(event);
    for (const button of root.querySelectorAll("[data-edit]")) {
      button.onclick = () => button.ariaDisabled !== "true" && this.send({ do: button.dataset.edit });
    }
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
    return this.outbox.send(edit);
  }

  follow(edit) {
    this.following = this.send(edit); // the focus goes where the edit leads
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
    this.showTop(data);
    this.showRows(data);
    this.data = data;
    this.networkView.refresh();
    this.thumbs.refresh();
    this.address.soon();
    this.restoreFocus(focused, data);
    if (this.announcement !== undefined && data.announcement !== this.announcement)
      setText(this.spoken, data.announcement);
    this.announcement = data.announcement;
  }

  showTheme() {
    const background = getComputedStyle(this.root).getPropertyValue("--st-background-color");
    if (background === this.background) return;
    this.background = background;
    this.networkView.dark = isDark(rgb(background));
    this.root.classList.toggle("dark", this.networkView.dark);
    this.thumbs.paint();
  }

  showTop(data) {
    for (const [name, text] of Object.entries(data.totals)) {
      setText(this.root.querySelector(`[data-total="${name}"]`), text);
    }
    this.showTime(data.time);
    setDisabled(this.time.querySelector("button"), data.problems.length > 0 || data.invalidField.text !== "");
    setText(this.memory.querySelector("dt"), data.memory.title);
    setText(this.memory.querySelector("dd"), data.memory.text);
    this.memory.title = data.memory.about;
    this.showStep("undo", data.undo, data.undo ? _("Undo: {what}", { what: data.undo }) : _("Nothing to undo"));
    this.showStep("redo", data.redo, data.redo ? _("Redo: {what}", { what: data.redo }) : _("Nothing to redo"));
    this.showNote(data.note);
    this.showState(data);
  }

  showStep(name, what, title) {
    const button = this.root.querySelector(`[data-edit="${name}"]`);
    setDisabled(button, !what);
    button.title = title;
    button.ariaDescription = what;
  }

  showTime(text, button = !text) {
    setText(this.time.querySelector("span"), text);
    this.time.querySelector("button").hidden = !button;
  }

  // On a phone only the last line of the bar stays on the screen: the state, and undo.
  fold() {
    const bar = this.root.querySelector(".bar");
    const above =
      this.root.clientWidth < PHONE ? bar.offsetHeight - bar.querySelector(".history").offsetHeight - 10 : 0;
    this.root.style.setProperty("--above", `${Math.max(0, above)}px`);
  }

  // Times a few real batches on this machine, in a separate process, which takes some seconds.
  async measure() {
    const { version } = this;
    this.showTime(_("Measuring a few batches …"));
    const [text, again] = await ask("editor/time", { editor: this.editor }).then(
      ({ time }) => [time, false],
      (error) => [_("Not measured: {reason}", { reason: error.message }), true],
    );
    if (this.version === version) this.showTime(text, again);
  }

  showNote(text) {
    setText(this.note, text);
    this.note.hidden = !text;
  }

  showState(data) {
    const problem = data.problems[0];
    const at = problem ? data.rows.findIndex((row) => row.id === problem.id) : -1;
    const warnings = data.advice.filter((advice) => advice.level === "warning");
    const warned = () => plural("Ready to train, {count} warning", "Ready to train, {count} warnings", warnings.length);
    const ready = warnings.length ? warned() : _("Ready to train");
    const invalid = !problem && data.invalidField.text !== "";
    const index = data.rows.findIndex((row) => row.id === data.invalidField.row);
    const unusable =
      index < 0 ? _("Input: a number cannot be used") : _("Row {row}: a number cannot be used", { row: index + 1 });
    const broken = at < 0 ? _("Not ready yet") : _("Row {row} cannot work", { row: at + 1 });
    const text = invalid ? unusable : problem ? broken : ready;
    const target = invalid ? data.invalidField.row : problem ? (at < 0 ? undefined : problem.id) : warnings[0]?.id;
    const wrong = invalid || Boolean(problem);
    this.state.classList.toggle("wrong", wrong);
    this.state.classList.toggle("unwise", !wrong && warnings.length > 0);
    this.target = target;
    if (this.state.textContent === text) return;
    const words = make(target === undefined ? "span" : "button", {}, text);
    if (target !== undefined) words.onclick = () => this.focusRow(this.target);
    this.state.replaceChildren(icon(wrong ? "warning" : warnings.length ? "advice" : "ready"), words);
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
    const wanted = new Set(data.rows.map((row) => row.id));
    for (const [id, card] of this.cards) {
      const row = data.rows.find((item) => item.id === id);
      if (wanted.has(id) && row.kind === card.kind) continue;
      card.element.remove();
      this.cards.delete(id);
    }
    const fresh = data.rows.filter((row) => !this.cards.has(row.id)).map((row) => row.id);
    data.rows.forEach((row, index) => this.showRow(row, index, data));
    if (this.data && fresh.length < 4) for (const id of fresh) this.cards.get(id).element.classList.add("arrives");
    this.glide(before);
  }

  showRow(row, index, data) {
    let card = this.cards.get(row.id);
    if (!card) {
      card = new Card(this, row.id, row.kind);
      this.cards.set(row.id, card);
    }
    const before = this.list.children[index + 1];
    if (before !== card.element) this.list.insertBefore(card.element, before ?? null);
    card.show(row, index, data);
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
    const followed = this.following && data.done >= this.following;
    if (followed) this.following = undefined;
    if (followed && data.focus !== null) return this.focusRow(data.focus);
    const lost = focused && this.root.getRootNode().activeElement !== focused;
    if (lost && this.root.contains(focused)) focused.focus({ preventScroll: true });
  }

  focusRow(id) {
    const element = id === null ? this.input.element : this.cards.get(id)?.element;
    element?.focus({ preventScroll: true });
    element?.scrollIntoView({ block: "nearest" });
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

  key(event) {
    if (event.target.closest(".palette")) return;
    const card = this.cardOf(event.target);
    const typing = event.target.matches("input, select");
    const control = event.ctrlKey || event.metaKey;
    if (control && /^[zy]$/i.test(event.key)) this.historyKey(event, card);
    else if (event.key === "Escape") this.escape(event, card);
    else if (event.altKey && /^Arrow(Up|Down)$/.test(event.key) && card?.buttons)
      card.move(event.key === "ArrowUp" ? -1 : 1);
    else if (event.key === "Delete" && !typing && card?.buttons) card.remove();
    else if (/^Arrow(Up|Down)$/.test(event.key) && event.target === card?.element)
      this.walk(card, event.key === "ArrowUp" ? -1 : 1);
    else if (event.key === "+" && event.target === card?.element) card.element.querySelector(".gap").click();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  historyKey(event, card) {
    const field = this.fieldOf(event.target, card);
    if (field?.revert()) return; // input that was not accepted is reverted first
    const redo = event.shiftKey || event.key.toLowerCase() === "y";
    this.send({ do: redo ? "redo" : "undo" });
  }

  escape(event, card) {
    if (this.drag) this.drop(false);
    else this.fieldOf(event.target, card)?.revert();
  }

  cardOf(target) {
    const row = target.closest(".row");
    return row && (row === this.input.element ? this.input : this.cards.get(Number(row.dataset.row)));
  }

  fieldOf(target, card) {
    const inside = card?.inside?.rows.flatMap((part) => [...part.fields.values()]) ?? [];
    return card && [...card.fields.values(), ...inside].find((field) => field.input === target);
  }

  walk(card, step) {
    const rows = [...this.list.children];
    rows[rows.indexOf(card.element) + step]?.focus();
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".stack");
  if (!stacks.has(root)) stacks.set(root, new Stack(root));
  const stack = stacks.get(root);
  stack.redraw = () => setTriggerValue("around", Date.now());
  stack.palette = data.palette;
  stack.tab = data.tab;
  stack.receive(data);
}
