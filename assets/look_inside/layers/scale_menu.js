// The legend of the colors, and beside it the menu of what shares one scale of them.

import { make, setText } from "../../shared/dom.js";
import { _, shortNumber } from "../../shared/words.js";

const SCALES = {
  map: [_("each map"), _("Every map shows all it has, faint ones too.")],
  layer: [_("each layer"), _("The maps of a layer can be compared.")],
  network: [_("whole network"), _("The layers can be compared.")],
};

export class ScaleMenu {
  // pick(scope): a scale is chosen.
  constructor(pick) {
    this.ends = [make("span"), make("span")];
    const legend = make("div", { className: "legend" }, this.ends[0], make("i"), this.ends[1]);
    this.chosen = make("b");
    this.radios = Object.entries(SCALES).map(([value, [name, about]]) => this.radio(value, name, about, pick));
    const list = make("div", { role: "radiogroup", ariaLabel: _("Color scale for") }, ...this.radios);
    this.summary = make("summary", {}, _("Color scale for"), " ", this.chosen);
    this.details = make("details", { className: "scale" }, this.summary, list);
    this.details.onkeydown = (event) => this.key(event);
    this.details.onfocusout = ({ relatedTarget }) => {
      if (relatedTarget && !this.details.contains(relatedTarget)) this.details.open = false;
    };
    this.element = make("div", { className: "colors" }, legend, this.details);
  }

  radio(value, name, about, pick) {
    const input = make("input", { type: "radio", name: "scale", value, onchange: () => pick(value) });
    return make("label", {}, input, make("span", {}, make("b", {}, name), make("span", {}, about)));
  }

  key(event) {
    if (event.key !== "Escape" || !this.details.open) return;
    event.preventDefault();
    event.stopPropagation();
    this.details.open = false;
    this.summary.focus();
  }

  // With one scale for the whole network the legend has numbers. Otherwise each row has its own scale, or each of two
  // networks with different rows.
  update({ rows, scope, against }) {
    const largest = rows.reduce((most, row) => Math.max(most, ...row.scales), 0);
    const words =
      scope === "network" && (!against || against.same)
        ? [`−${shortNumber(largest)}`, `+${shortNumber(largest)}`]
        : [_("below 0"), _("above 0")];
    this.ends.forEach((end, index) => setText(end, words[index]));
    setText(this.chosen, SCALES[scope][0]);
    for (const label of this.radios) {
      const input = label.querySelector("input");
      input.checked = input.value === scope;
    }
  }
}
