// What there is to add.

class Palette {
  constructor(stack) {
    this.stack = stack;
    this.filter = node("input", { type: "search", placeholder: _("Find a layer"), ariaLabel: _("Find a layer") });
    this.filter.oninput = () => this.sift();
    this.title = node("b");
    this.choices = Object.entries(stack.palette.kinds).map(([kind, form]) => this.makeChoice(kind, form));
    this.families = Object.entries(stack.palette.families).map(([family, title]) => this.makeFamily(family, title));
    this.nothing = node("p", { className: "none", hidden: true }, _("No layer of that name."));
    const close = node("button", { type: "button", className: "plain", onclick: () => this.close() }, _("Close"));
    this.element = node(
      "section",
      { className: "palette", onkeydown: (event) => this.key(event) },
      node("header", {}, this.title, this.filter, close),
      node("div", { className: "families" }, ...this.families),
      this.nothing,
    );
    this.element.setAttribute("aria-label", _("Layers to add"));
  }

  makeChoice(kind, form) {
    const exact = form.title === kind ? [] : [node("code", {}, kind)];
    const button = node("button", { type: "button", className: `choice of-${form.family}`, onclick: () => this.choose(kind) });
    button.append(icon(form.family), node("b", {}, form.title), node("span", {}, ...exact), node("span", { className: "about" }, form.summary));
    button.dataset.kind = kind;
    button.dataset.family = form.family;
    const family = this.stack.palette.families[form.family];
    button.words = `${form.title} ${kind} ${family} ${form.summary}`.toLowerCase();
    return button;
  }

  makeFamily(family, title) {
    const mine = this.choices.filter((choice) => choice.dataset.family === family);
    return node("fieldset", { className: "family" }, node("legend", {}, title), ...mine);
  }

  open(after, gap) {
    this.after = after;
    this.gap = gap;
    this.filter.value = "";
    this.sift();
    const first = after === null;
    setText(this.title, first ? _("Add a layer first") : _("Add a layer after row {row}", { row: this.stack.indexOf(after) + 1 }));
    gap.after(this.element);
    (touch.matches ? this.choices[0] : this.filter).focus({ preventScroll: true });
    const block = this.element.offsetHeight > innerHeight / 2 ? "start" : "nearest";
    this.element.scrollIntoView({ block, behavior: stillness.matches ? "auto" : "smooth" });
  }

  close() {
    this.element.remove();
    this.gap?.focus();
  }

  choose(kind) {
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
