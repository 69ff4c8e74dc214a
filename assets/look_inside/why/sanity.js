// Does the map depend on what the network learned? It is shown again while the last layers forget, one after another.

import { pictureAt } from "../../shared/canvas.js";
import { make } from "../../shared/dom.js";
import { evidenceWords, paintEvidence } from "../../shared/evidence.js";
import { part } from "../../shared/part.js";
import { saveButton } from "../../shared/save_picture.js";
import { Study } from "../../shared/study.js";
import { _, listed } from "../../shared/words.js";
import { Waiting } from "./waiting.js";

const UNLIKE = 0.5; // a similarity (a rank correlation) below this is that of another map
const MOST = 12; // maps, as many as the lab computes
const LATE = 2; // a map that lasts while so many layers are random depends on the class only loosely

export class Sanity {
  constructor() {
    const title = _("Does the map depend on what was learned?");
    this.waiting = new Waiting(title);
    this.study = new Study("sanity", (state) => this.show(state));
    this.waiting.study = this.study;
    this.steps = make("ol", { className: "steps" });
    const help = _(
      "From left to right one more of the last layers gets random weights, and the map is computed anew; a map that " +
        "stays the same shows the picture, not what the network learned. A map that changes need not be right.",
    );
    this.element = part("sanity", title, help, this.waiting.element, this.steps);
  }

  ask(question, body, colors) {
    Object.assign(this, { body, colors, question });
    const { target, against, method } = question;
    const { model: run, epoch, picture, tab } = body.of;
    const asked = { run, epoch, picture, tab, method, target, ...(against === null ? {} : { against }) };
    const text = JSON.stringify([asked, body.mark]);
    if (text === this.text) return;
    this.text = text;
    this.study.ask(asked);
  }

  // The places of the maps of this network, before they are there.
  reserve({ weighted, rows }) {
    const places = [_("As trained"), ...weighted.slice(0, MOST).map((row) => rows[row])];
    const text = JSON.stringify(places);
    if (text === this.reserved) return;
    Object.assign(this, { reserved: text, result: null });
    this.steps.replaceChildren(...places.map((title) => this.step(make("canvas", { ariaHidden: "true" }), title, "")));
  }

  step(canvas, title, similarity) {
    const save = saveButton(canvas, () => `${this.question.method}-${title.replaceAll(/\W+/g, "-")}`);
    return make("li", {}, canvas, make("b", { title }, title), make("span", {}, similarity), save);
  }

  show(state) {
    this.steps.classList.toggle("stale", state.state !== "done");
    this.waiting.show(state, state.state === "done" ? this.verdict(state) : "");
    if (state.state === "done") this.showSteps(state);
  }

  verdict({ insensitive, correlations }) {
    const { title: method } = this.body.methods.find(({ name }) => name === this.question.method);
    const least = alike(Math.min(...correlations));
    if (insensitive)
      return _(
        "⚠ {method} hardly changes: even with random weights its map has a similarity of {least} or more with the " +
          "first. It shows the picture rather than what the network learned.",
        { method, least },
      );
    const first = correlations.findIndex((each) => each < UNLIKE);
    if (first >= LATE)
      return _("{method} changes, but late: its map is unlike the first only once {count} layers are random.", {
        method,
        count: first + 1,
      });
    return _("{method} changes when layers are random: its similarity with the first map falls to {least}.", {
      method,
      least,
    });
  }

  showSteps(state) {
    this.result = state;
    const { rows, correlations } = state;
    const titles = [_("As trained"), ...rows.map((row) => this.body.rows[row])];
    const shown = titles.map((title, place) => {
      const similarity = place ? _("similarity {value}", { value: alike(correlations[place - 1]) }) : "";
      const about = place ? _("random from the end back to {title}", { title }) : title;
      const canvas = make("canvas", { role: "img" });
      const values = pictureAt(state.maps, place);
      const sum = values.reduce((total, value) => total + (value / 127) * state.scales[place], 0);
      const numbers = evidenceWords({ values, scale: state.scales[place], sum });
      canvas.setAttribute(
        "aria-label",
        _("{where}: {values}", { where: listed([about, similarity].filter(Boolean)), values: numbers }),
      );
      return this.step(canvas, title, similarity);
    });
    this.steps.replaceChildren(...shown);
    this.paint();
  }

  paint() {
    if (!this.result) return;
    this.steps.querySelectorAll("canvas").forEach((canvas, place) => {
      const values = pictureAt(this.result.maps, place);
      paintEvidence(canvas, { values, picture: this.body.picture }, this.colors);
    });
  }

  recolor(colors) {
    this.colors = colors;
    this.paint();
  }

  rest() {
    this.study.rest();
  }
}

const alike = (correlation) => correlation.toFixed(2).replace("-", "−");
