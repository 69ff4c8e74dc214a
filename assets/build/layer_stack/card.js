// A card: one row of the stack.

import { icon, make, setDisabled, setText } from "../../shared/dom.js";
import { _, listed } from "../../shared/words.js";
import { Enlarged } from "./enlarged.js";
import { Explanation } from "./explanation.js";
import { Field } from "./field.js";
import { Fold } from "./fold.js";
import { Inside } from "./inside.js";
import { codeName } from "./names.js";
import { paintStrip } from "./strip.js";

const MAIN_FIELDS = 4; // always shown; the others are under "More" while they have their default values
const INPUT = "input"; // the id of the top card
const ENLARGE = _("Enlarge, to see any number and how it is computed");

export class Card {
  constructor(stack, id, kind) {
    this.stack = stack;
    this.id = id;
    this.kind = kind;
    this.form = stack.palette.kinds[kind];
    this.build();
  }

  build() {
    const { title, family } = this.form;
    this.fields = this.makeFields(this.form.fields, (field, value, burst) =>
      this.stack.send({ do: "set", id: this.id, field, value, burst }),
    );
    this.number = make("b");
    this.shape = make("span");
    this.formula = make("span", { className: "formula" });
    this.total = make("b", { className: "total" });
    this.share = make("span", { className: "share", ariaHidden: "true" });
    this.macs = make("span");
    this.explanation = new Explanation(this);
    this.fold = new Fold(this);
    this.card = make(
      "div",
      { className: "card" },
      make("div", { className: "position" }, this.makeHandle(), this.number),
      make(
        "div",
        { className: `kind of-${family}` },
        icon(family),
        make("span", {}, make("b", {}, title), ...codeName(this.kind, title)),
      ),
      this.fold.brief,
      this.fold.button,
      this.makeSettings(),
      make("div", { className: "shape number" }, caption(_("Output shape")), this.shape),
      make("div", { className: "parameters number" }, caption(_("Parameters")), this.formula, this.total, this.share),
      make("div", { className: "macs number" }, caption(_("Multiply-adds")), this.macs),
      this.makeActions(),
      this.explanation.line,
      this.makeMaps(),
      this.explanation.element,
      this.explanation.sums,
      this.enlarged.element,
      ...(this.inside ? [this.inside.element] : []),
    );
    this.element = make("li", { className: "row", tabIndex: -1 }, this.card, this.stack.makeGap(this.id));
    this.fold.watch();
    this.stack.keys.settle(this.element);
    this.element.dataset.row = this.id;
    this.element.dataset.step = "";
    this.element.dataset.kind = this.kind;
  }

  makeFields(forms, send) {
    return new Map(forms.map((form) => [form.name, new Field(form, send)]));
  }

  makeHandle() {
    const handle = make("span", {
      className: "handle",
      title: _("Drag to move (or Alt+↑ and Alt+↓)"),
      ariaHidden: "true",
    });
    handle.append(icon("grip"));
    return handle;
  }

  makeSettings() {
    const all = [...this.fields.values()].map((field) => field.element);
    if (this.form.hasInside) this.inside = new Inside(this);
    this.extras = all.slice(MAIN_FIELDS);
    this.more = make("button", {
      type: "button",
      className: "more",
      onclick: () => this.openExtras(this.more.ariaExpanded !== "true"),
    });
    const opener = this.inside ? [this.inside.button] : [];
    if (all.length || this.inside)
      return make(
        "div",
        { className: "fields" },
        ...all,
        ...(this.extras.length ? [this.more] : []),
        ...opener,
        ...this.fieldErrors(),
      );
    return make("div", { className: "fields" });
  }

  fieldErrors() {
    return [...this.fields.values()].map((field) => field.wrong);
  }

  openExtras(open) {
    for (const element of this.extras) element.hidden = !open;
    this.more.ariaExpanded = String(open);
    setText(this.more, open ? _("Less") : _("More"));
  }

  // The strip of small maps, which opens as large ones.
  makeMaps() {
    this.strip = make("canvas", { className: "strip", width: 1, height: 1, role: "img" });
    this.enlarged = new Enlarged(this.form.title, (position) => this.stack.tracing.choose(this, position));
    this.opener = make(
      "button",
      { type: "button", className: "enlarge", title: ENLARGE, hidden: true, ariaExpanded: "false" },
      this.strip,
    );
    this.opener.onclick = () => this.enlarge(!this.enlarged.isOpen);
    this.maps = make("div", { className: "maps" }, this.opener);
    return this.maps;
  }

  enlarge(isOpen) {
    if (isOpen === this.enlarged.isOpen) return;
    this.stack.tracing.leave(this);
    this.enlarged.toggle();
    this.opener.ariaExpanded = String(isOpen);
    this.stack.thumbs.refresh(0);
    this.stack.thumbs.paint();
  }

  paintThumbs(row, lookup, { width, height }) {
    this.opener.hidden = !row;
    if (row) paintStrip(this.strip, row, lookup, Math.max(width, 60), height);
    this.enlarged.paint(row, this.stack.alone.roomFor(this));
    this.inside?.paint(row?.inside ?? [], lookup, height);
  }

  makeActions() {
    const action = (name, label, act) => {
      const button = make("button", { type: "button", className: "icon", title: label, ariaLabel: label });
      button.onclick = () => button.ariaDisabled !== "true" && act();
      button.dataset.action = name;
      button.append(icon(name));
      return button;
    };
    this.buttons = [
      this.explanation.button,
      (this.up = action("up", _("Move up (Alt+↑)"), () => this.move(-1))),
      (this.down = action("down", _("Move down (Alt+↓)"), () => this.move(1))),
      action("duplicate", _("Duplicate"), () => this.stack.follow({ do: "duplicate", id: this.id })),
      action("delete", _("Delete (Del)"), () => this.remove()),
    ];
    return make("div", { className: "actions" }, ...this.buttons);
  }

  move(by) {
    this.stack.follow({ do: "move", id: this.id, by });
  }

  remove() {
    this.stack.follow({ do: "delete", id: this.id }, _("Deleted {layer}.", { layer: this.form.title }));
  }

  unfold() {
    this.fold?.open();
  }

  show(row, index, data) {
    const problems = data.problems.filter((problem) => problem.id === this.id);
    setText(this.number, String(index + 1));
    setText(this.shape, row.shape || row.waitsFor || "—");
    setText(this.formula, row.formula && `${row.formula} = `);
    setText(this.total, row.shape ? row.parameters : "—");
    this.total.classList.toggle("nothing", !row.formula);
    this.share.hidden = row.share < 0.01;
    this.share.style.width = `${Math.round(row.share * 100)}%`;
    setText(this.macs, row.shape ? row.macs : "—");
    this.macs.classList.toggle("nothing", !row.shape || row.macs === "0");
    this.fold.show(row);
    this.explanation.show(row);
    setDisabled(this.up, index === 0);
    setDisabled(this.down, index === data.rows.length - 1);
    const advice = data.advice.filter((each) => each.id === this.id);
    const unwise = advice.filter((each) => each.level === "warning");
    this.showFields(row, data);
    this.inside?.show(row, data);
    this.showProblems(problems, advice);
    this.element.classList.toggle("blocked", !row.shape);
    const output = row.shape ? [_("output {shape}, {parameters} parameters", row)] : [];
    const broken = problems.slice(0, 1).map(({ text }) => _("cannot work: {problem}", { problem: text }));
    const warned = unwise.slice(0, 1).map(({ text }) => _("warning: {problem}", { problem: text }));
    const values = { row: index + 1, rows: data.rows.length, title: this.form.title };
    this.element.ariaLabel = listed([_("Row {row} of {rows}: {title}", values), ...output, ...broken, ...warned]);
  }

  showFields(row, data) {
    for (const [name, field] of this.fields) {
      const refusal = data.refused.findLast(
        (item) => item.row === this.id && item.inside === null && item.field === name,
      );
      field.show(row.values[name], data.done, refusal);
    }
    const hidden = [...this.fields.keys()].slice(MAIN_FIELDS);
    const changed = hidden.some((name) => row.values[name] !== this.form.defaults[name]);
    if (!this.more.ariaExpanded || (changed && hidden.some((name) => this.fields.get(name).fresh)))
      this.openExtras(changed);
  }

  showProblems(problems, advice) {
    this.element.classList.toggle("broken", problems.length > 0);
    this.element.classList.toggle(
      "unwise",
      advice.some((each) => each.level === "warning"),
    );
    const key = JSON.stringify([problems, advice]);
    if (this.problemsKey === key) return;
    this.problemsKey = key;
    for (const old of this.card.querySelectorAll(".problem")) old.remove();
    for (const problem of [...problems, ...advice]) this.card.append(this.stack.makeProblem(problem));
    this.stack.keys.settle(this.card);
  }
}

function caption(text) {
  return make("span", { className: "caption" }, text);
}

// The top card: the input shape and the number of classes.
export class InputCard extends Card {
  constructor(stack) {
    super(stack, INPUT, INPUT);
  }

  build() {
    this.fields = this.makeFields(this.stack.palette.ends, (field, value, burst) =>
      this.stack.send({ do: "ends", field, value, burst }),
    );
    this.shape = make("span");
    this.card = make(
      "div",
      { className: "card" },
      make("div", { className: "position" }),
      make("div", { className: "kind" }, make("span", {}, make("b", {}, _("Input")), make("code", {}, _("picture")))),
      make(
        "div",
        { className: "fields" },
        ...[...this.fields.values()].map((field) => field.element),
        ...this.fieldErrors(),
      ),
      make("div", { className: "shape number" }, caption(_("Shape")), this.shape),
    );
    this.element = make("li", { className: "row end", tabIndex: -1 }, this.card, this.stack.makeGap(null));
    this.element.dataset.row = INPUT;
    this.stack.keys.settle(this.element);
    this.element.dataset.step = "";
  }

  show(data) {
    setText(this.shape, data.ends.shape);
    for (const [name, field] of this.fields) {
      const refusal = data.refused.findLast((item) => item.row === null && item.field === name);
      field.show(data.ends.values[name], data.done, refusal);
    }
    const mine = (each) => each.id === null;
    this.showProblems(data.problems.filter(mine), data.advice.filter(mine));
    this.element.ariaLabel = _("Input: a picture of {shape}, {classes} classes", {
      shape: data.ends.shape,
      classes: data.ends.values.classes,
    });
  }
}
