import assert from "node:assert/strict";
import { test } from "node:test";
import { lineWidth } from "../../../assets/look_inside/layers/layers.js";
import { arrange } from "../../../assets/shared/tiles.js";

test("a line holds whole filters, or an even part of one", () => {
  for (const [room, inputs, width] of [
    [600, 1, 5],
    [600, 3, 5],
    [600, 16, 3],
    [200, 128, 3],
    [150, 7, 28],
  ]) {
    const size = { height: width, width, enlarge: inputs <= 3 ? 2 : 1 };
    const { columns } = arrange({ count: 1e6, ...size }, lineWidth(room, inputs, size));
    assert.ok(columns % inputs === 0 || inputs % columns === 0, `${columns} tiles, ${inputs} a filter`);
    assert.ok(columns <= arrange({ count: 1e6, ...size }, room).columns);
  }
});
