// What each input channel contributes to a sum: a bar for each, to choose one by.

import { make, setText } from "../dom.js";
import { _, shortNumber } from "../words.js";
import { strongest, strongestAt } from "./window.js";

const WAYS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

export class Channels {
  // choose(index) is called on a click, and by keyboard: all bars together are one Tab stop.
  constructor(choose) {
    this.choose = choose;
    this.title = make("span", { className: "quiet" });
    this.bars = make("div", { className: "channels", role: "radiogroup" });
    this.bars.onclick = ({ target }) => this.pick(this.buttons.indexOf(target.closest("button")));
    this.bars.onkeydown = (event) => this.key(event);
    this.element = make("div", { className: "contributions" }, this.title, this.bars);
    this.buttons = [];
  }

  // names: of the channels; labels: the same, but short.
  layout(names, labels, title) {
    this.names = names;
    this.most = 0;
    this.chosen = null;
    this.element.hidden = names.length < 2;
    setText(this.title, title);
    this.bars.ariaLabel = title;
    this.buttons = labels.map((label) =>
      make("button", { type: "button", role: "radio", tabIndex: -1 }, make("i"), make("small", {}, label)),
    );
    this.bars.replaceChildren(...this.buttons);
  }

  update(sums, chosen) {
    this.most = Math.max(this.most, strongest(sums));
    this.buttons.forEach((button, index) => {
      const share = this.most ? sums[index] / this.most : 0;
      const bar = button.firstChild;
      bar.style.transform = `scaleY(${-share})`;
      bar.className = share < 0 ? "below" : "";
      button.ariaLabel = `${this.names[index]}: ${shortNumber(sums[index])}`;
    });
    if (chosen === this.chosen) return;
    this.chosen = chosen;
    this.buttons.forEach((button, index) => {
      button.ariaChecked = String(index === chosen);
      button.tabIndex = index === chosen ? 0 : -1;
    });
    const { offsetTop, offsetHeight } = this.buttons[chosen];
    this.bars.scrollTop = offsetTop - (this.bars.clientHeight - offsetHeight) / 2; // without moving the page
  }

  key(event) {
    const way = WAYS[event.key];
    if (!way || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const next = this.chosen + way;
    if (!this.buttons[next]) return;
    this.buttons[next].focus();
    this.pick(next);
  }

  pick(index) {
    if (index >= 0) this.choose(index);
  }
}

const MOST_BARS = 128;

// The same for a vector that was maps, as a picture of thin bars.
export class Strip {
  constructor() {
    this.title = make("span", { className: "quiet" }, _("What each map adds to the sum"));
    this.bars = make("div", { className: "strip", role: "img" });
    this.element = make("div", { className: "contributions" }, this.title, this.bars);
  }

  // layout: the shape of the maps, or null if there are none.
  layout(layout) {
    const [count, height, width] = layout ?? [0];
    this.element.hidden = count < 2 || count > MOST_BARS;
    this.area = height * width;
    this.most = 0;
    this.bars.replaceChildren(...Array.from({ length: this.element.hidden ? 0 : count }, () => make("i")));
  }

  update(products) {
    const bars = this.bars.children;
    if (!bars.length) return;
    const sums = Array.from(bars, (_bar, index) => sumOf(products, index * this.area, this.area));
    const first = strongestAt(sums);
    this.most = Math.max(this.most, Math.abs(sums[first]));
    sums.forEach((sum, index) => {
      bars[index].style.transform = `scaleY(${this.most ? -sum / this.most : 0})`;
      bars[index].className = sum < 0 ? "below" : "";
    });
    const most = { number: first + 1, sum: shortNumber(sums[first]) };
    this.bars.ariaLabel = _("What each map adds to the sum; the most is from map {number}: {sum}", most);
  }
}

function sumOf(numbers, from, count) {
  let sum = 0;
  for (let index = from; index < from + count; index++) sum += numbers[index];
  return sum;
}

// The names of the channels that a layer reads: colors of a picture, or maps.
export function channelNames({ before, window: { channels } }) {
  const colors = [_("red"), _("green"), _("blue")];
  if (before.layer === "picture") return before.shape[0] === 3 ? channels.map((each) => colors[each]) : [before.title];
  return channels.map((each) => _("map {number}", { number: each + 1 }));
}
