import assert from "node:assert/strict";
import { test } from "node:test";
import { marksOf } from "../../../assets/look_inside/test_set/marks.js";
import { figure, percent } from "../../../assets/look_inside/test_set/numbers.js";
import { arranged } from "../../../assets/look_inside/test_set/scatter.js";

test("only all is 100 %, and only nothing is 0 %", () => {
  assert.equal(percent(1), "100\u00a0%");
  assert.equal(percent(0.99999), "99.9\u00a0%");
  assert.equal(percent(0), "0\u00a0%");
  assert.equal(percent(0.00001), "0.1\u00a0%");
  assert.equal(figure(0.97649), "97.6");
});

test("points fill the room with one scale for both axes, and y grows upwards", () => {
  const places = arranged(
    [
      [-1, 0],
      [3, 0],
      [1, 2],
    ],
    232,
    300,
  );
  assert.deepEqual(places, [
    [16, 200],
    [216, 200],
    [116, 100],
  ]);
  assert.deepEqual(arranged([[5, 5]], 100, 100), [[50, 50]]);
});

test("every class has a sign of its own", () => {
  assert.deepEqual(marksOf(["0", "1"]), ["0", "1"]);
  assert.deepEqual(marksOf(["three", "eight"]), ["T", "E"]);
  assert.deepEqual(marksOf(["airplane", "automobile", "bird"]), ["A", "B", "C"]);
  assert.deepEqual(marksOf(["00", "01"]), ["00", "01"]);
  const many = Array.from({ length: 100 }, (_each, index) => `class ${index}`);
  assert.equal(new Set(marksOf(many)).size, 100);
});
