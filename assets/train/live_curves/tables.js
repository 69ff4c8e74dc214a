// The curves as text: a table of the epochs, and a list of the changes.

import { make } from "../../shared/dom.js";
import { _, grouped } from "../../shared/words.js";
import { percentText, valueText } from "./format.js";

// The epochs of each run, and its changes if it has any; filled when it is opened.
export class EpochTable {
  constructor() {
    this.room = make("div", { class: "table" });
    this.element = make("details", {}, make("summary", {}, _("Show as a table")), this.room);
    this.element.ontoggle = () => this.fill();
  }

  show(runs) {
    this.runs = runs;
    this.fill();
  }

  fill() {
    if (!this.element.open || !this.runs) return;
    const { list } = this.runs;
    const parts = list.flatMap((run) => {
      const table = epochTable(run, list.length > 1);
      return run.flags.length ? [table, changesTable(run)] : [table];
    });
    this.room.replaceChildren(...parts);
  }
}

function epochTable(run, named) {
  const heads = [
    _("Epoch"),
    _("Training loss"),
    _("Training accuracy"),
    _("Validation loss"),
    _("Validation accuracy"),
  ];
  const rows = run.epochs.map(([epoch, , loss, accuracy, validationLoss, validationAccuracy]) => {
    const texts = [valueText(loss), percentText(accuracy), valueText(validationLoss), percentText(validationAccuracy)];
    return row(String(epoch), texts);
  });
  const caption = named ? [make("caption", {}, run.name)] : [];
  return make("table", {}, ...caption, head(heads), make("tbody", {}, ...rows));
}

function changesTable(run) {
  const rows = run.flags.map(([step, text], index) => row(String(index + 1), [String(step), text]));
  const heads = [_("Change"), _("After batch"), _("What a person changed")];
  return make("table", {}, head(heads), make("tbody", {}, ...rows));
}

function head(texts) {
  return make("thead", {}, make("tr", {}, ...texts.map((text) => make("th", { scope: "col" }, text))));
}

function row(name, texts) {
  return make("tr", {}, make("th", { scope: "row" }, name), ...texts.map((text) => make("td", {}, text)));
}

// The list of changes below the charts, which explains the numbered flags.
export class Changes {
  constructor() {
    const label = _("Changes while it ran");
    this.element = make("ul", { class: "changes", "aria-label": label, "data-testid": "changes" });
  }

  show({ list }) {
    const texts = list.flatMap((run) =>
      run.flags.map(([step, text], index) => {
        const change = { name: run.name, change: text, step: grouped(step) };
        const among = list.length > 1;
        const words = among
          ? _("{name}: {change} (after batch {step})", change)
          : _("{change} (after batch {step})", change);
        return [String(index + 1), words];
      }),
    );
    const signature = JSON.stringify(texts);
    if (signature === this.signature) return;
    this.signature = signature;
    const items = texts.map(([number, text]) => make("li", {}, make("b", { "aria-hidden": "true" }, number), text));
    this.element.replaceChildren(...items);
  }
}
