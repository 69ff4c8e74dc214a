// The inside of a block: its branches as a picture, its layers as rows. Those of a residual block are edited here like
// the rows of the stack; a layer inside is addressed by its index.

import { ask } from "../../shared/api.js";
import { icon, make, setText } from "../../shared/dom.js";
import { _ } from "../../shared/words.js";
import { Field } from "./field.js";
import { Later } from "./later.js";
import { codeName } from "./names.js";
import { parsed } from "./network_view.js";
import { paintStrip } from "./strip.js";

export class Inside {
  constructor(card) {
    this.card = card;
    this.stack = card.stack;
    this.rows = [];
    this.known = "";
    this.button = make(
      "button",
      { type: "button", className: "plain open-inside", ariaExpanded: "false" },
      _("Show inside"),
    );
    this.button.onclick = () => this.toggle();
    this.picture = make("div", { className: "inside-picture" });
    this.list = make("ol", { className: "inside-rows" });
    this.element = make("section", { className: "inside", hidden: true }, this.picture, this.list);
    this.element.setAttribute("aria-label", _("Inside {title}", card.form));
    if (card.form.insideIsEditable) this.element.append(this.makeAdder());
    this.later = new Later(150, () => this.draw());
  }

  makeAdder() {
    const kinds = Object.entries(this.stack.palette.kinds).filter(([, form]) => !form.insideIsEditable);
    const menu = make(
      "select",
      { ariaLabel: _("Layer to add inside") },
      ...kinds.map(([kind, form]) => make("option", { value: kind }, form.title)),
    );
    const add = make("button", { type: "button", className: "plain" }, _("Add inside"));
    add.onclick = () => this.send({ do: "add", kind: menu.value, after: this.rows.length ? this.count - 1 : null });
    return make("div", { className: "adder" }, menu, add);
  }

  send(edit) {
    return this.stack.send({ do: "inside", id: this.card.id, edit });
  }

  get isOpen() {
    return !this.element.hidden;
  }

  // The output of each layer, as strips like those of the rows.
  paint(strips, lookup, height) {
    this.rows.forEach((row, index) => row.paint(strips[index], lookup, height));
  }

  toggle() {
    this.element.hidden = !this.element.hidden;
    this.button.ariaExpanded = String(!this.element.hidden);
    setText(this.button, this.element.hidden ? _("Show inside") : _("Hide inside"));
    if (!this.isOpen) return;
    this.show(this.row, this.stack.data);
    this.stack.thumbs.refresh(0);
  }

  show(row, data) {
    this.row = row;
    if (this.element.hidden) return;
    this.count = row.inside.filter((part) => part.index !== null).length;
    const known = JSON.stringify(row.inside.map((part) => [part.branch, part.kind, part.index]));
    if (known !== this.known) this.build(row.inside);
    this.known = known;
    row.inside.forEach((part, index) => this.rows[index].show(part, data));
    this.later.soon();
  }

  build(parts) {
    this.rows = parts.map((part) => new Part(this, part));
    this.list.replaceChildren(...this.rows.map((row) => row.element));
    this.stack.keys.settle(this.element);
  }

  async draw() {
    const { editor, networkView } = this.stack;
    if (this.element.hidden || !this.element.isConnected) return;
    const width = Math.floor(this.picture.clientWidth);
    const { svg } = await ask("editor/picture", { editor, row: this.card.id, width, dark: networkView.dark });
    this.picture.replaceChildren(...(svg ? [parsed(svg)] : []));
  }
}

function fact(name) {
  return [make("dt", {}, name), make("dd")];
}

class Part {
  constructor(inside, { kind, index, branch }) {
    const form = inside.stack.palette.kinds[kind];
    this.inside = inside;
    this.index = index;
    this.fields = new Map();
    this.label = make("span", { className: "part-label" });
    this.facts = new Map([
      ["shape", fact(_("Output shape"))],
      ["formula", fact(_("Parameters"))],
      ["macs", fact(_("Multiply-adds"))],
    ]);
    const facts = make(
      "dl",
      { className: "part-facts" },
      ...[...this.facts.values()].map((each) => make("div", {}, ...each)),
    );
    this.element = make(
      "li",
      { className: `part of-${form.family}` },
      icon(form.family),
      make("span", {}, make("b", {}, form.title), " ", ...codeName(kind, form.title)),
      make("span", { className: "about" }, branch),
    );
    if (index === null) this.element.append(this.label);
    else this.element.append(this.makeFields(form));
    this.strip = make("canvas", { className: "strip", width: 1, height: 1, hidden: true, role: "img" });
    this.element.append(facts);
    if (index !== null) this.element.append(this.makeActions(form.title));
    this.element.append(make("div", { className: "part-strip" }, this.strip));
  }

  makeFields(form) {
    for (const each of form.fields) {
      this.fields.set(
        each.name,
        new Field(each, (field, value, burst) => this.inside.send({ do: "set", id: this.index, field, value, burst })),
      );
    }
    const all = [...this.fields.values()];
    return make(
      "div",
      { className: "fields" },
      ...all.map((field) => field.element),
      ...all.map((field) => field.wrong),
    );
  }

  makeActions(title) {
    const action = (name, label, edit) => {
      const button = make("button", {
        type: "button",
        className: "icon",
        title: label,
        ariaLabel: _("{label}: {title}, inside", { label, title }),
      });
      button.onclick = () => this.inside.send({ ...edit, id: this.index });
      button.append(icon(name));
      return button;
    };
    return make(
      "div",
      { className: "actions" },
      action("up", _("Move up"), { do: "move", by: -1 }),
      action("down", _("Move down"), { do: "move", by: 1 }),
      action("duplicate", _("Duplicate"), { do: "duplicate" }),
      action("delete", _("Delete"), { do: "delete" }),
    );
  }

  paint(row, lookup, height) {
    this.strip.hidden = !row;
    if (row) paintStrip(this.strip, row, lookup, this.element.clientWidth, height);
  }

  show(part, data) {
    setText(this.label, part.label);
    for (const [name, [, value]] of this.facts) setText(value, part[name] || "—");
    for (const [name, field] of this.fields) {
      const mine = (item) => item.row === this.inside.card.id && item.inside === this.index && item.field === name;
      field.show(part.values[name], data.done, data.refused.findLast(mine));
    }
  }
}
