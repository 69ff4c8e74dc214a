import assert from "node:assert/strict";
import { test } from "node:test";
import { MapRow } from "../../../assets/shared/feature_maps/map_row.js";

// A row of three classes on a scale on which 127 means 1000.
function rowWith(properties) {
  const size = { count: 3, height: 1, width: 1 };
  const sent = { values: Int8Array.from([1, 0, -1]), scales: [1000], exact: null };
  return Object.assign(
    Object.create(MapRow.prototype),
    { size, isVector: true, names: ["a", "b", "c"], ...sent },
    properties,
  );
}

test("the text of a number is that of the number itself, where it was sent", () => {
  const numbers = Float32Array.from([3.917, 0.01234, -3.917]);
  const row = rowWith({ exact: numbers });
  const texts = [0, 1, 2].map((tile) => row.text(tile, 0, 0));
  assert.deepEqual(texts, ["a: 3.92", "b: 0.0123", "c: −3.92"]);
  assert.deepEqual(row.figures(), { lowest: "−3.92", highest: "3.92", tile: "a" });
  assert.equal(rowWith({}).text(0, 0, 0), "a: 7.87"); // a step of the scale
});

test("a share is only called coarse where its number is not known", () => {
  assert.equal(rowWith({ share: true, exact: Float32Array.from([0.2, 0.5, 0.3]) }).text(1, 0, 0), "b: 50 %");
  assert.equal(rowWith({ share: true }).text(1, 0, 0), "b: ≈ 0 %");
  assert.equal(rowWith({ share: true }).text(1, 0, 0, 0.4), "b: 40 %");
});
