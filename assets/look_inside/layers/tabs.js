// Tabs over the parts of the card: one part is shown at a time.

import { make } from "../../shared/dom.js";

const STEPS = { ArrowLeft: -1, ArrowRight: 1 };
let count = 0;

export class Tabs {
  // parts: each has a title and an element, and may have reveal() and conceal(), called whenever it is seen or not.
  constructor(parts, label) {
    this.parts = parts;
    this.list = make("div", { role: "tablist", ariaLabel: label });
    this.tabs = parts.map((part, index) => {
      const id = `tab-${count++}`;
      const tab = make("button", { type: "button", role: "tab", id }, part.title);
      tab.onclick = () => this.choose(index);
      part.element.setAttribute("role", "tabpanel");
      part.element.setAttribute("aria-labelledby", id);
      return tab;
    });
    this.list.append(...this.tabs);
    this.list.onkeydown = (event) => this.key(event);
    this.chosen = 0;
    this.element = make("div", { className: "tabs" }, this.list, ...parts.map((part) => part.element));
  }

  // has: for each part, whether there is anything to show in it. The chosen one stays chosen, and is back when it has.
  offer(has) {
    this.has = has;
    this.list.hidden = !has.some(Boolean);
    const shown = has[this.chosen] ? this.chosen : has.indexOf(true);
    this.tabs.forEach((tab, index) => {
      tab.hidden = !has[index];
      tab.ariaSelected = String(index === shown);
      tab.tabIndex = index === shown ? 0 : -1;
      const part = this.parts[index];
      part.element.hidden = index !== shown;
      if (index === shown) part.reveal?.();
      else part.conceal?.();
    });
  }

  choose(index) {
    this.chosen = index;
    this.offer(this.has);
  }

  key(event) {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const offered = this.tabs.filter((tab) => !tab.hidden);
    const next = offered[(offered.indexOf(event.target) + step + offered.length) % offered.length];
    this.choose(this.tabs.indexOf(next));
    next.focus();
  }
}
