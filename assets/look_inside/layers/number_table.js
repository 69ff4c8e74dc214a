// Numbers of classes as a table.

import { AsTable } from "../../shared/as_table.js";
import { make } from "../../shared/dom.js";
import { cell, rowHead, table, wide } from "../../shared/tables.js";
import { _ } from "../../shared/words.js";

// Folded; read(): the lines, [class, text]. heading: of the texts.
export function numberTable(title, heading, read) {
  const lines = () => read().map(([name, text]) => make("tr", {}, rowHead(name), cell(text)));
  const shown = new AsTable(() => [wide(title, table([_("class"), heading], lines()))]);
  shown.element.className = "as-table";
  return shown;
}
