// In present mode: one layer at a time, with the presenter's keys and with a button to the one before and to the next.

import { make, setDisabled, setText } from "./dom.js";
import { STEP } from "./shell/steps.js";
import { _ } from "./words.js";

export class Stepper {
  // layers(): the elements of the layers, in their order; show(layer, layers): shows only this one; first: the position
  // before which there is no other, 0 for the first layer, -1 for a view without any.
  constructor({ layers, show, first = 0 }) {
    Object.assign(this, { layers, showLayer: show, first, at: first });
    this.position = make("span", { className: "which", role: "status" });
    this.previous = this.button(-1, _("Previous layer"));
    this.next = this.button(1, _("Next layer"));
    this.element = make("nav", { className: "stepper", hidden: true }, this.previous, this.position, this.next);
    this.element.ariaLabel = _("One layer at a time");
    this.events = new AbortController();
    document.addEventListener(STEP, (event) => this.step(event), { signal: this.events.signal });
  }

  button(direction, name) {
    const onclick = () => this.go(this.at + direction);
    return make("button", { type: "button", onclick }, name);
  }

  // A key of the presenter's; of a component that is no longer on the page it is none.
  step(event) {
    if (!this.element.isConnected) return this.events.abort();
    if (this.element.hidden) return;
    event.preventDefault();
    this.go(this.at + event.detail);
  }

  layout(present) {
    this.element.hidden = !present;
  }

  // Shows the layer at this position, or the nearest one that there is.
  go(at = this.at) {
    const layers = [...this.layers()];
    const known = Math.max(this.first, Math.min(layers.length - 1, at));
    this.showLayer(layers[known], layers);
    this.settle(known, layers.length);
  }

  // Says which layer is shown, also if it was chosen otherwise.
  settle(at, count) {
    this.at = at;
    setDisabled(this.previous, at <= this.first);
    setDisabled(this.next, at >= count - 1);
    setText(this.position, _("Layer {number} of {count}", { number: at < 0 ? "–" : at + 1, count }));
  }
}
