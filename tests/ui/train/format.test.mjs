import assert from "node:assert/strict";
import { test } from "node:test";
import { percentText, rateText, rateWords, runClass, valueText } from "../../../assets/train/live_curves/format.js";

test("what was not measured is a dash, without a unit", () => {
  for (const nothing of [null, undefined]) assert.deepEqual([valueText(nothing), percentText(nothing)], ["–", "–"]);
  assert.deepEqual([valueText(0), percentText(0)], ["0.0000", "0.00 %"]);
  assert.deepEqual([valueText(2.302585), percentText(97.125)], ["2.303", "97.13 %"]);
});

test("each raced run has its own color", () => {
  assert.deepEqual([0, 1].map(runClass), ["run run-1", "run run-2"]);
});

test("a learning rate is short", () => {
  assert.deepEqual([0.001, 0.00031622, 1, 2.5e-7, 1.23456e-6].map(rateText), [
    "0.001",
    "0.000316",
    "1",
    "2.5e-7",
    "1.23e-6",
  ]);
});

test("a learning rate that changed is told in words", () => {
  assert.equal(rateWords({ rate: 0.001, rates: [null, null] }), "");
  assert.equal(rateWords({ rate: 0.001, rates: [0.001, 0.0005] }), "The learning rate went from 0.001 to 0.0005.");
  assert.equal(rateWords(undefined), "");
});
