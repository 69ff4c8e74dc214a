// The maps of the rows, all of them or those around the selected one, and the filters of a row that has few kernels.

import { make } from "../../shared/dom.js";
import { FeatureMaps } from "../../shared/feature_maps/feature_maps.js";
import { FEW, Filters } from "./filters.js";
import { shownRows } from "./selection.js";

export class Strips {
  // pick(row, position): a number is chosen.
  constructor(pick) {
    this.element = make("div", { className: "strips" });
    this.maps = new FeatureMaps(this.element, { pick });
    this.filters = [];
  }

  get elements() {
    return this.maps.rows.map((row) => row.element);
  }

  layout({ captions, filters }) {
    this.filters.forEach((filter) => filter.remove());
    this.maps.layout(captions);
    this.figures = this.maps.rows.map((row) => {
      const figures = make("span", { className: "figures" });
      [...row.element.querySelectorAll(".about")].at(-1).after(figures);
      return figures;
    });
    const few = filters.filter((each) => each.inputs <= FEW);
    this.filters = few.map((each) => new Filters(this.maps.rows[each.row].element, each, this.element));
  }

  paint({ rows, filters, untrained }) {
    this.maps.recolor();
    this.maps.paint(rows);
    this.maps.describe();
    rows.forEach((row, index) => (this.figures[index].textContent = row.figures));
    for (const shown of this.filters)
      shown.update(
        filters.find((each) => each.row === shown.row),
        untrained,
      );
  }

  show(all, row) {
    const [first, last] = shownRows(this.maps.rows.length, all, row);
    this.elements.forEach((element, index) => (element.hidden = index < first || index > last));
    for (const filter of this.filters) filter.details.hidden = filter.row < first || filter.row > last;
  }

  remove() {
    this.filters.forEach((filter) => filter.remove());
    this.maps.remove();
  }
}
