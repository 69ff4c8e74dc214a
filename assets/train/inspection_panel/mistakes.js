// A strip of test pictures of one class that the network takes for another one, or for what they are.

import { ask } from "../../shared/api.js";
import { paintPicture, pictureAt } from "../../shared/canvas.js";
import { make } from "../../shared/dom.js";
import { lookLink } from "../../shared/look_link.js";
import { Study } from "../../shared/study.js";
import { _, grouped, sentences } from "../../shared/words.js";

const MOST = 12; // pictures
const ASKING = _("Asking the network about all test pictures");

export class Mistakes {
  // `onOpen`: called with the epoch of the weights, and a picture or the view of all, to look inside with them.
  constructor(onOpen) {
    Object.assign(this, { onOpen, cell: null, bar: null }); // bar: while one waits
    this.study = new Study("test_set", (state) => this.follow(state));
    this.element = make("div", { className: "mistakes", role: "status", hidden: true });
  }

  // Another run: what is shown is not its own.
  belongTo(run, data, classes) {
    if (run !== this.run) this.close();
    Object.assign(this, { run, data, classes });
  }

  // The newest weights are asked about all test pictures, unless they have been.
  show(truth, answer) {
    this.cell = { truth, answer };
    this.bar = null;
    this.study.ask({ run: this.run, epoch: "last", data: this.data });
  }

  // Newer weights may come while one waits: the answers are to be those of one epoch.
  follow(state) {
    if ("epoch" in state) this.study.question.epoch = state.epoch;
    if (state.state === "canceled") return;
    const wasWaiting = this.bar !== null;
    this.bar = ["done", "failed"].includes(state.state) ? null : (this.bar ?? make("progress", { ariaLabel: ASKING }));
    if (state.state === "done") this.list();
    else if (state.state === "failed") this.say(state.words);
    else if (!wasWaiting) this.say(_("The network is asked about all test pictures…"), this.bar);
    if (this.bar && state.total) Object.assign(this.bar, { max: state.total, value: state.done });
  }

  async list() {
    const { cell } = this;
    const asked = { ...this.study.question, ...cell, list: "cell", seed: 0, from: 0, most: MOST };
    try {
      const found = await ask("test_set/pictures", asked);
      if (cell === this.cell) this.fill(found, asked);
    } catch (error) {
      if (cell === this.cell) this.say(error.message);
    }
  }

  title({ truth, answer }) {
    const values = { truth: this.classes[truth], answer: this.classes[answer] };
    return truth === answer ? _("{truth}, read correctly", values) : _("{truth}, read as {answer}", values);
  }

  say(about, ...more) {
    const close = make("button", { type: "button", "aria-label": _("Close"), onclick: () => this.close() }, "×");
    const head = make("header", {}, make("h4", {}, this.title(this.cell)), close);
    this.element.replaceChildren(head, make("p", { className: "about" }, about), ...more);
    this.element.hidden = false;
  }

  // What nobody waits for any more is not computed.
  close() {
    if (this.bar) this.study.cancel();
    Object.assign(this, { cell: null, bar: null });
    this.element.hidden = true;
  }

  fill(found, { truth, answer, epoch }) {
    const values = { count: grouped(found.count), all: grouped(found.all), epoch };
    const among = _("{count} of {all} test pictures, with the weights kept after epoch {epoch}.", values);
    const order =
      truth === answer ? _("Those that it is least sure of come first.") : _("Those that it is surest of come first.");
    const some = found.count > 1 ? order : "";
    const items = found.numbers.map((_number, index) => make("li", {}, this.link(found, index, answer, epoch)));
    const strip = make("ul", { className: "strip" }, ...items);
    this.say(sentences(among, some), strip, make("p", {}, this.linkToAll(found.data, epoch)));
  }

  linkToAll(data, epoch) {
    const text = _("All test pictures, in Look inside");
    const place = { epoch, data, view: "set" };
    return lookLink({ run: this.run, ...place }, () => this.onOpen(place), text, text);
  }

  link({ pictures, numbers, probabilities, data }, index, answer, epoch) {
    const number = numbers[index];
    const canvas = make("canvas", { "aria-hidden": "true" });
    paintPicture(canvas, pictureAt(pictures, index), this.inks);
    const share = `${Math.round(100 * probabilities[index * this.classes.length + answer])}\u00a0%`;
    const place = { epoch, picture: `${data}-${number}` };
    const name = this.classes[answer];
    const label = _("Look inside: test picture {number}, read as {name} ({share})", { number, name, share });
    const words = make("span", {}, `${name} (${share})`);
    return lookLink({ run: this.run, ...place }, () => this.onOpen(place), label, canvas, words);
  }
}
