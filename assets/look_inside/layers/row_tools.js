// What can be done with a row's maps or numbers: saving them as a picture, and reading those of the classes as a table.

import { saveRowButton } from "../../shared/feature_maps/save_row.js";
import { _, shortNumber } from "../../shared/words.js";
import { numberTable } from "./number_table.js";

export class RowTools {
  // row: a MapRow. layer: in the name of the file.
  constructor(row, layer) {
    this.row = row;
    row.addTool(saveRowButton(row, `maps-${layer}`));
    if (!row.names) return;
    this.table = numberTable(row.title, row.share ? _("share") : _("number"), () => this.lines());
    row.element.append(this.table.element);
  }

  // The row has other numbers.
  update() {
    this.table?.refill();
  }

  lines() {
    const { names, share } = this.row;
    const values = names.map((_each, tile) => this.row.value(tile, 0, 0));
    return values.map((value, tile) => [names[tile], share ? shareText(value) : shortNumber(value)]);
  }
}

export function shareText(share) {
  return `${shortNumber(100 * share)} %`;
}
