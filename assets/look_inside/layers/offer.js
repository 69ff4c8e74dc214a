// One picture of each class, to choose from.

import { paintPicture } from "../../shared/canvas.js";
import { make } from "../../shared/dom.js";
import { _ } from "../../shared/words.js";

export class Offer {
  // pick(index): a picture of the set is chosen.
  constructor(pick) {
    this.pick = pick;
    this.list = make("div", { className: "pictures" });
    this.element = make("div", { className: "offer", role: "group", ariaLabel: _("One of each class") }, this.list);
  }

  update({ offered, classes }, inks) {
    this.element.hidden = !offered;
    if (!offered) return;
    const { indices, labels, pictures, chosen } = offered;
    const signature = JSON.stringify([indices, labels]);
    if (signature !== this.signature) this.layout(indices, labels, classes);
    this.signature = signature;
    const [, ...shape] = pictures.shape;
    const size = shape.reduce((product, side) => product * side, 1);
    [...this.list.children].forEach((button, index) => {
      const picture = Object.assign(pictures.subarray(index * size, (index + 1) * size), { shape });
      paintPicture(button.querySelector("canvas"), picture, inks);
      button.ariaPressed = String(indices[index] === chosen);
    });
  }

  layout(indices, labels, classes) {
    const buttons = indices.map((index, place) => {
      const name = classes[labels[place]];
      const canvas = make("canvas", { ariaHidden: "true" });
      return make("button", { type: "button", onclick: () => this.pick(index) }, canvas, make("span", {}, name));
    });
    this.list.replaceChildren(...buttons);
  }
}
