// Precision, recall and F1 of each class, and their averages.

import { make } from "../../shared/dom.js";
import { cell, rowHead, table, wide } from "../../shared/tables.js";
import { _, grouped } from "../../shared/words.js";
import { percent } from "./numbers.js";
import { part } from "../../shared/part.js";

export class Classes {
  constructor() {
    this.host = make("div");
    const help = _(
      "Precision is the share of a class's answers that are right, recall the share of its pictures that are found, " +
        "and F1 is high only if both are. A few per cent between two classes may be luck: the fewer pictures a " +
        "class has, the less its numbers say. In the macro average every class counts the same, in the weighted " +
        "one every picture.",
    );
    this.element = part("classes", _("Each class"), help, this.host);
  }

  show(result, { classes }) {
    const averages = [
      [_("macro average"), result?.macro],
      [_("weighted average"), result?.weighted],
    ];
    const named = classes.map((name, index) => [name, result?.scores[index]]);
    const rows = [
      ...named.map(([name, scores]) => row(name, scores)),
      ...averages.map(([name, scores]) => row(name, scores, "average")),
    ];
    const heads = [_("class"), _("pictures"), _("precision P"), _("recall R"), "F1 = 2PR/(P+R)"];
    this.host.replaceChildren(wide(_("Each class"), table(heads, rows)));
  }
}

function row(name, scores, className = "") {
  const figures = scores
    ? [grouped(scores.support), ...[scores.precision, scores.recall, scores.f1].map(percent)]
    : ["–", "–", "–", "–"];
  return make("tr", { className }, rowHead(name), ...figures.map((text) => cell(text)));
}
