// The kept epochs of a run, each with its actions.

import { mountOnce, make } from "../../shared/dom.js";
import { _ } from "../../shared/words.js";

class Checkpoints {
  constructor(parent) {
    this.summary = make("summary");
    this.note = make("p");
    this.list = make("ul");
    this.root = make("div", { className: "checkpoints" }, make("details", {}, this.summary, this.note, this.list));
    parent.append(this.root);
  }

  remove() {
    this.root.remove();
  }

  update({ title, note, kept }) {
    this.summary.textContent = title;
    this.note.textContent = note;
    // Newest first: new epochs are added at the top, and a focus further down is kept.
    const known = new Map([...this.list.children].map((item) => [item.dataset.text, item]));
    const items = kept.map((each) => known.get(JSON.stringify(each)) ?? this.item(each));
    if (items.some((item, i) => item !== this.list.children[i]) || items.length !== this.list.children.length) {
      this.list.replaceChildren(...items);
    }
  }

  item(each) {
    const { epoch, words, best, acts } = each;
    const buttons = acts.map(([act, label]) => {
      const button = make("button", { type: "button", onclick: () => this.pick({ epoch, act }) }, label);
      button.setAttribute("aria-label", _("{label}: {words}", { label, words }));
      return button;
    });
    const item = make(
      "li",
      { className: best ? "best" : "" },
      make("span", {}, words),
      make("div", { className: "acts" }, ...buttons),
    );
    item.dataset.text = JSON.stringify(each);
    return item;
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const list = mountOnce(parentElement, () => new Checkpoints(parentElement));
  list.pick = (wish) => setTriggerValue("pick", wish);
  list.update(data);
}
