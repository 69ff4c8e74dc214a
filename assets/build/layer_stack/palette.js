// The palette of layers that can be added.

import { icon, make, setText, prefersReducedMotion } from "../../shared/dom.js";
import { _ } from "../../shared/words.js";
import { codeName } from "./names.js";
import { isTouched } from "./screen.js";

export class Palette {
  constructor(stack) {
    this.stack = stack;
    this.filter = make("input", { type: "search", placeholder: _("Find a layer"), ariaLabel: _("Find a layer") });
    this.filter.oninput = () => this.sift();
    this.title = make("b");
    this.choices = Object.entries(stack.palette.kinds).map(([kind, form]) => this.makeChoice(kind, form));
    this.families = Object.entries(stack.palette.families).map(([family, title]) => this.makeFamily(family, title));
    this.nothing = make("p", { className: "none", hidden: true }, _("No layer with that name."));
    const close = make("button", { type: "button", className: "plain", onclick: () => this.close() }, _("Close"));
    this.element = make(
      "section",
      { className: "palette", onkeydown: (event) => this.key(event) },
      make("header", {}, this.title, this.filter, close),
      make("div", { className: "families" }, ...this.families),
      this.nothing,
    );
    this.element.setAttribute("aria-label", _("Layers to add"));
  }

  makeChoice(kind, form) {
    const button = make("button", {
      type: "button",
      className: `choice of-${form.family}`,
      onclick: () => this.choose(kind),
    });
    button.append(
      icon(form.family),
      make("b", {}, form.title),
      make("span", {}, ...codeName(kind, form.title)),
      make("span", { className: "about" }, form.summary),
    );
    button.dataset.kind = kind;
    button.dataset.family = form.family;
    const family = this.stack.palette.families[form.family];
    button.words = `${form.title} ${kind} ${family} ${form.summary}`.toLowerCase();
    return button;
  }

  makeFamily(family, title) {
    const mine = this.choices.filter((choice) => choice.dataset.family === family);
    return make("fieldset", { className: "family" }, make("legend", {}, title), ...mine);
  }

  open(after, gap) {
    this.after = after;
    this.gap = gap;
    this.filter.value = "";
    this.sift();
    const first = after === null;
    setText(
      this.title,
      first ? _("Add a layer first") : _("Add a layer after row {row}", { row: this.stack.indexOf(after) + 1 }),
    );
    gap.after(this.element);
    (isTouched() ? this.choices[0] : this.filter).focus({ preventScroll: true });
    const block = this.element.offsetHeight > innerHeight / 2 ? "start" : "nearest";
    this.element.scrollIntoView({ block, behavior: prefersReducedMotion() ? "auto" : "smooth" });
  }

  close() {
    this.element.remove();
    this.gap?.focus();
  }

  choose(kind) {
    this.gap.closest(".row").focus({ preventScroll: true }); // until the new row is there
    this.element.remove();
    this.stack.follow({ do: "add", kind, after: this.after });
  }

  sift() {
    const wanted = this.filter.value.trim().toLowerCase();
    for (const choice of this.choices) choice.hidden = !choice.words.includes(wanted);
    for (const family of this.families) family.hidden = !family.querySelector(".choice:not([hidden])");
    this.nothing.hidden = this.families.some((family) => !family.hidden);
  }

  key(event) {
    const shown = this.choices.filter((choice) => !choice.hidden);
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const inFilter = event.target === this.filter;
    if (event.key === "Escape") this.close();
    else if (event.key === "Enter" && inFilter) shown[0]?.click();
    else if (step && shown.length && !(inFilter && /Left|Right/.test(event.key))) {
      const at = shown.indexOf(event.target) + step;
      (shown[at] ?? this.filter).focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
