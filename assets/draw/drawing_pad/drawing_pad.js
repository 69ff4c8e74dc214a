// The drawing pad with a network's live answers. They come from the lab's own route (cnnlab/ui/draw/classify_route.py),
// which also stores the drawing for the other pages: no stroke reruns a script.

import { ask } from "../../shared/api.js";
import { colorsOf, inkColors, isDark } from "../../shared/colors.js";
import { setText } from "../../shared/dom.js";
import { FeatureMaps } from "../../shared/feature_maps/feature_maps.js";
import { Stepper } from "../../shared/stepper.js";
import { _ } from "../../shared/words.js";
import { Answer } from "./answer.js";
import { Challenges } from "./challenges.js";
import { saveDrawing, saveInput } from "./files.js";
import { Film } from "./film.js";
import { Ghost } from "./ghost.js";
import { Hand } from "./hand.js";
import { keepDrawing, keptDrawing } from "./kept.js";
import { makePens } from "./pens.js";
import { Photos } from "./photo.js";
import { Pump, retryAfter } from "../../shared/pump.js";
import { Reasons } from "./reasons.js";
import { Sheet } from "./sheet.js";
import { extend, Strokes } from "./strokes.js";
import { Toolbar } from "./toolbar.js";
import { Tracing } from "./tracing.js";

const ANSWER_DUE = 2000; // ms that labeling a drawing waits for the network's answer

const pads = new WeakMap();

class Pad {
  constructor(root) {
    const find = (selector) => root.querySelector(selector);
    this.root = root;
    this.canvas = find(".paper canvas");
    this.spoken = find(".spoken");
    this.scope = find(".scope");
    this.toolbar = new Toolbar(root, (name) => this.command(name));
    this.off = new Set(); // preparation steps that are switched off
    this.load();
    this.answer = new Answer(root, (rival) => this.reasons.choose(rival));
    this.challenges = new Challenges(find(".handling"));
    this.maps = new FeatureMaps(find(".maps"), { pick: (row, position) => this.tracing.choose(row, position) });
    this.stepper = new Stepper({
      layers: () => root.querySelectorAll(".map-row"),
      show: (shown, layers) => layers.forEach((layer) => layer.classList.toggle("current", layer === shown)),
    });
    find(".maps").prepend(this.stepper.element);
    this.tracing = new Tracing(root, {
      maps: this.maps,
      stepper: this.stepper,
      question: () => this.question(),
      picture: () => this.answer.pictures?.width,
    });
    this.film = new Film(root, (frame) => this.showFrame(frame));
    this.ghost = new Ghost(root, {
      isFirst: !this.kept,
      show: (frame) => this.showGhost(frame),
      answered: () => this.answered(),
    });
    this.photos = new Photos(root, {
      put: (ink) => this.takePhoto(ink),
      announce: (text) => this.announce(text),
    });
    this.reasons = new Reasons(root, {
      question: () => this.question(),
      mark: (tiles) => this.maps.mark(tiles),
      isSure: () => this.sureLabel() !== null,
    });
    this.hand = new Hand(this, root);
    Object.assign(this, makePens(this, root));
    this.pump = new Pump({
      first: this.firstSeq,
      ask: (seq, signal) => this.ask(seq, signal),
      take: (answer, seq) => this.take(answer, seq),
      fail: (error) => this.fail(error),
    });
    this.listen();
  }

  // ---- data from Python

  receive(data) {
    const changed = JSON.stringify(data) !== this.received;
    const other = this.data && this.data.model !== data.model;
    this.received = JSON.stringify(data);
    this.data = data;
    this.recolor();
    if (!changed) return;
    if (other) this.switched();
    this.maps.layout(data.rows);
    const parts = [this.reasons, this.answer, this.challenges, this.photos, this.hand, this.tracing];
    for (const part of parts) part.layout(data);
    this.root.querySelector(".invitation").textContent = data.invitation;
    this.root.classList.toggle("present", data.present);
    this.stepper.layout(data.present);
    this.stepper.go();
    this.answer.blank(this.pump.drop());
    this.blank = null; // this network's answer is not known yet
    this.redraw();
  }

  // Another network is selected: messages about the last photo and label no longer apply.
  switched() {
    this.photos.forget();
    this.hand.forget();
  }

  recolor() {
    const [paper, ink] = colorsOf(this.root, "--st-background-color", "--st-text-color");
    this.root.classList.toggle("dark", isDark(paper));
    this.sheet.screen.color = `rgb(${ink})`;
    const inks = inkColors(paper, ink);
    const [positive, negative] = colorsOf(this.root, "--positive", "--negative"); // of the current theme
    for (const part of [this.answer, this.photos, this.hand, this.tracing]) part.recolor(inks);
    this.reasons.recolor({ paper, ink, positive, negative }, inks);
    this.maps.recolor();
    this.redraw();
  }

  // ---- input

  listen() {
    const { canvas, root } = this;
    canvas.onblur = () => this.keys.rest();
    root.onkeydown = (event) => this.key(event);
    for (const button of root.querySelectorAll(".step")) button.onclick = () => this.toggleStep(button);
    this.scope.onchange = () => this.pump.want();
    this.sizes = new ResizeObserver(() => this.fit());
    this.sizes.observe(canvas);
    this.sight = new IntersectionObserver(([entry]) => this.mapsInSight(entry.isIntersecting), { rootMargin: "200px" });
    this.sight.observe(root.querySelector(".maps"));
  }

  key(event) {
    const shortcut = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (shortcut && key === "z") this.command(event.shiftKey ? "redo" : "undo");
    else if (shortcut && key === "y") this.command("redo");
    else if (shortcut || event.altKey || event.target !== this.canvas) return;
    else if (key === "escape" || key === "delete" || key === "backspace") this.command("clear");
    else if (this.data.digits && /^[0-9]$/.test(key)) this.hand.keep(Number(key));
    else if (!this.keys.press(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  command(name) {
    const extras = {
      photo: () => this.photos.choose(),
      play: () => this.play(),
      cells: () => this.toggleCells(),
      "save-drawing": () => saveDrawing(this.sheet.strokes.visible),
      "save-input": () => this.answer.pictures && saveInput(this.answer.pictures.width),
    };
    if (name.startsWith("save")) this.toolbar.files.open = false;
    if (extras[name]) return extras[name]();
    if (name === "pen" || name === "eraser") this.tool = name;
    else this.change(name);
    this.showTools();
    this.save();
  }

  // Clears a labeled drawing for the next one; undoing that deletes its record as well.
  clearNamed(kept) {
    this.tool = "pen";
    this.change("clear", kept);
    this.showTools();
    this.save();
  }

  play() {
    if (this.film.running) return this.film.stop();
    const strokes = this.sheet.strokes.visible;
    if (!strokes.length) return;
    this.resetMessages();
    this.film.start(strokes);
    this.announce(_("Replaying the drawing."));
  }

  // Shows a frame of the replay; null when it is over.
  showFrame(frame) {
    const { sheet } = this;
    const same = frame?.done.length === sheet.frame?.length;
    sheet.stroke = frame?.current ?? null;
    sheet.frame = frame?.done ?? null;
    if (frame && same) this.refresh();
    else this.redraw();
  }

  showGhost(frame) {
    this.showFrame(frame);
    if (!frame) this.pump.drop(); // an answer to the ghost
  }

  takePhoto(ink) {
    this.command("clear");
    this.put({ tool: "photo", ink });
  }

  toggleCells() {
    this.film.stop();
    this.cells.toggle();
    this.toolbar.press("cells", this.cells.open);
    if (!this.cells.open) this.focus();
  }

  // Selects another network; Python then sends its data.
  choose(model) {
    this.trigger("model", model);
  }

  change(name, kept) {
    this.resetMessages();
    this.sheet.stroke = null;
    this.pointer.rest();
    const step = this.sheet.strokes[name](kept);
    if (name === "clear")
      this.tool = "pen"; // an eraser does nothing on a blank sheet
    else if (step?.kept) this.hand.follow[name](step.kept);
    this.redraw();
  }

  // The sheet's content changes: messages about the drawing so far no longer apply.
  resetMessages() {
    this.film.stop();
    this.reasons.forget();
    this.photos.forget();
    this.hand.forget();
  }

  toggleStep(button) {
    const { step } = button.dataset;
    if (!this.off.delete(step)) this.off.add(step);
    button.ariaPressed = String(!this.off.has(step));
    this.reasons.forget();
    this.pump.want();
  }

  // ---- strokes

  begin(tool, point) {
    this.resetMessages();
    const width = this.toolbar.width * (tool === "eraser" ? 1.5 : 1);
    this.sheet.stroke = { tool, width, points: [] };
    this.draw([point]);
  }

  draw(points) {
    const { stroke } = this.sheet;
    if (!stroke) return;
    for (const [x, y] of points) extend(stroke.points, x, y);
    this.refresh();
  }

  end() {
    const { stroke } = this.sheet;
    this.sheet.stroke = null;
    if (stroke) this.add(stroke);
  }

  // Adds a whole stroke at once: a cell, a photo.
  put(stroke) {
    this.resetMessages();
    this.add(stroke);
  }

  add(stroke) {
    this.sheet.strokes.add(stroke);
    this.redraw();
    this.save();
    this.showTools();
  }

  // Repaints everything: after a stroke, an undo, a resize, a change of theme.
  redraw() {
    this.sheet.keep();
    this.refresh();
  }

  refresh() {
    this.due ??= requestAnimationFrame(() => {
      this.due = null;
      const blank = !this.sheet.paint();
      if (blank && this.blank) return;
      this.blank = blank;
      this.root.classList.toggle("blank", blank);
      this.hand.blank(this.undrawn);
      if (blank) this.showBlank();
      this.pump.want();
    });
  }

  // Shows the blank sheet at once; the request is still sent, so that no other page shows the erased drawing.
  showBlank() {
    this.answer.blank(this.pump.drop());
    this.root.classList.remove("stale");
    this.reasons.blank();
    this.tracing.wait();
    this.maps.clear();
  }

  fit() {
    const side = Math.round(this.canvas.clientWidth * devicePixelRatio);
    if (!side || side === this.canvas.width) return;
    this.sheet.screen.resize(side);
    this.redraw();
  }

  // ---- requests and answers

  // The network to use, and the preparation of the drawing.
  query() {
    const query = new URLSearchParams({ model: this.data.model });
    for (const step of this.off) query.set(step, "0");
    return query;
  }

  question() {
    return { body: this.sheet.body(), query: this.query() };
  }

  ask(seq, signal) {
    const query = this.query();
    if (!this.sheet.frame) query.set("tab", this.data.tab); // the other pages have the whole drawing
    query.set("seq", seq);
    if (this.data.rival) query.set("against", this.data.rival.model);
    if (this.inSight) query.set("scale", this.scope.value);
    this.tracing.addTo(query);
    return ask("classify", this.sheet.body(), { query, signal });
  }

  take(answer, seq) {
    this.answer.show(answer, seq);
    this.root.classList.remove("stale");
    if (answer.label === null) this.showNothing();
    else if (answer.rows.length) this.maps.paint(answer.rows);
    this.tracing.take(answer);
    if (this.sheet.stroke || this.pump.wanted) return;
    this.maps.describe();
    if (this.sheet.frame) return;
    this.announce(this.answer.spoken());
    this.challenges.see(answer);
    if (answer.label !== null) this.reasons.want();
  }

  // There is nothing to read: a first visit sees what will happen.
  showNothing() {
    this.maps.clear();
    if (this.blank && this.data.digits) this.ghost.greet();
  }

  // Shows the error and returns in how many ms to retry.
  fail(error) {
    this.answer.warn(error.waking ? _("Waking up the network…") : error.message);
    this.root.classList.add("stale"); // bars, maps and pictures are those of an earlier drawing
    return retryAfter(error);
  }

  // Whether the answer is to what is on the sheet now; waits for it, but not forever.
  async answered() {
    const end = performance.now() + ANSWER_DUE;
    const open = () => this.due || this.pump.wanted || this.pump.flight || this.root.classList.contains("stale");
    while (open() && performance.now() < end) await new Promise((done) => setTimeout(done, 20));
    return !open();
  }

  // ---- for the user's own drawings

  // Whether the user has drawn nothing, whatever the sheet shows.
  get undrawn() {
    return this.blank || this.ghost.running;
  }

  // The whole drawing.
  drawing() {
    this.film.stop();
    return { strokes: this.sheet.strokes.visible, ink: this.inkText() };
  }

  sureLabel() {
    return this.answer.sureLabel();
  }

  focus() {
    this.canvas.focus({ preventScroll: true });
  }

  mapsInSight(inSight) {
    const appears = inSight && !this.inSight;
    this.inSight = inSight;
    if (appears && !this.blank) this.pump.want();
  }

  announce(text) {
    setText(this.spoken, text);
  }

  showTools() {
    this.toolbar.show(this.tool, this.sheet.strokes);
  }

  // ---- storage

  load() {
    const kept = keptDrawing();
    this.kept = Boolean(kept);
    this.sheet = new Sheet(this.canvas, new Strokes(kept?.list));
    this.tool = kept?.tool ?? "pen";
    if (kept?.width) this.toolbar.width = kept.width;
    this.firstSeq = kept?.seq ?? 0;
    this.showTools();
  }

  save() {
    const { sheet, tool, toolbar, pump } = this;
    const kept = { list: sheet.strokes.list, tool, width: toolbar.width, seq: pump.seq + 100 };
    keepDrawing(kept, () => this.inkText());
  }

  inkText() {
    const ink = this.sheet.inkText();
    this.redraw();
    return ink;
  }

  remove() {
    this.film.stop();
    this.ghost.stop();
    this.reasons.forget();
    this.photos.remove();
    this.hand.remove();
    cancelAnimationFrame(this.due);
    this.sizes.disconnect();
    this.sight.disconnect();
    this.tracing.remove();
    this.maps.remove();
    this.pump.drop();
    this.save();
    pads.delete(this.root);
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".lab");
  if (!pads.has(root)) pads.set(root, new Pad(root));
  const pad = pads.get(root);
  pad.trigger = setTriggerValue; // a new one at each call
  pad.receive(data);
  return () => pad.remove();
}
