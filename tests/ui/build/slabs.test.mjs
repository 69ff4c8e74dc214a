import assert from "node:assert/strict";
import { test } from "node:test";
import { chosenMaps } from "../../../assets/build/layer_stack/slabs.js";

// A row of maps of one pixel each, or a vector.
function row(...values) {
  return { vector: false, values: Object.assign(Int8Array.from(values), { shape: [values.length, 1, 1] }) };
}

const vector = { vector: true, values: Object.assign(Int8Array.of(1, 2), { shape: [1, 1, 2] }) };

function slabs(...families) {
  return ["", ...families].map((family) => ({ dataset: { family } }));
}

test("one map is followed from its convolution to the last row that keeps it", () => {
  const found = chosenMaps(slabs("convolution", "activation", "pooling"), [row(-9, 5, 1), row(0, 5, 1), row(0, 5, 6)]);
  assert.deepEqual(found, [2, 2, 2]);
});

test("a new convolution makes new maps", () => {
  const rows = [row(0, 7), row(0, 7), row(8, 0), row(8, 0)];
  assert.deepEqual(chosenMaps(slabs("convolution", "activation", "convolution", "activation"), rows), [1, 1, 0, 0]);
});

test("a vector, or a row that does not work, has no maps to choose from", () => {
  assert.deepEqual(chosenMaps(slabs("convolution", "dense", "dense"), [row(0, 7), vector, null]), [1, 0, 0]);
});
