// One's own hand: "That was a 4" keeps the drawing under its name; the network can go on learning from them.

import { ask } from "../../shared/api.js";
import { paintInk } from "../../shared/canvas.js";
import { make, setText } from "../../shared/dom.js";
import { _, grouped, plural, sentences } from "../../shared/words.js";
import { CELLS } from "./raster.js";

const AUTHOR = "cnnlab.author"; // in the browser's storage: tells one's own drawings from the others'
const LOOK = 400; // ms between two looks at how far it is
const OFFERED = 12_000; // ms in which a deleted drawing can be brought back
const ENDED = {
  paused: _("It was paused."),
  stopped: _("It was stopped."),
  failed: _("It has failed."),
  interrupted: _("It was interrupted."),
};

export class Hand {
  constructor(pad, root) {
    const find = (selector) => root.querySelector(selector);
    this.pad = pad;
    this.element = find(".hand");
    this.labels = find(".labels");
    this.notice = new Offer(find(".kept"));
    this.score = find(".score");
    this.learner = find(".learn");
    this.result = find(".learned");
    this.own = find(".own");
    this.damaged = find(".own-damaged");
    this.deleted = new Offer(find(".own-deleted"));
    this.grid = find(".own-grid");
    this.labels.replaceChildren(...Array.from({ length: 10 }, (_each, label) =>
      make("button", { type: "button", "aria-label": _("That was a {label}", { label }), onclick: () => this.keep(label) }, String(label))));
    this.learner.onclick = () => this.learn();
    this.own.ontoggle = () => this.list();
    this.author = authorOf();
    // What the history of the sheet means for the record of a drawing that was named.
    this.follow = {
      undo: (name) => this.change("delete", name, _("Not kept any more.")),
      redo: (name) => this.change("restore", name, _("Kept again.")),
    };
  }

  layout({ digits }) {
    this.element.hidden = !digits;
    if (digits) this.refresh(this.post("list"));
  }

  // Something else comes onto the sheet.
  forget() {
    this.notice.close();
  }

  // Another network reads; one that still learns goes on being followed.
  forgetResult() {
    if (!this.learning) this.result.hidden = true;
  }

  blank(blank) {
    for (const button of this.labels.children) button.ariaDisabled = String(blank);
  }

  post(what, body = {}) {
    return ask(`hand/${what}`, { author: this.author, ...body });
  }

  async refresh(answer) {
    const known = await answer.catch((error) => this.notice.show(error.message));
    if (known) this.show(known);
    return known;
  }

  // What the lab says of it counts when it is the answer to this very drawing.
  async keep(label) {
    const { pad } = this;
    if (pad.blank || this.keeping) return;
    this.keeping = true;
    pad.film.stop();
    const strokes = pad.strokes.visible;
    const ink = pad.inkText();
    const same = () => pad.strokes.visible.at(-1) === strokes.at(-1);
    const read = (await pad.answered()) && same();
    const read_as = read ? pad.answer.sureLabel() : null;
    const known = await this.refresh(this.post("keep", { ink, strokes, label, read_as }));
    this.keeping = false;
    if (!known) return;
    const cleared = same();
    if (cleared) pad.clearNamed(known.kept);
    this.notice.show(keptWords(label, read, read_as), () => {
      if (cleared) pad.command("undo");
      else this.follow.undo(known.kept);
      pad.canvas.focus({ preventScroll: true }); // the button goes with its sentence
    });
    pad.canvas.focus({ preventScroll: true });
  }

  // The record of a named drawing goes or comes back with the drawing itself.
  async change(what, name, words) {
    if (await this.refresh(this.post(what, { name }))) this.notice.show(words);
  }

  show(known) {
    this.known = known;
    const { right, of, least, damaged } = known;
    setText(this.score, of
      ? _("Right on my own hand: {right} of {count}", { right, count: of })
      : _("Name a drawing, and it is kept: your own data set."));
    setText(this.own.querySelector("summary"), _("My drawings ({count})", { count: of }));
    setText(this.damaged, damaged ? damagedWords(damaged) : "");
    this.showOwn();
    const missing = Math.max(0, least - of);
    this.learner.ariaDisabled = String(missing > 0 || Boolean(this.learning));
    this.learner.title = missing
      ? plural("{count} more of your drawings is needed", "{count} more of your drawings are needed", missing)
      : _("A few seconds of training on your drawings, mixed with other digits");
    setText(this.learner.querySelector("small"), missing ? _("{count} of {least} drawings yet", { count: of, least }) : "");
    this.list();
  }

  showOwn() {
    this.own.hidden = !this.known?.of && !this.deleted.open;
  }

  // The pictures, once somebody wants to see them.
  list() {
    if (!this.own.open || !this.known) return;
    const { drawings, pictures, of } = this.known;
    const tiles = drawings.map((drawing, index) => {
      const { label, read_as } = drawing;
      const { drawn, remove } = drawingWords(label, read_as);
      const picture = pictures.subarray(index * CELLS * CELLS, (index + 1) * CELLS * CELLS);
      picture.shape = [CELLS, CELLS];
      const canvas = make("canvas", { role: "img", "aria-label": drawn, title: drawn });
      paintInk(canvas, picture, this.colors);
      return make("li", {}, canvas, make("b", {}, String(label)), make("span", {}, read_as === label ? "✓" : `✗ ${read_as ?? "?"}`),
        make("button", { type: "button", title: remove, "aria-label": remove, onclick: () => this.delete(drawing) }, "×"));
    });
    this.grid.replaceChildren(...tiles);
    const older = of - drawings.length;
    if (older > 0) this.grid.append(make("li", {}, plural("and {count} older one", "and {count} older ones", older)));
  }

  async delete({ name, label }) {
    const known = await this.post("delete", { name }).catch((error) => this.deleted.show(error.message));
    if (!known) return;
    this.notice.close(); // it may tell of this very drawing
    this.deleted.show(_("Deleted a {label}.", { label }), () => this.bringBack(name), OFFERED, () => this.showOwn());
    this.show(known);
    this.deleted.button.focus();
  }

  async bringBack(name) {
    const known = await this.post("restore", { name }).catch((error) => this.deleted.show(error.message));
    if (!known) return;
    this.show(known);
    this.grid.querySelector("button")?.focus();
  }

  // ---- learning

  async learn() {
    if (this.learner.ariaDisabled === "true") return;
    const begun = await this.post("learn", { model: this.pad.data.model }).catch((error) => this.say(error.message));
    if (begun) this.watch(begun);
  }

  watch(said) {
    const on = ["queued", "running"].includes(said.state);
    this.learning = on;
    this.learner.ariaDisabled = String(on);
    if (on) {
      this.say(learningWords(said));
      this.timer = setTimeout(() => this.look(said.run), LOOK);
      return;
    }
    if (said.state === "finished") this.compare(said);
    else this.say(sentences(ENDED[said.state], said.message));
  }

  async look(run) {
    const said = await this.post("progress", { run }).catch((error) => this.say(error.message));
    if (said) return this.watch(said);
    this.learning = false;
    this.learner.ariaDisabled = "false";
  }

  // Before and after, and the way to the network that came out of it.
  compare(said) {
    const { run, name, own, others, before, after, mine } = said;
    const line = (title, of, which) => make("tr", {}, make("th", { scope: "row" }, title),
      ...[before, after].map((each) => make("td", {}, each ? _("{right} of {count}", { right: each[which], count: of }) : "–")));
    const head = make("tr", {}, ...["", _("before"), _("after")].map((text) => make("th", { scope: "col" }, text)));
    const use = make("button", { type: "button", className: "worded" }, _("Read with it"));
    use.onclick = () => {
      use.remove();
      this.pad.choose(run);
    };
    const words = learnedWords(said);
    this.result.replaceChildren(
      make("p", {}, words),
      make("table", {}, make("caption", {}, _("{name}: read rightly", { name })), head,
        line(mine ? _("your drawings, held out") : _("drawings kept here, held out"), own, "own"),
        line(_("other people's digits"), others, "others")),
      use);
    this.result.hidden = false;
    this.pad.say(sentences(_("Learned."), words));
  }

  say(words) {
    this.result.hidden = false;
    this.result.replaceChildren(make("p", {}, words));
  }

  recolor(colors) {
    this.colors = colors;
    this.list();
  }

  remove() {
    clearTimeout(this.timer);
    this.deleted.close();
  }
}

// A sentence with a button that undoes what it tells of; read out when it changes.
class Offer {
  constructor(element) {
    this.element = element;
    this.words = element.querySelector("span");
    this.button = element.querySelector("button");
  }

  get open() {
    return !this.button.hidden;
  }

  // For so many ms, but not as long as somebody is about to press it; `closed` is told when it is over.
  show(words, undo = null, lasts = 0, closed = null) {
    clearTimeout(this.timer);
    setText(this.words, words);
    this.button.hidden = !undo;
    this.button.onclick = () => {
      this.close();
      undo();
    };
    const end = () => (this.element.matches(":hover, :focus-within") ? this.timer = setTimeout(end, lasts) : this.close());
    this.closed = closed;
    if (lasts) this.timer = setTimeout(end, lasts);
  }

  close() {
    clearTimeout(this.timer);
    setText(this.words, "");
    this.button.hidden = true;
    const { closed } = this;
    this.closed = null;
    closed?.();
  }
}

function keptWords(label, read, read_as) {
  if (read_as === label) return _("Kept as {label}.", { label });
  if (!read) return _("Kept as {label}. It had not read it yet.", { label });
  if (read_as === null) return _("Kept as {label}. It was not sure. You say {label}.", { label });
  return _("Kept as {label}. It read {read_as}. You say {label}.", { label, read_as });
}

function damagedWords(count) {
  return plural(
    "{count} kept drawing is damaged and left out.", "{count} kept drawings are damaged and left out.", count);
}

// A kept drawing, and the button that deletes it.
function drawingWords(label, read_as) {
  if (read_as === label) return {
    drawn: _("A {label}, read rightly", { label }),
    remove: _("Delete this {label}, read rightly", { label }),
  };
  if (read_as === null) return {
    drawn: _("A {label}, not sure", { label }),
    remove: _("Delete this {label}, not sure", { label }),
  };
  return {
    drawn: _("A {label}, read as {read_as}", { label, read_as }),
    remove: _("Delete this {label}, read as {read_as}", { label, read_as }),
  };
}

function learningWords({ state, position, done }) {
  if (state !== "queued" || position < 2) return _("Learning your hand: {share} %", { share: Math.round(100 * done) });
  return plural("It waits behind {count} other run.", "It waits behind {count} other runs.", position - 1);
}

// What learning brought, in a sentence, also where there was nothing to gain.
export function learnedWords({ own, others, before, after, mine }) {
  if (!before) {
    const read = { right: after.own, own };
    return mine
      ? _("It reads {right} of {own} of your held-out drawings.", read)
      : _("It reads {right} of {own} of the held-out drawings.", read);
  }
  const lost = before.others - after.others;
  const price = lost > 0 && _("Of {others} digits of other people it now reads {lost} fewer.", { others: grouped(others), lost });
  return sentences(gainWords({ before: before.own, after: after.own, own }, mine), price);
}

function gainWords(counts, mine) {
  const { before, after, own } = counts;
  if (after > before) return mine
    ? _("It has learned your hand: {before} of {own} before, {after} of {own} after.", counts)
    : _("It has learned these hands: {before} of {own} before, {after} of {own} after.", counts);
  if (after < before) return mine
    ? _("It reads your hand worse than before: {before} of {own} before, {after} of {own} after.", counts)
    : _("It reads these hands worse than before: {before} of {own} before, {after} of {own} after.", counts);
  if (before < own) return _("Nothing was gained: {before} of {own} before, {after} of {own} after.", counts);
  return mine
    ? _("It read your hand already: {before} of {own} before, {after} of {own} after.", counts)
    : _("It read these hands already: {before} of {own} before, {after} of {own} after.", counts);
}

let passing = ""; // the author's name where nothing can be stored: as long as the page is open

function authorOf() {
  const made = () => Array.from(crypto.getRandomValues(new Uint8Array(8)), (part) => part.toString(16).padStart(2, "0")).join("");
  try {
    const known = localStorage.getItem(AUTHOR);
    if (/^[0-9a-f]{16}$/.test(known)) return known;
    const fresh = made();
    localStorage.setItem(AUTHOR, fresh);
    return fresh;
  } catch {
    return (passing ||= made());
  }
}
