import assert from "node:assert/strict";
import { test } from "node:test";
import { blend, signedColors } from "../../../assets/shared/colors.js";

test("zero has the page's color, and opposite values have opposite ones", () => {
  const colors = signedColors([255, 255, 255], [217, 95, 2], [33, 102, 172]);
  assert.equal(colors[0], 0xffffffff);
  assert.equal(colors[127], 0xff025fd9);
  assert.equal(colors[-127 & 255], 0xffac6621);
  assert.deepEqual(blend([0, 0, 0], [100, 200, 50], 0.5), [50, 100, 25]);
});
