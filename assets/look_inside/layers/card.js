// The card of the selected map or number: enlarged, and below it one part under each tab. It is beside the rows where
// there is room, else a sheet at the foot of the window.

import { make, setText } from "../../shared/dom.js";
import { _ } from "../../shared/words.js";
import { Stage } from "./stage.js";
import { Tabs } from "./tabs.js";

export class Card {
  // parts: what is under the tabs, in their order: each has a title, an element, and show(selection, body), which
  // returns whether there is anything to show. choose(unit, cell): in the enlarged map. close(): it is closed.
  constructor(parts, { choose, close }) {
    Object.assign(this, { parts, close });
    this.hint = make(
      "p",
      { className: "hint" },
      _("Click a cell of a map to see its number, and how it was computed."),
    );
    this.title = make("h2");
    const button = make("button", { type: "button", className: "close", ariaLabel: _("Close"), onclick: close }, "×");
    this.stage = new Stage(choose);
    this.tabs = new Tabs(parts, _("About the selected number"));
    this.body = make("div", { className: "inside" }, this.title, button, this.stage.element, this.tabs.element);
    this.element = make("aside", { className: "card", ariaLabel: _("What is selected") }, this.hint, this.body);
    this.element.onkeydown = (event) => this.key(event);
  }

  key(event) {
    if (event.key !== "Escape" || this.body.hidden) return;
    event.preventDefault();
    event.stopPropagation();
    this.close();
  }

  // row: the MapRow of the selection; null if nothing is selected.
  show(selection, row, body) {
    const isEmpty = !row || selection.unit === null;
    this.hint.hidden = !isEmpty;
    this.body.hidden = isEmpty;
    this.element.classList.toggle("empty", isEmpty);
    if (isEmpty) return this.parts.forEach((part) => part.rest?.());
    const isInside = selection.layer.includes("."); // of a block: its maps are not among the rows
    const names = { title: row.title, name: row.tileName(selection.unit), channel: selection.unit + 1 };
    setText(this.title, isInside ? _("Inside {title}: channel {channel}", names) : _("{title}: {name}", names));
    this.stage.element.hidden = isInside;
    if (!isInside) this.stage.show(row, selection);
    this.tabs.offer(this.parts.map((part) => part.show(selection, body)));
  }

  // The map by keyboard.
  focus() {
    (this.stage.element.hidden ? this.body.querySelector(".close") : this.stage.element).focus({ preventScroll: true });
  }

  remove() {
    this.parts.forEach((part) => part.remove());
  }
}
