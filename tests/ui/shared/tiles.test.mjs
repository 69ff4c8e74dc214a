import assert from "node:assert/strict";
import { test } from "node:test";
import { arrange, largestFit, paintTiles, tileAt } from "../../../assets/shared/tiles.js";

test("every value of every tile is found under its own pixel", () => {
  for (const size of [
    { count: 7, height: 3, width: 5 },
    { count: 30, height: 1, width: 1 },
    { count: 12, height: 1, width: 1, scale: 1.5, foot: 20 },
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

test("tiles grow with the screen in whole pixels", () => {
  const side = (scale) => {
    const { block, css } = arrange({ count: 4, height: 28, width: 28, scale }, 1000);
    return 28 * block * css;
  };
  assert.deepEqual([1, 1.5, 2.1].map(side), [56, 84, 112]);
});

test("tiles are as large as a room allows, and no larger", () => {
  globalThis.innerWidth = 1280;
  globalThis.document = { documentElement: {} };
  globalThis.getComputedStyle = () => ({ fontSize: "16px" });
  const heightOf = ([count, height = 1, width = 1], room, enlarge) => {
    const plan = arrange({ count, height, width, enlarge }, room.width);
    return plan.height * plan.css;
  };
  for (const [shape, room] of [
    [[32, 26, 26], { width: 1800, height: 400 }],
    [[32, 26, 26], { width: 1150, height: 130 }],
    [[200], { width: 1150, height: 300 }],
  ]) {
    const enlarge = largestFit(shape, room);
    assert.ok(heightOf(shape, room, enlarge) <= room.height);
    assert.ok(heightOf(shape, room, 2 * enlarge) > room.height);
  }
  const { columns } = arrange(
    { count: 10, height: 1, width: 1, enlarge: largestFit([10], { width: 600, height: 900 }) },
    600,
  );
  assert.equal(columns, 10); // the classes are one line, however high the room is
});
