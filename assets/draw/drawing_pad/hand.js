// The user's own drawings: "That was a 4" keeps a drawing with its label; the network can continue learning from them.

import { ask } from "../../shared/api.js";
import { paintInk } from "../../shared/canvas.js";
import { make, setText } from "../../shared/dom.js";
import { _, plural } from "../../shared/words.js";
import { authorOf } from "./author.js";
import { damagedText, drawingTexts, keptText } from "./hand_words.js";
import { Learning } from "./learning.js";
import { Offer } from "./offer.js";
import { CELLS } from "./raster.js";

const OFFERED = 12_000; // ms during which a deleted drawing can be restored

export class Hand {
  constructor(pad, root) {
    const find = (selector) => root.querySelector(selector);
    this.pad = pad;
    this.element = find(".hand");
    this.labels = find(".labels");
    this.notice = new Offer(find(".kept"));
    this.score = find(".score");
    this.own = find(".own");
    this.damaged = find(".own-damaged");
    this.deleted = new Offer(find(".own-deleted"));
    this.grid = find(".own-grid");
    this.labels.replaceChildren(
      ...Array.from({ length: 10 }, (_each, label) =>
        make(
          "button",
          { type: "button", "aria-label": _("That was a {label}", { label }), onclick: () => this.keep(label) },
          String(label),
        ),
      ),
    );
    this.own.ontoggle = () => this.list();
    this.author = authorOf();
    this.learning = new Learning(root, {
      post: (what, body) => this.post(what, body),
      choose: (run) => pad.choose(run),
      announce: (text) => pad.announce(text),
    });
    // What an undo or redo of a labeled drawing does to its record.
    this.follow = {
      undo: (name) => this.change("delete", name, _("No longer kept.")),
      redo: (name) => this.change("restore", name, _("Kept again.")),
    };
  }

  layout(data) {
    this.element.hidden = !data.digits;
    this.learning.layout(data);
    if (data.digits) this.refresh(this.post("list"));
  }

  // The sheet's content is replaced.
  forget() {
    this.notice.close();
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

  // The lab's answer is stored as well if it is the answer to exactly this drawing.
  async keep(label) {
    const { pad } = this;
    if (pad.undrawn || this.keeping) return;
    this.keeping = true;
    const { strokes, ink } = pad.drawing();
    const same = () => pad.sheet.holds(strokes);
    const read = (await pad.answered()) && same();
    const read_as = read ? pad.sureLabel() : null;
    const known = await this.refresh(this.post("keep", { ink, strokes, label, read_as }));
    this.keeping = false;
    if (!known) return;
    const cleared = same();
    if (cleared) pad.clearNamed(known.kept);
    this.notice.show(keptText(label, read, read_as), () => {
      if (cleared) pad.command("undo");
      else this.follow.undo(known.kept);
      pad.focus(); // the button disappears with its message
    });
    pad.focus();
  }

  // Deletes or restores the record of a labeled drawing together with the drawing itself.
  async change(what, name, message) {
    if (await this.refresh(this.post(what, { name }))) this.notice.show(message);
  }

  show(known) {
    this.known = known;
    const { right, of, damaged } = known;
    setText(
      this.score,
      of
        ? _("Your drawings read correctly: {right} of {count}", { right, count: of })
        : _("Name a drawing to keep it in your own data set."),
    );
    setText(this.own.querySelector("summary"), _("Your drawings ({count})", { count: of }));
    setText(this.damaged, damaged ? damagedText(damaged) : "");
    this.showOwn();
    this.learning.offer(known);
    this.list();
  }

  showOwn() {
    this.own.hidden = !this.known?.of && !this.deleted.open;
  }

  // Shows the pictures, once the list is open.
  list() {
    if (!this.own.open || !this.known) return;
    const { drawings, pictures, of } = this.known;
    const tiles = drawings.map((drawing, index) => {
      const { label, read_as } = drawing;
      const { drawn, remove } = drawingTexts(label, read_as);
      const picture = pictures.subarray(index * CELLS * CELLS, (index + 1) * CELLS * CELLS);
      picture.shape = [CELLS, CELLS];
      const canvas = make("canvas", { role: "img", "aria-label": drawn, title: drawn });
      paintInk(canvas, picture, this.colors);
      return make(
        "li",
        {},
        canvas,
        make("b", {}, String(label)),
        make("span", {}, read_as === label ? "✓" : `✗ ${read_as ?? "?"}`),
        make(
          "button",
          { type: "button", title: remove, "aria-label": remove, onclick: () => this.delete(drawing) },
          "×",
        ),
      );
    });
    this.grid.replaceChildren(...tiles);
    const older = of - drawings.length;
    if (older > 0) this.grid.append(make("li", {}, plural("and {count} older one", "and {count} older ones", older)));
  }

  async delete({ name, label }) {
    const known = await this.post("delete", { name }).catch((error) => this.deleted.show(error.message));
    if (!known) return;
    this.notice.close(); // it may be about this drawing
    this.deleted.show(
      _("Deleted a {label}.", { label }),
      () => this.restore(name),
      OFFERED,
      () => this.showOwn(),
    );
    this.show(known);
    this.deleted.button.focus();
  }

  async restore(name) {
    const known = await this.post("restore", { name }).catch((error) => this.deleted.show(error.message));
    if (!known) return;
    this.show(known);
    this.grid.querySelector("button")?.focus();
  }

  recolor(colors) {
    this.colors = colors;
    this.list();
  }

  remove() {
    this.learning.remove();
    this.deleted.close();
  }
}
