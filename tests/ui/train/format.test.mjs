import assert from "node:assert/strict";
import { test } from "node:test";
import { percentText, runClass, valueText } from "../../../assets/train/live_curves/format.js";

test("what was not measured is a dash, without a unit", () => {
  for (const nothing of [null, undefined]) assert.deepEqual([valueText(nothing), percentText(nothing)], ["–", "–"]);
  assert.deepEqual([valueText(0), percentText(0)], ["0.0000", "0.00 %"]);
  assert.deepEqual([valueText(2.302585), percentText(97.125)], ["2.303", "97.13 %"]);
});

test("each raced run has a color of its own", () => {
  assert.deepEqual([0, 1].map(runClass), ["run run-1", "run run-2"]);
});
