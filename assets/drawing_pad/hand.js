// One's own hand: "That was a 4" keeps the drawing under its name; the network can go on learning from them.

const AUTHOR = "cnnlab.author"; // in the browser's storage: tells one's own drawings from the others'
const LOOK = 400; // ms between two looks at how far it is

class Hand {
  constructor(pad, root) {
    const find = (selector) => root.querySelector(selector);
    this.pad = pad;
    this.element = find(".hand");
    this.labels = find(".labels");
    this.score = find(".score");
    this.learner = find(".learn");
    this.result = find(".learned");
    this.own = find(".own");
    this.grid = find(".own-grid");
    this.labels.replaceChildren(...Array.from({ length: 10 }, (_, label) =>
      make("button", { type: "button", "aria-label": `That was a ${label}`, onclick: () => this.keep(label) }, String(label))));
    this.learner.onclick = () => this.learn();
    this.own.ontoggle = () => this.list();
    this.author = authorOf();
  }

  layout({ digits }) {
    this.element.hidden = !digits;
    if (digits) this.refresh(this.post("list"));
  }

  blank(blank) {
    for (const button of this.labels.children) button.ariaDisabled = String(blank);
  }

  post(what, body = {}) {
    return ask(`hand/${what}`, { author: this.author, ...body });
  }

  async refresh(answer) {
    const known = await answer.catch((error) => this.say(error.message));
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
    const body = { ink: toBase64(inkOf(pad.small.canvas)), strokes, label, read_as: pad.answer.sureLabel() };
    const known = await this.refresh(this.post("keep", body));
    this.keeping = false;
    if (!known) return;
    pad.say(`Kept as a ${label}. ${this.score.textContent}`);
    if (pad.strokes.visible.at(-1) === strokes.at(-1)) pad.command("clear");
    pad.canvas.focus({ preventScroll: true });
  }

  show(known) {
    this.known = known;
    const { right, of, all, least, damaged } = known;
    setWords(this.score, of ? `Right on my own hand: ${right} of ${of}` : "Name a drawing, and it is kept: your own data set.");
    this.own.hidden = !of;
    setWords(this.own.querySelector("summary"), `My drawings (${of})`);
    const missing = least - all;
    this.learner.ariaDisabled = String(missing > 0 || Boolean(this.timer));
    this.learner.title = missing > 0 ? `${missing} more drawings are needed` : "A few seconds of training on the drawings, mixed with other digits";
    setWords(this.learner.querySelector("small"), missing > 0 ? `${all} of ${least} drawings` : "");
    if (damaged) this.say(`${damaged} kept drawings are damaged and left out.`);
    this.list();
  }

  // The pictures, once somebody wants to see them.
  list() {
    if (!this.own.open || !this.known) return;
    const { drawings, pictures, of } = this.known;
    const tiles = drawings.map(({ name, label, read_as }, index) => {
      const said = read_as === label ? "read rightly" : read_as === null ? "not sure" : `read as ${read_as}`;
      const picture = pictures.subarray(index * CELLS * CELLS, (index + 1) * CELLS * CELLS);
      picture.shape = [CELLS, CELLS];
      const canvas = make("canvas", { role: "img", "aria-label": `A ${label}, ${said}`, title: `A ${label}, ${said}` });
      paintInk(canvas, picture, this.colours);
      const about = `Delete this ${label}, ${said}`;
      return make("li", {}, canvas, make("b", {}, String(label)), make("span", {}, read_as === label ? "✓" : `✗ ${read_as ?? "?"}`),
        make("button", { type: "button", title: about, "aria-label": about, onclick: () => this.delete(name) }, "×"));
    });
    this.grid.replaceChildren(...tiles);
    if (of > drawings.length) this.grid.append(make("li", {}, `and ${of - drawings.length} older ones`));
  }

  async delete(name) {
    await this.refresh(this.post("delete", { name }));
    this.grid.querySelector("button")?.focus();
  }

  // ---- learning

  async learn() {
    if (this.learner.ariaDisabled === "true") return;
    const begun = await this.post("learn", { model: this.pad.data.model }).catch((error) => this.say(error.message));
    if (begun) this.follow(begun);
  }

  follow(said) {
    const waits = said.position ? `It waits behind ${said.position - 1} other runs.` : "";
    const on = ["queued", "running"].includes(said.state);
    this.learner.ariaDisabled = String(on);
    if (on) {
      this.say(said.state === "queued" && said.position > 1 ? waits : `Learning your hand: ${Math.round(100 * said.done)} %`);
      this.timer = setTimeout(() => this.look(said.run), LOOK);
      return;
    }
    this.timer = null;
    if (said.state === "finished") this.compare(said);
    else this.say(`It was ${said.state}. ${said.message}`);
  }

  async look(run) {
    const said = await this.post("progress", { run }).catch((error) => this.say(error.message));
    this.timer = null;
    if (said) this.follow(said);
    else this.learner.ariaDisabled = "false";
  }

  // Before and after, and the way to the network that came out of it.
  compare({ run, name, own, others, before, after }) {
    const line = (title, of, which) => make("tr", {}, make("th", { scope: "row" }, title),
      ...[before, after].map((each) => make("td", {}, each ? `${each[which]} of ${of}` : "–")));
    const head = make("tr", {}, ...["", "before", "after"].map((words) => make("th", { scope: "col" }, words)));
    const use = make("button", { type: "button", className: "worded" }, "Read with it");
    use.onclick = () => {
      use.remove();
      this.pad.choose(run);
    };
    this.result.replaceChildren(
      make("table", {}, make("caption", {}, `${name}: read rightly`), head,
        line("own drawings, held out", own, "own"), line("other people's digits", others, "others")),
      use);
    this.result.hidden = false;
    this.pad.say(`Learned. Own drawings held out: ${before ? `${before.own} before, ` : ""}${after.own} of ${own} after.`);
  }

  say(words) {
    this.result.hidden = false;
    this.result.replaceChildren(make("p", {}, words));
  }

  recolour(colours) {
    this.colours = colours;
    this.list();
  }

  remove() {
    clearTimeout(this.timer);
  }
}

function authorOf() {
  try {
    const known = localStorage.getItem(AUTHOR);
    if (/^[0-9a-f]{16}$/.test(known)) return known;
    const made = Array.from(crypto.getRandomValues(new Uint8Array(8)), (part) => part.toString(16).padStart(2, "0")).join("");
    localStorage.setItem(AUTHOR, made);
    return made;
  } catch {
    return ""; // no storage in this browser: its drawings have no author
  }
}
