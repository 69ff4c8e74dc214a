// A chart's numbers as a table, which is made when it is opened.

import { make } from "./dom.js";
import { _ } from "./words.js";

export class AsTable {
  // make(): the elements that show the numbers.
  constructor(filled) {
    this.filled = filled;
    this.host = make("div", { className: "numbers" });
    this.element = make("details", {}, make("summary", {}, _("Show as a table")), this.host);
    this.element.ontoggle = () => this.refill();
  }

  // The numbers have changed.
  refill() {
    this.host.replaceChildren(...(this.element.open ? this.filled() : []));
  }
}
