// A part of a view: a heading, and behind its "?" what is to be seen there and what not to conclude from it.

import { make, setText } from "./dom.js";
import { _ } from "./words.js";

export function part(kind, title, help, ...content) {
  const [button, words] = helpOf(title, help);
  const head = make("header", {}, make("h2", {}, title), button);
  return make("section", { className: kind, "data-step": "" }, head, words, ...content);
}

// The "?" alone, and the words that it shows.
export function helpOf(title, help) {
  const words = make("p", { className: "help-words", hidden: true }, help);
  const button = make(
    "button",
    { type: "button", className: "help", ariaExpanded: "false", ariaLabel: _("About: {title}", { title }) },
    "?",
  );
  button.onclick = () => {
    words.hidden = !words.hidden;
    button.ariaExpanded = String(!words.hidden);
  };
  return [button, words];
}

// Another title and other words behind its "?".
export function retitle(section, title, help) {
  setText(section.querySelector("h2"), title);
  setText(section.querySelector(".help-words"), help);
  section.querySelector(".help").ariaLabel = _("About: {title}", { title });
}

// Buttons of which one is pressed. choices: [name, title]; pick(name).
export class Switch {
  constructor(label, choices, pick) {
    this.buttons = choices.map(([name, title]) =>
      make("button", { type: "button", onclick: () => this.choose(name, pick) }, title),
    );
    this.names = choices.map(([name]) => name);
    this.element = make("div", { className: "switch", role: "group", ariaLabel: label }, ...this.buttons);
    this.press(this.names[0]);
  }

  choose(name, pick) {
    if (this.buttons[this.names.indexOf(name)].ariaDisabled === "true") return;
    this.press(name);
    pick(name);
  }

  press(name) {
    this.chosen = name;
    this.buttons.forEach((button, index) => (button.ariaPressed = String(this.names[index] === name)));
  }

  disable(name, disabled) {
    this.buttons[this.names.indexOf(name)].ariaDisabled = String(disabled);
  }
}
