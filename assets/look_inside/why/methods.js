// The same question to all methods, small, to compare at a glance: each with a sentence, on a scale of its own.

import { make } from "../../shared/dom.js";
import { part, Switch } from "../../shared/part.js";
import { _, sentences, shortNumber } from "../../shared/words.js";
import { Panel } from "./panel.js";

export class Methods {
  // choose(name): a method is wanted large; ask(): other maps are wanted.
  constructor(choose, ask) {
    Object.assign(this, { choose, about: "pair" });
    this.grid = make("div", { className: "grid" });
    this.choices = make("div");
    this.ask = ask;
    const help = _(
      "Seven ways to ask the same question, each on its own color scale. Where they agree, an explanation deserves " +
        "more trust; where they differ, they answer different questions, and none of them is the truth.",
    );
    this.element = part("methods", _("All methods"), help, this.choices, this.grid);
  }

  layout(methods) {
    this.panels = methods.map(({ name, title, shows, beware }) => {
      const large = make("button", { type: "button", onclick: () => this.choose(name) }, _("Show large"));
      const panel = new Panel("method", make("p", { className: "about" }, shows), large);
      Object.assign(panel, { method: name, large });
      panel.name(title, sentences(shows, beware), name);
      return panel;
    });
    this.grid.replaceChildren(...this.panels.map(({ element }) => element));
  }

  name({ method, target, against }, { classes, methods }) {
    const text = methods.map((each) => each.title).join();
    if (text !== this.text) this.layout(methods);
    this.text = text;
    for (const panel of this.panels) panel.large.ariaPressed = String(panel.method === method);
    const [own, rival] = [classes[target], classes[against]];
    const names = JSON.stringify([own, rival]);
    if (names === this.names) return;
    this.names = names;
    const choices = [
      ["pair", _("{own} rather than {rival}", { own, rival })],
      ["target", own],
      ["against", rival],
    ].slice(against === null ? 1 : 0, against === null ? 2 : 3);
    this.switch = new Switch(_("About"), choices, (about) => {
      this.about = about;
      this.forget();
      this.ask();
    });
    this.about = this.switch.chosen;
    this.choices.replaceChildren(this.switch.element);
    this.forget();
  }

  forget() {
    for (const panel of this.panels) panel.forget();
  }

  questions({ target, against }, smooth) {
    const asked = this.about === "pair" ? { target, against } : { target: this.alone(target, against), against: null };
    return this.panels.map(({ method }) => ({ method, ...asked, smooth }));
  }

  alone(target, against) {
    return this.about === "against" ? against : target;
  }

  show(place, answer) {
    this.panels[place].show(answer, _("Sum {sum}, scale ±{most}", this.numbers(answer)));
    this.paint();
  }

  numbers({ sum, scale }) {
    return { sum: shortNumber(sum), most: shortNumber(scale) };
  }

  paint() {
    for (const panel of this.panels ?? []) panel.paint({ picture: this.body.picture }, this.colors);
  }

  update(body, colors) {
    Object.assign(this, { body, colors });
    this.paint();
  }
}
