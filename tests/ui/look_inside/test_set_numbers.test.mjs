import assert from "node:assert/strict";
import { test } from "node:test";
import { figure, percent } from "../../../assets/look_inside/test_set/numbers.js";

test("only all is 100 %, and only nothing is 0 %", () => {
  assert.equal(percent(1), "100\u00a0%");
  assert.equal(percent(0.99999), "99.9\u00a0%");
  assert.equal(percent(0), "0\u00a0%");
  assert.equal(percent(0.00001), "0.1\u00a0%");
  assert.equal(figure(0.97649), "97.6");
});
