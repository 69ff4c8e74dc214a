// The card of the selected map or number: enlarged, and below it one part under each tab. It is beside the rows where
// there is room, else a sheet at the foot of the window.

import { make, setText } from "../../shared/dom.js";
import { Switch } from "../../shared/part.js";
import { _, listed } from "../../shared/words.js";
import { Stage } from "./stage.js";
import { Tabs } from "./tabs.js";

export class Card {
  // parts: what is under the tabs, in their order: each has a title, an element, and show(selection, body), which
  // returns whether there is anything to show. choose(unit, cell): in the enlarged map. turn(badge): to the same
  // number of the other network. close(): it is closed.
  constructor(parts, { choose, turn, close }) {
    Object.assign(this, { parts, close });
    this.hint = make(
      "p",
      { className: "hint" },
      _("Click a cell of a map to see its number, and how it was computed."),
    );
    this.title = make("h2");
    const button = make("button", { type: "button", className: "close", ariaLabel: _("Close"), onclick: close }, "×");
    this.stage = new Stage(choose);
    const sides = ["A", "B"].map((badge) => [badge, badge]);
    this.sides = new Switch(_("The same number of network"), sides, turn);
    this.tabs = new Tabs(parts, _("About the selected number"));
    this.body = make(
      "div",
      { className: "inside" },
      this.title,
      button,
      this.sides.element,
      this.stage.element,
      this.tabs.element,
    );
    this.element = make("aside", { className: "card", ariaLabel: _("What is selected") }, this.hint, this.body);
    this.element.onkeydown = (event) => this.key(event);
  }

  key(event) {
    if (event.key !== "Escape" || this.body.hidden) return;
    event.preventDefault();
    event.stopPropagation();
    this.close();
  }

  // row: the MapRow of the selection, null if its maps are not shown; outer: that of its row, null if nothing is
  // selected. badge: the letter of the network, if there are two.
  show(selection, { row, outer, badge, same }, body) {
    const isEmpty = !outer || selection.unit === null;
    this.hint.hidden = !isEmpty;
    this.body.hidden = isEmpty;
    this.element.classList.toggle("empty", isEmpty);
    if (isEmpty) return this.parts.forEach((part) => part.rest?.());
    setText(this.title, titleOf(selection, row, outer, badge));
    this.sides.element.hidden = !(badge && same);
    this.sides.press(badge);
    this.stage.element.hidden = !row;
    if (row) this.stage.show(row, selection);
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

function titleOf({ layer, unit }, row, outer, badge) {
  if (!row) return named(badge, _("Inside {title}", { title: outer.title }));
  const title = layer.includes(".") ? listed([outer.title, row.title]) : row.title;
  return named(badge, _("{title}: {name}", { title, name: row.tileName(unit) }));
}

function named(badge, title) {
  return badge ? `${badge} · ${title}` : title;
}
