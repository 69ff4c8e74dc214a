import assert from "node:assert/strict";
import { test } from "node:test";
import {
  between,
  extent,
  logTicks,
  lossText,
  nearest,
  niceRange,
  niceTicks,
  path,
  scale,
  smoothed,
  tickText,
  zoomed,
} from "../../../assets/train/live_curves/geometry.js";

test("ticks are round and cover the range", () => {
  assert.deepEqual(niceTicks(0, 2.3, 5), [0, 0.5, 1, 1.5, 2]);
  assert.deepEqual(niceTicks(97, 99.2, 5), [97, 97.5, 98, 98.5, 99]);
  assert.deepEqual(niceTicks(3, 3, 5), [3]);
  assert.ok(niceTicks(0, 93_456, 6).length <= 7);
});

test("a range is widened to round numbers, so that an axis stays put", () => {
  assert.deepEqual(niceRange(0, 2.31), [0, 2.5]);
  assert.deepEqual(niceRange(97.4, 99.1), [97, 99.5]);
  assert.deepEqual(niceRange(0.30000000000000004, 0.6), [0.3, 0.6]);
  assert.deepEqual(niceRange(1, 1), [0.5, 1.5]);
});

test("a logarithmic axis has powers of ten, and 2 and 5 where there is room", () => {
  assert.deepEqual(logTicks(0.1, 1), [0.1, 0.2, 0.5, 1]);
  assert.deepEqual(logTicks(0.001, 10), [0.001, 0.01, 0.1, 1, 10]);
});

test("values map to their positions on the axis", () => {
  const linear = scale(0, 10, 100, 200);
  assert.equal(linear(5), 150);
  const log = scale(0.01, 1, 0, 100, true);
  assert.ok(Math.abs(log(0.1) - 50) < 1e-9);
  assert.equal(log(0), 0);
});

test("the nearest step is found", () => {
  assert.equal(nearest([], 3), -1);
  assert.equal(nearest([7], 3), 0);
  assert.equal(nearest([1, 4, 9], 6), 1);
  assert.equal(nearest([1, 4, 9], 7), 2);
  assert.equal(nearest([1, 4, 9], 100), 2);
});

test("the extent looks only at what is shown, and ignores a spike on request", () => {
  const steps = Array.from({ length: 100 }, (_, i) => i + 1);
  const values = steps.map((step) => (step === 50 ? 1000 : step));
  assert.deepEqual(extent(steps, values, 1, 100), [1, 1000]);
  assert.ok(extent(steps, values, 1, 100, 0.02)[1] <= 100);
  assert.deepEqual(extent(steps, values, 10, 20), [10, 20]);
  assert.equal(extent(steps, values, 200, 300), null);
  assert.equal(extent([1, 2], [null, null], 0, 9), null);
});

test("what is ignored is narrow, not rare: a start that takes up half the axis stays", () => {
  const places = [1, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20];
  const values = [9, 8, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1];
  assert.deepEqual(extent(places, values, 1, 20, 0.02), [1, 8]);
});

test("an average follows the means as it would follow the batches", () => {
  assert.deepEqual(smoothed([1, 2, 3], [4, 2, 6], 1), [4, 2, 6]);
  assert.deepEqual(smoothed([1], [4], 50), [4]);
  const steps = Array.from({ length: 400 }, (_each, place) => place + 1);
  const single = smoothed(
    steps,
    steps.map((step) => (step > 200 ? 1 : 0)),
    20,
  );
  assert.ok(Math.abs(single.at(-1) - (1 - 0.95 ** 200)) < 1e-9);
  const pairs = smoothed(
    steps.filter((step) => step % 2 === 0),
    steps.filter((step) => step % 2 === 0).map((step) => (step > 200 ? 1 : 0)),
    20,
  );
  assert.ok(Math.abs(pairs.at(104) - single[209]) < 1e-6);
  assert.deepEqual(smoothed([1, 2], [4, null], 5), [4, null]);
});

test("a gap interrupts the line", () => {
  const same = (value) => value;
  assert.equal(path([1, 2, 3, 4], [1, null, 3, 4], same, same), "M-2.0 1.0h6M3.0 3.0L4.0 4.0");
  const known = (step) => (step === 2 ? Number.NaN : step);
  assert.equal(path([1, 2, 3], [1, 2, 3], known, same), "M-2.0 1.0h6M0.0 3.0h6");
});

test("zooming stays within the run, and ends at the whole of it", () => {
  assert.deepEqual(zoomed([0, 100], [0, 100], 0.5), [25, 75]);
  assert.deepEqual(zoomed([0, 100], [0, 100], 0.5, 0), [0, 50]);
  assert.deepEqual(zoomed([50, 100], [0, 100], 0.5, 100), [75, 100]);
  assert.equal(zoomed([25, 75], [0, 100], 2), null);
  assert.deepEqual(zoomed([10, 14], [0, 100], 0.5), [10, 14]);
  assert.deepEqual(zoomed([1, 2], [0, 10], 0.5, 1.5, 0.1), [1.25, 1.75]);
});

test("a line through known epochs goes on beyond them", () => {
  const ends = [
    [0, 0],
    [1, 324],
    [2, 486],
  ]; // the batch size was doubled under way
  assert.equal(between(ends, 0.5, 162), 162);
  assert.equal(between(ends, 2, 162), 486);
  assert.equal(between(ends, 4, 162), 810);
  assert.equal(between([[0, 0]], 3, 10), 30);
});

test("a loss has its significant digits", () => {
  const losses = [23_239.1308, 218.592, 2.302585, 1, 0.5, 0.0213, 0];
  assert.deepEqual(losses.map(lossText), ["23,239", "218.6", "2.303", "1.000", "0.5000", "0.0213", "0.0000"]);
});

test("a tick fits beside the axis", () => {
  assert.deepEqual([tickText(0.5, 1), tickText(20_000, 0), tickText(15_000_000, 0)], ["0.5", "20000", "1.5e+7"]);
  assert.equal(tickText(0.000002, 6), "2e-6");
});
