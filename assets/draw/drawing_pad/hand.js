// One's own hand: "That was a 4" keeps the drawing under its name; the network can go on learning from them.

const AUTHOR = "cnnlab.author"; // in the browser's storage: tells one's own drawings from the others'
const LOOK = 400; // ms between two looks at how far it is
const OFFERED = 12_000; // ms in which a deleted drawing can be brought back

class Hand {
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
    this.labels.replaceChildren(...Array.from({ length: 10 }, (_, label) =>
      make("button", { type: "button", "aria-label": `That was a ${label}`, onclick: () => this.keep(label) }, String(label))));
    this.learner.onclick = () => this.learn();
    this.own.ontoggle = () => this.list();
    this.author = authorOf();
    // What the history of the sheet means for the record of a drawing that was named.
    this.follow = {
      undo: (name) => this.change("delete", name, "Not kept any more."),
      redo: (name) => this.change("restore", name, "Kept again."),
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
    setWords(this.score, of ? `Right on my own hand: ${right} of ${of}` : "Name a drawing, and it is kept: your own data set.");
    setWords(this.own.querySelector("summary"), `My drawings (${of})`);
    setWords(this.damaged, damaged ? `${damaged} kept drawing${damaged > 1 ? "s are" : " is"} damaged and left out.` : "");
    this.showOwn();
    const missing = Math.max(0, least - of);
    this.learner.ariaDisabled = String(missing > 0 || Boolean(this.learning));
    this.learner.title = missing ? `${missing} more of your drawings are needed` : "A few seconds of training on your drawings, mixed with other digits";
    setWords(this.learner.querySelector("small"), missing ? `${of} of ${least} drawings yet` : "");
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
      const said = read_as === label ? "read rightly" : read_as === null ? "not sure" : `read as ${read_as}`;
      const picture = pictures.subarray(index * CELLS * CELLS, (index + 1) * CELLS * CELLS);
      picture.shape = [CELLS, CELLS];
      const canvas = make("canvas", { role: "img", "aria-label": `A ${label}, ${said}`, title: `A ${label}, ${said}` });
      paintInk(canvas, picture, this.colors);
      const about = `Delete this ${label}, ${said}`;
      return make("li", {}, canvas, make("b", {}, String(label)), make("span", {}, read_as === label ? "✓" : `✗ ${read_as ?? "?"}`),
        make("button", { type: "button", title: about, "aria-label": about, onclick: () => this.delete(drawing) }, "×"));
    });
    this.grid.replaceChildren(...tiles);
    if (of > drawings.length) this.grid.append(make("li", {}, `and ${of - drawings.length} older ones`));
  }

  async delete({ name, label }) {
    const known = await this.post("delete", { name }).catch((error) => this.deleted.show(error.message));
    if (!known) return;
    this.notice.close(); // it may tell of this very drawing
    this.deleted.show(`Deleted a ${label}.`, () => this.bringBack(name), OFFERED, () => this.showOwn());
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
    const waits = said.position ? `It waits behind ${said.position - 1} other runs.` : "";
    const on = ["queued", "running"].includes(said.state);
    this.learning = on;
    this.learner.ariaDisabled = String(on);
    if (on) {
      this.say(said.state === "queued" && said.position > 1 ? waits : `Learning your hand: ${Math.round(100 * said.done)} %`);
      this.timer = setTimeout(() => this.look(said.run), LOOK);
      return;
    }
    if (said.state === "finished") this.compare(said);
    else this.say(`It was ${said.state}. ${said.message}`);
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
      ...[before, after].map((each) => make("td", {}, each ? `${each[which]} of ${of}` : "–")));
    const head = make("tr", {}, ...["", "before", "after"].map((words) => make("th", { scope: "col" }, words)));
    const use = make("button", { type: "button", className: "worded" }, "Read with it");
    use.onclick = () => {
      use.remove();
      this.pad.choose(run);
    };
    const words = learnedWords(said);
    this.result.replaceChildren(
      make("p", {}, words),
      make("table", {}, make("caption", {}, `${name}: read rightly`), head,
        line(mine ? "your drawings, held out" : "drawings kept here, held out", own, "own"),
        line("other people's digits", others, "others")),
      use);
    this.result.hidden = false;
    this.pad.say(`Learned. ${words}`);
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
    setWords(this.words, words);
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
    setWords(this.words, "");
    this.button.hidden = true;
    const { closed } = this;
    this.closed = null;
    closed?.();
  }
}

function keptWords(label, read, read_as) {
  if (read_as === label) return `Kept as ${label}.`;
  if (!read) return `Kept as ${label}. It had not read it yet.`;
  return `Kept as ${label}. ${read_as === null ? "It was not sure." : `It read ${read_as}.`} You say ${label}.`;
}

// What learning brought, in a sentence, also where there was nothing to gain.
export function learnedWords({ own, others, before, after, mine }) {
  const whose = mine ? "your" : "the";
  if (!before) return `It reads ${after.own} of ${own} of ${whose} held-out drawings.`;
  const counts = `${before.own} of ${own} before, ${after.own} of ${own} after.`;
  const gain = after.own - before.own;
  const lost = before.others - after.others;
  const price = lost > 0 ? ` Of ${others.toLocaleString("en")} digits of other people it now reads ${lost} fewer.` : "";
  const hand = mine ? "your hand" : "these hands";
  if (gain > 0) return `It has learned ${hand}: ${counts}${price}`;
  if (gain < 0) return `It reads ${hand} worse than before: ${counts}${price}`;
  return `${before.own === own ? `It read ${hand} already` : "Nothing was gained"}: ${counts}${price}`;
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
