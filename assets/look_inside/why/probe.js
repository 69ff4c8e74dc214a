// What the network says to the picture when it is shifted, turned or scaled; beside it, if wanted, another run.

import { colorsOf } from "../../shared/colors.js";
import { make, setText } from "../../shared/dom.js";
import { part } from "../../shared/part.js";
import { Study } from "../../shared/study.js";
import { cell, rowHead, table, wide } from "../../shared/tables.js";
import { _ } from "../../shared/words.js";
import { figure, percent } from "../test_set/numbers.js";
import { Curve } from "./curve.js";
import { Heat, shiftWords } from "./heat.js";
import { Waiting } from "./waiting.js";

const SURE = 0.5;
const WAYS = ["shifted", "turned", "scaled"];
const AXES = { turned: "angles", scaled: "scales" };

export class Probe {
  constructor() {
    const title = _("And if the picture were moved?");
    this.runs = [0, 1].map((place) => this.makeRun(place, title));
    this.other = make("select", { onchange: () => this.askOther() });
    const menu = make("label", { className: "other" }, _("Compare with another run"), this.other);
    this.heats = make("div", { className: "heats" }, ...this.runs.map(({ heat }) => heat.element));
    this.curves = {
      turned: new Curve((at) => this.read("turned", at), angleText),
      scaled: new Curve((at) => this.read("scaled", at), scaleText),
    };
    this.words = Object.fromEntries(WAYS.map((way) => [way, make("p", { className: "value", role: "status" })]));
    Object.assign(this, { at: {}, tables: {} });
    const column = (way, name, ...shown) =>
      make("div", { className: way }, make("h3", {}, name), ...shown, this.words[way], this.tableOf(way));
    const columns = make(
      "div",
      { className: "columns" },
      column("shifted", _("Shifted, in pixels (full color: 100 %)"), this.heats),
      column("turned", _("Turned, in degrees"), this.curves.turned.element),
      column("scaled", _("Scaled"), this.curves.scaled.element),
    );
    const help = _(
      "The probability of the class when the picture is shifted, turned or scaled, as the full color or the top of " +
        "the chart; a network that learned from pictures in the middle often fails elsewhere. One picture says " +
        "little about others.",
    );
    const waits = this.runs.map(({ waiting }) => waiting.element);
    this.element = part("probe", title, help, menu, ...waits, columns);
  }

  makeRun(place, title) {
    const waiting = new Waiting(title);
    const study = new Study("probe", (state) => this.show(place, state));
    waiting.study = study;
    const heat = new Heat((y, x) => this.read("shifted", [y, x]));
    heat.element.hidden = place > 0;
    waiting.element.hidden = place > 0;
    return { waiting, study, heat, result: null, text: "" };
  }

  tableOf(way) {
    const host = make("div");
    const details = make("details", {}, make("summary", {}, _("Show as a table")), host);
    details.ontoggle = () => this.fillTable(way);
    this.tables[way] = { details, host };
    return details;
  }

  // ---- what is asked

  ask({ target }, body, colors) {
    Object.assign(this, { body, target });
    this.recolor(colors);
    this.layoutMenu(body.others);
    this.askRun(0, body.of.model, body.of.epoch);
    this.askOther();
  }

  askRun(place, model, epoch) {
    const { picture, tab } = this.body.of;
    const run = this.runs[place];
    const asked = { run: model, epoch, picture, tab, target: this.target };
    const text = JSON.stringify([asked, this.body.mark]);
    if (text === run.text) return;
    run.text = text;
    run.study.ask(asked);
  }

  askOther() {
    const [, run] = this.runs;
    const key = this.other.value;
    run.waiting.element.hidden = !key;
    run.heat.element.hidden = !key;
    if (key) return this.askRun(1, key, "best");
    run.study.rest();
    Object.assign(run, { result: null, text: "" });
    this.paint();
  }

  layoutMenu(others) {
    const text = JSON.stringify(others);
    if (text === this.menuText) return;
    this.menuText = text;
    const chosen = this.other.value;
    const options = others.map(({ key, title, about }) => make("option", { value: key, title: about }, title));
    this.other.replaceChildren(make("option", { value: "" }, _("No other network")), ...options);
    if (others.some(({ key }) => key === chosen)) this.other.value = chosen;
  }

  // ---- what the lab answers

  show(place, state) {
    const run = this.runs[place];
    const done = state.state === "done";
    if (done) run.result = state;
    run.waiting.show(state, done ? this.verdict(place, state) : "");
    run.heat.element.classList.toggle("stale", !done);
    if (done) this.paint();
  }

  name(place) {
    if (place === 0) return this.body.network;
    return this.body.others.find(({ key }) => key === this.other.value)?.title ?? "";
  }

  verdict(place, { shifted }) {
    const sure = shifted.reduce((count, share) => count + (share >= SURE), 0);
    const values = { name: this.name(place), own: this.body.classes[this.target], sure, all: shifted.length };
    return _("{name}: {own} keeps at least 50 % in {sure} of {all} shifts.", values);
  }

  shown() {
    return this.runs.filter(({ result }) => result);
  }

  paint() {
    const runs = this.shown();
    if (!runs.length || !this.runs[0].result) return;
    const [{ result: axes }] = runs;
    const own = this.body.classes[this.target];
    for (const run of runs) {
      const place = this.runs.indexOf(run);
      const name = _("Probability of {own} for each shift; arrow keys move", { own });
      run.heat.show(
        run.result.shifted,
        this.name(place),
        _("{where}: {values}", { where: name, values: this.verdict(place, run.result) }),
      );
      run.heat.paint(this.colors);
    }
    for (const [way, curve] of Object.entries(this.curves)) {
      const name = _("Probability of {own}; arrow keys move", { own });
      const most = this.runs[0].result[way].reduce((high, share) => Math.max(high, share), 0);
      const least = this.runs[0].result[way].reduce((low, share) => Math.min(low, share), 1);
      const range = _("From {least} to {most}.", { least: percent(least), most: percent(most) });
      const lines = runs.map(({ result }) => result[way]);
      curve.show(axes[AXES[way]], lines, _("{where}: {values}", { where: name, values: range }));
    }
    this.readAll(axes);
    for (const way of WAYS) this.fillTable(way);
  }

  readAll({ shifts, angles, scales }) {
    const middle = (axis) => Math.floor(axis.length / 2);
    this.read("shifted", this.at.shifted ?? [middle(shifts), middle(shifts)]);
    this.read("turned", this.at.turned ?? middle(angles));
    this.read("scaled", this.at.scaled ?? middle(scales));
  }

  // Reads a place in words: the probability, and the answer if it is another class.
  read(way, at) {
    this.at[way] = at;
    const { shifts, ...axes } = this.runs[0].result;
    if (way === "shifted") for (const { heat } of this.shown()) heat.mark(...at);
    else this.curves[way].mark(at);
    const where =
      way === "shifted"
        ? shiftWords(shifts[at[0]], shifts[at[1]])
        : (way === "turned" ? angleWords : scaleText)(axes[AXES[way]][at]);
    const values = this.shown().map((run) => this.valueWords(run, way, at));
    setText(this.words[way], _("{where}: {values}", { where, values: values.join(" · ") }));
  }

  valueWords({ result }, way, at) {
    const index = way === "shifted" ? at[0] * result.shifts.length + at[1] : at;
    const read = way === "shifted" ? result.reads.shifted[at[0]][at[1]] : result.reads[way][at];
    const { classes } = this.body;
    const values = { own: classes[this.target], share: percent(result[way][index]), read: classes[read] };
    return read === this.target ? _("{share} for {own}", values) : _("{share} for {own}, it reads {read}", values);
  }

  fillTable(way) {
    const { details, host } = this.tables[way];
    if (!details.open || !this.runs[0].result) return;
    host.replaceChildren(way === "shifted" ? this.shiftTable() : this.lineTable(way));
  }

  shiftTable() {
    const tables = this.shown().map((run) => {
      const { shifts, shifted } = run.result;
      const name = this.name(this.runs.indexOf(run));
      const heads = [_("down \\ right"), ...shifts.map(String)];
      const rows = shifts.map((down, y) =>
        make(
          "tr",
          {},
          rowHead(String(down)),
          ...shifts.map((_right, x) => cell(figure(shifted[y * shifts.length + x]))),
        ),
      );
      return wide(name, table(heads, rows));
    });
    return make("div", {}, ...tables);
  }

  lineTable(way) {
    const runs = this.shown();
    const axis = runs[0].result[AXES[way]];
    const names = runs.map((run) => this.name(this.runs.indexOf(run)));
    const text = way === "turned" ? angleText : scaleText;
    const rows = axis.map((value, at) =>
      make("tr", {}, rowHead(text(value)), ...runs.map(({ result }) => cell(figure(result[way][at])))),
    );
    return wide(this.body.title, table([way === "turned" ? _("Degrees") : _("Scale"), ...names], rows));
  }

  recolor(colors) {
    const [probability] = colorsOf(this.element, "--st-primary-color");
    this.colors = { ...colors, probability };
    if (this.body) this.paint();
  }

  rest() {
    for (const { study } of this.runs) study.rest();
  }
}

const angleText = (value) => `${value}°`.replace("-", "−");
const scaleText = (value) => `${Math.round(100 * value)} %`;

function angleWords(value) {
  if (!value) return _("not turned");
  return value > 0 ? _("{n}° counterclockwise", { n: value }) : _("{n}° clockwise", { n: -value });
}
