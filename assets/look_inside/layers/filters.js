// The filters of a convolution with few kernels in each, all at once, folded under its row.

import { make, setText } from "../../shared/dom.js";
import { FeatureMaps } from "../../shared/feature_maps/feature_maps.js";
import { saveRowButton } from "../../shared/feature_maps/save_row.js";
import { helpOf } from "../../shared/part.js";
import { arrange, screenScale } from "../../shared/tiles.js";
import { _, plural, sentences } from "../../shared/words.js";

export const FEW = 3; // kernels in a filter that is shown as a whole
export const FILTERS_HELP = _(
  "Each square is a kernel, the weights by which a filter multiplies the numbers under it: orange above zero, " +
    "blue below. Some look like an edge or a spot and react to those; most look like nothing, which does not " +
    "mean that they have learned nothing: see their maps.",
);
const CHANNELS = [_("red"), _("green"), _("blue")];

export class Filters {
  // after: the element of its row. list: that of all rows.
  constructor(after, { row, shown, inputs, height, width }, list) {
    Object.assign(this, { row, list, inputs });
    this.size = { height, width, enlarge: 2 };
    const names = Array.from({ length: shown * inputs }, (_each, place) => kernelName(place, inputs, row));
    const title = _("Filters of row {row}", { row: row + 1 });
    this.caption = { title, shape: [shown * inputs, height, width], names, enlarge: this.size.enlarge };
    this.host = make("div", { className: "kernels" });
    this.words = make("span");
    const [help, about] = helpOf(title, FILTERS_HELP);
    this.tools = make("div", { className: "tools" }, help);
    const parts = [make("summary", {}, this.words), this.tools, about, this.host];
    this.details = make("details", { open: true, className: "filters" }, ...parts);
    after.after(this.details);
    this.details.ontoggle = () => this.paint();
  }

  update(each, untrained) {
    this.each = each;
    setText(this.words, filterWords(each, untrained));
    this.paint();
  }

  // With whole filters on each line, if they fit.
  paint() {
    if (!this.details.open) return;
    const room = this.list.clientWidth;
    this.host.style.maxWidth = `${lineWidth(room, this.inputs, { ...this.size, scale: screenScale() })}px`;
    if (!this.maps) {
      this.maps = new FeatureMaps(this.host, { seamless: true });
      this.maps.layout([this.caption]);
      this.tools.prepend(saveRowButton(this.maps.rows[0], `filters-${this.row}`));
    }
    this.maps.recolor();
    this.maps.paint([this.each]);
    this.maps.describe();
  }

  remove() {
    this.maps?.remove();
    this.details.remove();
  }
}

// How many filters there are, what each consists of, and the range of their weights.
export function filterWords({ count, shown, inputs, height, width, figures }, untrained) {
  const looks = { size: `${height}×${width}`, inputs };
  const what =
    inputs === 1
      ? plural("{count} filter of {size}.", "{count} filters of {size}.", count, looks)
      : plural(
          "{count} filter. It has {inputs} kernels of {size}, one for each map that it reads.",
          "{count} filters. Each has {inputs} kernels of {size}, one for each map that it reads.",
          count,
          looks,
        );
  return sentences(
    what,
    shown < count ? _("The first {shown} are shown.", { shown }) : "",
    untrained ? _("Untrained: random filters.") : "",
    _("Weights {figures}.", { figures }),
  );
}

// The width of a line that holds whole filters, or an equal part of one.
export function lineWidth(room, inputs, size) {
  const { columns, pitch, gap, css } = arrange({ count: 1e6, ...size }, room);
  let fitting = Math.floor(columns / inputs) * inputs;
  for (let part = Math.min(columns, inputs); !fitting; part--) if (inputs % part === 0) fitting = part;
  return Math.ceil((fitting * pitch + gap) * css);
}

function kernelName(place, inputs, row) {
  const filter = Math.floor(place / inputs) + 1;
  if (inputs === 1) return _("filter {filter}", { filter });
  const input = place % inputs;
  if (row === 0 && inputs === 3) return _("filter {filter}, {channel}", { filter, channel: CHANNELS[input] });
  return _("filter {filter}, map {map}", { filter, map: input + 1 });
}
