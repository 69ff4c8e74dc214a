// The first filters, each apart from the others, with its number.

import { make } from "../../shared/dom.js";
import { FeatureMaps } from "../../shared/feature_maps/feature_maps.js";
import { _ } from "../../shared/words.js";
import { section } from "./parts.js";

export class Filters {
  remove() {
    this.maps?.remove();
    this.maps = null;
  }

  // The section of the panel; null for a network without filters. Once it is on the page, it wants to be painted.
  section(filters) {
    this.remove();
    this.found = filters;
    if (!filters) return null;
    this.host = make("div", { className: "filters" });
    const { count, shown, row, when } = filters;
    const values = { row: row + 1, count, shown, when };
    const about =
      shown < count
        ? _(
            "What row {row} looks for in a picture: its {count} filters, the first {shown} are shown, {when}. " +
              "Orange is above zero, blue below.",
            values,
          )
        : _(
            "What row {row} looks for in a picture: its {count} filters, {when}. Orange is above zero, blue below.",
            values,
          );
    return section(_("First filters"), about, this.host);
  }

  // A row of tiles for each filter: one tile for each channel of the picture.
  paint() {
    if (!this.found) return;
    const { shown, inputs, height, width, values, scales } = this.found;
    const numbers = Array.from({ length: shown }, (_each, index) => index + 1);
    this.maps = new FeatureMaps(this.host, { seamless: true });
    this.maps.layout(
      numbers.map((filter) => ({
        title: String(filter),
        shape: [inputs, height, width],
        names: Array(inputs).fill(_("filter {filter}", { filter })),
        enlarge: 2,
      })),
    );
    const size = inputs * height * width;
    this.maps.paint(
      numbers.map((_filter, index) => ({
        values: values.subarray(index * size, (index + 1) * size),
        scales: scales.subarray(index * inputs, (index + 1) * inputs),
      })),
    );
    this.maps.describe();
  }
}
