// Shows the steps of an operation one after the other: once when it is opened, again on request, or step by step.
//
// A film is { steps, about, scene(step), words(step) }: the elements of a step, and what happens in it, in words.

import { make, prefersReducedMotion, setText } from "../../../shared/dom.js";
import { _ } from "../../../shared/words.js";

const SECONDS = 9; // of a film, unless its steps would be too short or too long to follow
const SHORTEST = 350; // ms of a step
const LONGEST = 1800;

export class Player {
  constructor(film) {
    this.stage = make("div", { className: "stage", role: "img" });
    this.words = make("p", { className: "words" });
    this.count = make("span", { className: "about" });
    const button = (text, label, act) =>
      make("button", { type: "button", className: "plain", ariaLabel: label, onclick: act }, text);
    this.controls = make(
      "div",
      { className: "controls" },
      button(_("Play"), _("Play"), () => this.play()),
      button("‹", _("One step back"), () => this.stepBy(-1)),
      button("›", _("One step on"), () => this.stepBy(1)),
      this.count,
    );
    this.element = make("div", { className: "player" }, this.stage, this.words, this.controls);
    this.load(film);
  }

  // Starts with another film, for example after a change of the settings that it shows.
  load(film) {
    this.film = film;
    this.stage.ariaLabel = film.about;
    if (prefersReducedMotion()) this.show(film.steps - 1);
    else this.play();
  }

  play() {
    this.words.ariaLive = "off";
    const pause = Math.min(Math.max((SECONDS * 1000) / this.film.steps, SHORTEST), LONGEST);
    const from = (step) => {
      this.show(step);
      const goesOn = step + 1 < this.film.steps && (!step || this.stage.checkVisibility());
      if (goesOn) this.timer = setTimeout(() => from(step + 1), pause);
    };
    from(0);
  }

  stepBy(by) {
    this.words.ariaLive = "polite";
    this.show((this.step + by + this.film.steps) % this.film.steps);
  }

  show(step) {
    clearTimeout(this.timer);
    this.step = step;
    this.stage.replaceChildren(...this.film.scene(step));
    setText(this.words, this.film.words(step));
    setText(this.count, _("Step {step} of {steps}", { step: step + 1, steps: this.film.steps }));
  }
}
