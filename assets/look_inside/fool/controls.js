// How strong the attack is, how it is made and what it is after; and the search for the smallest strength.

import { make, setText } from "../../shared/dom.js";
import { Switch } from "../../shared/part.js";
import { _ } from "../../shared/words.js";
import { strengthWords } from "./words.js";

const ANY = ""; // the value of the goal "any other answer" on the menu

export class Controls {
  // change(settings): some of them; search(): begin or end the search for the smallest strength.
  constructor({ change, search }) {
    const choices = [
      ["pgd", _("PGD, 20 steps")],
      ["fgsm", _("FGSM, one step")],
    ];
    this.method = new Switch(_("Method"), choices, (method) => change({ method }));
    this.goal = make("select", { onchange: () => change({ goal: this.goal.value === ANY ? null : +this.goal.value }) });
    this.slider = make("input", { type: "range", min: 0, step: 1 });
    this.slider.oninput = () => change({ strength: Number(this.slider.value) });
    this.amount = make("output");
    this.button = make("button", { type: "button", onclick: search });
    this.status = make("p", { className: "status", role: "status" });
    const strength = make(
      "label",
      { className: "strength" },
      make("span", {}, _("Strength")),
      this.slider,
      this.amount,
    );
    const goal = make("label", { className: "goal" }, make("span", {}, _("Goal")), this.goal);
    const row = make("div", { className: "row" }, this.method.element, goal, this.button);
    this.element = make("div", { className: "controls" }, strength, row, this.status);
    this.rest();
  }

  layout({ classes, limit }, settings) {
    const wanted = classes.map((name, index) => make("option", { value: index }, _("make it: {name}", { name })));
    this.goal.replaceChildren(make("option", { value: ANY }, _("any other answer")), ...wanted);
    this.slider.max = limit;
    this.say("");
    this.show(settings);
  }

  show({ method, goal, strength }) {
    this.method.press(method);
    this.goal.value = goal ?? ANY;
    this.slider.value = strength;
    const words = strengthWords(strength);
    setText(this.amount, words);
    this.slider.setAttribute("aria-valuetext", words);
    if (this.settled !== strength) this.say("");
  }

  searching(done, total) {
    setText(this.button, _("Stop"));
    this.say(_("Searching: {done} of {total} strengths are decided.", { done, total }));
  }

  rest() {
    setText(this.button, _("Smallest strength that does it"));
  }

  // The search is over; strength: limit + 1 if there is none.
  found(strength, { goal }, { limit, classes }) {
    this.settled = strength;
    const values = { strength: strengthWords(strength), limit: strengthWords(limit), name: classes[goal] };
    if (strength > limit) this.say(_("No strength up to {limit} does it.", values));
    else if (strength === 0) this.say(_("There is nothing to do: the answer is {name} already.", values));
    else this.say(_("{strength} is the smallest strength found that does it: one level less fails.", values));
  }

  say(text, isError = false) {
    setText(this.status, text);
    this.status.classList.toggle("failed", isError);
  }
}
