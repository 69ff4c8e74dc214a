// The epochs of a network, to choose one with a slider.

import { make, setText } from "../../shared/dom.js";
import { _ } from "../../shared/words.js";

export class EpochSlider {
  // choose(epoch): one is chosen. touch(): a hand is on the slider.
  constructor({ choose, touch = () => {} }) {
    this.choose = choose;
    this.words = make("span");
    this.input = make("input", { type: "range", min: 0, step: 1, onchange: () => this.send() });
    this.input.oninput = () => {
      touch();
      this.say();
    };
    this.element = make("label", {}, this.input, this.words);
  }

  get place() {
    return Number(this.input.value);
  }

  get last() {
    return this.kept.length - 1;
  }

  // As if it were chosen by hand.
  goTo(place) {
    this.input.value = place;
    this.say();
    this.send();
  }

  send() {
    this.choose(this.kept[this.place]);
  }

  say() {
    setText(this.words, _("epoch {epoch}", { epoch: this.titles[this.place] }));
  }

  update({ kept, titles, at }) {
    Object.assign(this, { kept, titles });
    this.input.max = this.last;
    this.input.value = kept.indexOf(at);
    this.say();
  }
}

// Of the kept epochs the last one that is not after this one, else the first.
export function keptUntil(kept, epoch) {
  return kept.findLast((each) => each <= epoch) ?? kept[0];
}
