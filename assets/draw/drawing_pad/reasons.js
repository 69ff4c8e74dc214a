// Why 4 and not 9, requested once the pen is up: what speaks for the winner and against the rival, as a signed picture
// over the drawing; the strongest path through the layers; the nearest pictures that the network knows. The rival is
// the class that the user chose, else the runner-up.

import { ask } from "../../shared/api.js";
import { paintInk } from "../../shared/canvas.js";
import { make, setText } from "../../shared/dom.js";
import { mostFor, paintEvidence } from "../../shared/evidence.js";
import { _, sentences } from "../../shared/words.js";

const REST = 150; // ms without a stroke
const RETRY_AFTER = 1200; // ms, until the nearest pictures are known
const MAX_RETRIES = 15;
const NO_RIVAL = 0.99; // a winner with more than that has no serious rival

export class Reasons {
  // question(): the body and the query of a request. mark(tiles): draws frames around the maps that contributed most.
  // isSure(): whether the network is sure of its answer.
  constructor(root, { question, mark, isSure }) {
    const find = (selector) => root.querySelector(selector);
    Object.assign(this, { question, mark, isSure, rival: null });
    this.element = find(".reasons");
    this.title = find(".why h2");
    this.canvas = find(".why canvas");
    this.summary = find(".why-words");
    this.smoothing = find(".smoothing");
    this.signs = find(".signs");
    this.legend = [find(".speaks-for"), find(".speaks-against")];
    this.neighbors = find(".neighbors");
    this.near = find(".near-words");
    this.pathText = find(".path-words");
    this.frames = find(".frames");
    this.pathShown = find(".show-path");
    this.pathShown.onchange = () => this.showPath();
  }

  // Another network is selected.
  layout({ classes, rows }) {
    Object.assign(this, { classes, rows });
    this.blank();
  }

  // The drawing changes: the explanation no longer applies.
  forget() {
    clearTimeout(this.timer);
    this.controller?.abort();
    this.element.classList.add("stale");
    this.mark([]);
  }

  blank() {
    this.forget();
    this.answer = null;
    this.element.hidden = true;
  }

  // The class to compare the winner with; null for the runner-up.
  choose(rival) {
    this.rival = rival;
    if (this.answer) this.ask(0);
  }

  want(times = 0) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(times), times ? RETRY_AFTER : REST);
  }

  async ask(times) {
    this.controller?.abort();
    this.controller = new AbortController();
    const { signal } = this.controller;
    const { body, query } = this.question();
    if (this.rival !== null) query.set("other", this.rival);
    const answer = await ask("why", body, { query, signal }).catch(() => null); // the bars show the error
    if (signal.aborted) return;
    if (!answer || answer.label === null) return this.blank();
    this.show(answer);
    if (answer.looking && times < MAX_RETRIES) this.want(times + 1);
  }

  show(answer) {
    this.answer = answer;
    this.element.hidden = false;
    this.element.classList.remove("stale");
    // Evidence against a rival with no chance is noise, unless the user asks for it.
    this.compares = answer.asked || answer.confidence <= NO_RIVAL;
    this.signs.classList.toggle("idle", !this.compares);
    this.smoothing.classList.toggle("idle", !this.compares);
    this.compare();
    this.showNearest();
    this.showPath();
    this.paint();
  }

  compare() {
    const { answer } = this;
    const [winner, other] = [answer.label, answer.other].map((label) => this.classes[label]);
    if (!this.compares) {
      const words = _("No serious rival: choose one by clicking its bar.");
      setText(this.title, _("Why {winner}?", { winner }));
      setText(this.summary, words);
      this.canvas.setAttribute("aria-label", words);
      return;
    }
    const sure = this.isSure();
    setText(
      this.title,
      sure
        ? _("Why {winner} and not {other}?", { winner, other })
        : _("If it had to be one: why {winner} rather than {other}?", { winner, other }),
    );
    [winner, other].forEach((name, index) => setText(this.legend[index], _("speaks for {name}", { name })));
    const most = [
      [winner, 1],
      [other, -1],
    ].map(([name, sign]) => mostFor(name, answer.evidence, sign));
    setText(this.summary, sentences(...most));
    const about = _("What speaks for {winner} and what for {other}.", { winner, other });
    this.canvas.setAttribute("aria-label", sentences(about, ...most));
  }

  paint() {
    if (!this.answer || !this.colors) return;
    const { evidence, picture } = this.answer;
    paintEvidence(this.canvas, { values: this.compares ? evidence : null, picture }, this.colors);
    this.neighbors
      .querySelectorAll("canvas")
      .forEach((canvas, index) => paintInk(canvas, this.answer.nearest[index].picture, this.inks));
  }

  showNearest() {
    const { nearest, near, label } = this.answer;
    const { classes } = this;
    this.neighbors.replaceChildren(
      ...(nearest ?? []).map((each) => {
        const name = classes[each.label];
        const likeness = Math.round(100 * each.likeness);
        const about = _("{name}, {likeness} % alike", { name, likeness });
        const same = each.label === label;
        return make(
          "li",
          { className: same ? "" : "differs" },
          make("canvas", { role: "img", "aria-label": about }),
          make("b", {}, name),
          make("span", {}, _("{likeness} % alike", { likeness })),
        );
      }),
    );
    setText(
      this.near,
      sentences(near, nearest && _("Alike in the network's own terms: by the output of its last hidden layer.")),
    );
  }

  showPath() {
    const shown = Boolean(this.answer) && this.pathShown.checked;
    this.mark(shown ? this.answer.path.map((stop) => stop.maps) : []);
    this.frames.classList.toggle("idle", !shown);
    if (!this.answer) return;
    const { rows } = this;
    const winner = this.classes[this.answer.label];
    const stops = this.answer.path.flatMap(({ maps, shares }, index) => {
      const row = rows[index];
      if (!maps.length || row?.shape.length !== 3 || row.family !== "convolution") return [];
      const stop = { map: maps[0] + 1, layer: row.index + 1, share: Math.round(100 * shares[0]), winner };
      return [_("map {map} ({share} % of what layer {layer} said for {winner})", stop)];
    });
    const way = stops.join(" → ");
    setText(this.pathText, way && _("The strongest path to {winner}: {way}.", { winner, way }));
  }

  recolor(colors, inks) {
    this.colors = colors;
    this.inks = inks;
    this.paint();
  }
}
