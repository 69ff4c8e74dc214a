import assert from "node:assert/strict";
import { test } from "node:test";
import { arrange, paintTiles, tileAt } from "../../../assets/shared/tiles.js";

test("every value of every tile is found under its own pixel", () => {
  for (const size of [
    { count: 7, height: 3, width: 5 },
    { count: 30, height: 1, width: 1 },
    { count: 4, height: 28, width: 28 },
  ]) {
    const plan = arrange(size, 150);
    const each = size.height * size.width;
    const values = Int8Array.from({ length: size.count * each }, (_, index) => index % 100);
    const colors = Uint32Array.from({ length: 256 }, (_, value) => value + 1);
    const pixels = new Uint32Array(plan.width * plan.height);
    paintTiles(pixels, plan, size, values, colors);
    for (let y = 0; y < plan.height; y++) {
      for (let x = 0; x < plan.width; x++) {
        const hit = tileAt(size, plan, x + 0.5, y + 0.5);
        const expected = hit ? values[hit.tile * each + hit.top * size.width + hit.left] + 1 : 0;
        assert.equal(pixels[y * plan.width + x], expected);
      }
    }
    assert.ok(plan.width * plan.css <= 150 || plan.columns === 1);
  }
});
