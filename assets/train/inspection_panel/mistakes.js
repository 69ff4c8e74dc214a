// A strip of test pictures of one class that the network takes for another one, or for what they are.

import { ask } from "../../shared/api.js";
import { paintPicture, pictureAt } from "../../shared/canvas.js";
import { make } from "../../shared/dom.js";
import { lookLink } from "../../shared/look_link.js";
import { _, grouped, sentences } from "../../shared/words.js";

export class Mistakes {
  // `onOpen`: called with the epoch of the weights, and a picture or the view of all, to look inside with them.
  constructor(onOpen) {
    this.onOpen = onOpen;
    this.element = make("div", { className: "mistakes", role: "status", hidden: true });
  }

  // Another run: what is shown is not its own.
  belongTo(run, classes) {
    if (run !== this.run) this.element.hidden = true;
    Object.assign(this, { run, classes });
  }

  async show(truth, answer) {
    const { run } = this;
    this.asked = `${truth} ${answer}`;
    const question = this.asked;
    this.say(this.title(truth, answer), _("Reading the test pictures…"));
    try {
      const found = await ask("mistakes", { run, truth, answer });
      if (question === this.asked && run === this.run) this.fill(found, truth, answer);
    } catch (error) {
      if (question === this.asked) this.say(this.title(truth, answer), error.message);
    }
  }

  title(truth, answer) {
    const values = { truth: this.classes[truth], answer: this.classes[answer] };
    return truth === answer ? _("{truth}, read correctly", values) : _("{truth}, read as {answer}", values);
  }

  say(title, about, ...more) {
    const close = make("button", { type: "button", "aria-label": _("Close"), onclick: () => this.close() }, "×");
    const head = make("header", {}, make("h4", {}, title), close);
    this.element.replaceChildren(head, make("p", { className: "about" }, about), ...more);
    this.element.hidden = false;
  }

  close() {
    this.asked = "";
    this.element.hidden = true;
  }

  fill(found, truth, answer) {
    const { numbers, count, checked, when } = found;
    const values = { count: grouped(count), checked: grouped(checked), when };
    const among = _("{count} of the first {checked} test pictures, {when}.", values);
    const order =
      truth === answer ? _("Those that it is least sure of come first.") : _("Those that it is surest of come first.");
    const some = count > 1 ? order : "";
    const items = numbers.map((_number, index) => make("li", {}, this.link(found, index, answer)));
    const strip = make("ul", { className: "strip" }, ...items);
    this.say(this.title(truth, answer), sentences(among, some), strip, make("p", {}, this.linkToAll(found)));
  }

  linkToAll({ data, epoch }) {
    const text = _("All test pictures, in Look inside");
    const place = { epoch, data, view: "set" };
    return lookLink({ run: this.run, ...place }, () => this.onOpen(place), text, text);
  }

  link({ pictures, numbers, chances, data, epoch }, index, answer) {
    const number = numbers[index];
    const canvas = make("canvas", { "aria-hidden": "true" });
    paintPicture(canvas, pictureAt(pictures, index), this.inks);
    const share = `${Math.round(100 * chances[index])}\u00a0%`;
    const place = { epoch, picture: `${data}-${number}` };
    const name = this.classes[answer];
    const label = _("Look inside: test picture {number}, read as {name} ({share})", { number, name, share });
    const words = make("span", {}, `${name} (${share})`);
    return lookLink({ run: this.run, ...place }, () => this.onOpen(place), label, canvas, words);
  }
}
