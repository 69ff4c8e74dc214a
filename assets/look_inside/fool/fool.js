// How the answer to a picture can be changed: by an attack, by noise, by blur; and whether the network could notice.

import { ask } from "../../shared/api.js";
import { colorsOf, inkColors, isDark, signedColors } from "../../shared/colors.js";
import { make, mountOnce } from "../../shared/dom.js";
import { Pump, retryAfter } from "../../shared/pump.js";
import { Study } from "../../shared/study.js";
import { unpack } from "../../shared/unpack.js";
import { Controls } from "./controls.js";
import { Defense } from "./defense.js";
import { Disturbances } from "./disturbances.js";
import { Familiar } from "./familiar.js";
import { Pictures } from "./pictures.js";
import { smallest } from "./search.js";
import { settingsIn, writeSettings } from "./settings.js";

const REST = 300; // ms without a change, after which the curves are asked for

class Fool {
  constructor(parent) {
    this.attack = this.pump(
      "attack",
      () => this.settings,
      (found) => this.take(found),
    );
    this.curves = this.pump(
      "curves",
      () => this.settings,
      (found) => this.disturbances.show(found, this.body),
    );
    this.study = new Study("fool/known", (state) => this.know(state));
    this.controls = new Controls({ change: (changed) => this.change(changed), search: () => this.search() });
    this.pictures = new Pictures(this.controls.element);
    this.disturbances = new Disturbances();
    this.familiar = new Familiar(this.study);
    this.defense = new Defense({ change: (changed) => this.change(changed), train: () => this.train() });
    const parts = [this.pictures, this.disturbances, this.familiar, this.defense].map(({ element }) => element);
    this.root = make("div", { className: "lab fooled" }, ...parts);
    parent.append(this.root);
  }

  // The newest settings win.
  pump(route, settings, take) {
    const fail = (error) => {
      const pause = retryAfter(error);
      if (!pause) this.pictures.refuse(error.message);
      return pause;
    };
    return new Pump({ ask: (_seq, signal) => this.send(route, settings(), signal), take, fail });
  }

  // Of the network and the picture that are shown.
  send(route, { method, goal, strength, against }, signal, known = {}) {
    const { network, picture } = this.body;
    const values = { ...network, method, goal, strength, against, ...known };
    const given = Object.entries(values).filter(([, value]) => value !== null && value !== "");
    return ask(`fool/${route}`, new Blob([picture]), { query: new URLSearchParams(given), signal });
  }

  update(body) {
    this.paint();
    const { picture, ...rest } = body;
    const signature = JSON.stringify([rest, Array.from(picture)]);
    if (signature === this.signature) return; // only the theme, or something else on the page, has changed
    this.signature = signature;
    this.stop();
    this.body = body;
    this.found = null;
    this.settings = settingsIn(new URL(location.href).searchParams, body, this.settings);
    this.controls.layout(body, this.settings);
    this.defense.layout(body, this.settings);
    this.pictures.clear(body, this.settings);
    this.disturbances.clear(body);
    this.familiar.clear(body);
    this.question = { run: body.network.model, epoch: body.network.epoch };
    this.study.ask(this.question);
    this.attack.want();
    this.curves.want();
  }

  paint() {
    const names = ["--st-background-color", "--st-text-color", "--positive", "--negative"];
    this.root.classList.toggle("dark", isDark(colorsOf(this.root, names[0])[0]));
    const [paper, ink, positive, negative] = colorsOf(this.root, ...names);
    const inks = inkColors(paper, ink);
    this.pictures.repaint(inks, signedColors(paper, positive, negative));
    this.disturbances.repaint(inks);
    this.familiar.repaint(inks);
  }

  // A person has changed some of the settings.
  change(changed) {
    this.stop();
    Object.assign(this.settings, changed);
    writeSettings(this.settings);
    this.controls.show(this.settings);
    this.attack.want();
    if (!("method" in changed || "goal" in changed)) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.curves.want(), REST);
  }

  take(found) {
    this.found = found;
    this.pictures.show(found, this.body, this.settings);
    this.disturbances.mark(found);
    this.familiar.show(found);
    this.defense.show(found, this.body);
  }

  // Whoever knows what the network learned from, compares the pictures with that.
  know(state) {
    this.familiar.follow(state, this.found);
    if (state.state === "done" && !this.found?.familiar) this.attack.want();
  }

  // The smallest strength that reaches the goal; a second press ends the search.
  async search() {
    if (this.searching) return this.stop();
    const searching = new AbortController();
    this.searching = searching;
    const { signal } = searching;
    const narrow = (known) => this.send("search", this.settings, signal, known);
    try {
      const found = await smallest(narrow, this.body.limit, (done, total) => this.controls.searching(done, total));
      if (this.searching !== searching) return;
      if (found <= this.body.limit) this.change({ strength: found });
      this.controls.found(found, this.settings, this.body);
    } catch (error) {
      if (this.searching === searching) this.controls.say(error.message, true);
    }
    if (this.searching === searching) this.stop();
  }

  stop() {
    this.searching?.abort();
    this.searching = null;
    this.controls.rest();
  }

  remove() {
    this.stop();
    clearTimeout(this.timer);
    this.attack.drop();
    this.curves.drop();
    this.study.rest();
    this.root.remove();
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const view = mountOnce(parentElement, () => new Fool(parentElement));
  view.train = () => setTriggerValue("train", true); // a new one at each call
  view.update(unpack(data));
  return () => {
    view.remove();
    if (parentElement.mounted?.part === view) delete parentElement.mounted;
  };
}
