// A strip: the output of a layer, as maps side by side, or as cells if it is a row of numbers.

import { paintPixels } from "../../shared/canvas.js";
import { paintTiles } from "../../shared/tiles.js";
import { _, shortNumber } from "../../shared/words.js";

const GAP = 2; // pixels between two maps
const CELL = 0.25; // of the height, for a number
const LOWEST = 28; // pixels, also where a strip is not shown now

// Paints one row's maps side by side, as many as fit into the available width and height.
export function paintStrip(canvas, row, lookup, available, space) {
  const room = Math.max(space, LOWEST);
  const [count, height, width] = row.vector ? [row.values.shape[2], 1, 1] : row.values.shape;
  const block = row.vector ? Math.round(CELL * room) : Math.max(1, Math.floor(room / Math.max(height, width)));
  const pitch = width * block + GAP;
  const columns = Math.max(1, Math.min(count, Math.floor(available / pitch)));
  const plan = {
    block,
    gap: 0,
    columns: count,
    pitch,
    rise: height * block,
    width: columns * pitch - GAP,
    height: height * block,
  };
  paintPixels(canvas, plan.width, plan.height, (pixels) =>
    paintTiles(pixels, plan, { count: columns, height, width }, row.values, lookup),
  );
  const values = { count: columns, largest: shortNumber(row.scale) };
  canvas.ariaLabel = row.vector
    ? _("The first {count} numbers, up to ±{largest}", values)
    : _("The first {count} maps, up to ±{largest}", values);
}
