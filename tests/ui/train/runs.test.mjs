import assert from "node:assert/strict";
import { test } from "node:test";
import { added, later, Runs } from "../../../assets/train/live_curves/runs.js";
import { View, WINDOWS } from "../../../assets/train/live_curves/view.js";

// `steps` batches in epochs of ten, a tenth of a second each, as the lab sends a run.
function drawing(steps, { gap = 0, timed = true, since = [0, 0], rate = null, token = "t" } = {}) {
  const all = Array.from({ length: steps }, (_each, place) => place + 1);
  const pieces = all.map((step) => [step, timed ? step / 10 : null, rate, 0.5, 80]);
  const epochs = all.filter((step) => step % 10 === 0).map((step) => [step / 10, step, 0.5, 80, 0.6, 80 - gap]);
  const whole = since[0] ? {} : { flags: [[7, "learning rate 0.1"]], rate: 0.001 };
  return JSON.stringify({
    token,
    from: since,
    full: [steps - 1, epochs.length],
    pieces: pieces.slice(since[0]),
    epochs: epochs.slice(since[1]),
    ...whole,
  });
}

const run = (steps, options, from) => ({
  id: String(steps),
  name: `run of ${steps}`,
  batches: 10,
  lines: drawing(steps, options),
  from,
});

function read(list, data = {}) {
  const runs = new Runs();
  runs.read({ runs: list, labels: {}, many: false, span: 5, batches: 10, epochs: 5, alt: "", ...data });
  return runs;
}

test("the whole of a run ends with the epoch that has begun", () => {
  assert.deepEqual(read([run(23)]).whole(), [0, 30]);
  assert.deepEqual(read([run(20)]).whole(), [0, 20]);
  assert.deepEqual(read([run(23)], { batches: 0 }).whole(), [0, 23]); // nobody knows how long an epoch is
  assert.deepEqual(read([run(0)], { batches: 0 }).whole(), [0, 1]);
});

test("epochs and steps are found from one another, also between and beyond the known ends", () => {
  const runs = read([run(20)]);
  for (const epoch of [0, 0.5, 1, 1.7, 2, 4]) {
    assert.ok(Math.abs(runs.epochAt(runs.epochEnd(epoch)) - epoch) < 1e-9);
  }
  assert.equal(runs.epochEnd(4), 40);
});

test("lines that stayed the same are not read again", () => {
  const runs = read([run(10)]);
  const [before] = runs.list;
  runs.read({ runs: [run(10)], labels: {} });
  assert.equal(runs.list[0], before);
  runs.read({ runs: [{ ...run(11), id: "10" }], labels: {} });
  assert.notEqual(runs.list[0], before);
});

test("what is new continues what is known", () => {
  const runs = read([{ ...run(20), id: "a" }]);
  assert.deepEqual(runs.known(), { a: ["t", 19, 2] });
  runs.read({ runs: [{ ...run(31, { since: [19, 2] }), id: "a" }], labels: {} });
  assert.equal(runs.list[0].loss.raw[0].length, 31);
  assert.equal(runs.list[0].epochs.length, 3);
  assert.deepEqual(runs.list[0].flags, [[7, "learning rate 0.1"]]);
  assert.deepEqual(runs.known(), { a: ["t", 30, 3] });
});

test("what continues something else is not drawn, and asked for again as a whole", () => {
  const runs = read([{ ...run(20), id: "a" }]);
  runs.read({ runs: [{ ...run(31, { since: [19, 2], token: "other" }), id: "a" }], labels: {} });
  assert.equal(runs.list[0].loss.raw[0].length, 20);
  assert.deepEqual(runs.known(), {});
  assert.equal(added(undefined, drawing(31, { since: [19, 2] })), undefined);
});

test("a piece of several batches has both extremes in the raw line, and its mean in the average", () => {
  const lines = JSON.stringify({
    ...JSON.parse(drawing(0)),
    pieces: [
      [1, null, null, 2, 10],
      [5, null, null, 1.5, 20, 3, 1, 4, 2, 2, 5, 5, 30],
    ],
  });
  const [{ loss, accuracy }] = read([{ id: "a", name: "a", batches: 10, lines }]).list;
  assert.deepEqual(loss.raw, [
    [1, 3, 4],
    [2, 1, 2],
  ]);
  assert.deepEqual(accuracy.raw, [
    [1, 2, 5],
    [10, 5, 30],
  ]);
  assert.deepEqual(loss.mean, [
    [1, 5],
    [2, 1.5],
  ]);
});

test("the cursor stops at the steps of the longest run", () => {
  assert.equal(read([run(10), run(30), run(20)]).cursorPlaces().length, 30);
  assert.deepEqual(read([]).cursorPlaces(), []);
});

test("a gap between training and validation is named from one point on", () => {
  assert.equal(read([run(20, { gap: 0.9 })]).gapWords(), "");
  assert.equal(read([run(20, { gap: 5 })]).gapWords(), "overfitting gap 5.0 points");
  assert.equal(read([run(20, { gap: 5 })], { many: true }).gapWords(), ""); // in a race it is not shown
  assert.equal(read([]).gapWords(), "");
});

test("a fork is aligned with its parent from there on, on every axis", () => {
  const [aligned] = read([run(30, {}, 10)]).list;
  const { loss, epochs, flags, seconds } = aligned;
  assert.deepEqual([loss.raw[0][0], loss.raw[0].at(-1)], [1, 20]);
  assert.deepEqual(
    epochs.map(([epoch, step]) => [epoch, step]),
    [
      [2, 10],
      [3, 20],
    ],
  );
  assert.deepEqual(flags, []);
  assert.ok(Math.abs(seconds.at(-1) - 2) < 1e-9);
  const runs = read([run(30, {}, 10)]);
  runs.setUnit("epoch");
  assert.deepEqual([10, 20].map(runs.list[0].at), [1, 2]);
  assert.deepEqual(later(read([run(30)]).list[0], 99).loss.mean, [[], []]);
});

test("runs are measured in epochs and in seconds where these are known", () => {
  const runs = read([run(23)]);
  assert.deepEqual(
    ["batch", "epoch", "seconds"].map((unit) => runs.has(unit)),
    [true, true, true],
  );
  runs.setUnit("epoch");
  assert.equal(runs.list[0].at(15), 1.5);
  assert.deepEqual(runs.whole(), [0, 3]);
  runs.setUnit("seconds");
  assert.equal(runs.list[0].at(15), 1.5);
  assert.deepEqual(runs.whole(), [0, 2.3]);
  assert.ok(Number.isNaN(runs.list[0].at(24)));
  assert.equal(read([run(23, { timed: false })]).has("seconds"), false);
});

test("the rate is a line of its own only where it changes", () => {
  assert.equal(read([run(5)]).ratesVary, false);
  assert.equal(read([run(5, { rate: 0.001 })]).ratesVary, true);
});

test("the visible range has no zero on a logarithmic axis", () => {
  const view = new View(read([run(30)]));
  assert.deepEqual(view.range(), [0, 30]);
  view.logSteps = true;
  assert.deepEqual(view.range(), [1, 30]);
  view.zoom = [0, 1];
  assert.deepEqual(view.range(), [1, 2]);
  view.setUnit("seconds");
  view.zoom = null;
  assert.deepEqual(view.range(), [0.1, 3]);
});

test("another axis shows the same part of the run", () => {
  const view = new View(read([run(30)]));
  view.zoom = [10, 20];
  view.setUnit("seconds");
  assert.deepEqual(view.zoom, [1, 2]);
  view.setUnit("epoch");
  assert.deepEqual(view.zoom, [1, 2]);
  view.setUnit("batch");
  assert.deepEqual(view.zoom, [10, 20]);
});

test("the place at a fraction of the axis, linear or logarithmic", () => {
  const view = new View(read([run(30)]));
  view.zoom = [10, 1000];
  assert.equal(view.placeAt(0.5), 505);
  assert.deepEqual([view.placeAt(-1), view.placeAt(2)], [10, 1000]);
  view.logSteps = true;
  assert.ok(Math.abs(view.placeAt(0.5) - 100) < 1e-9);
});

test("averages cover what suits the run until somebody chooses, and the choice is kept", () => {
  const kept = new Map();
  globalThis.localStorage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
  const runs = read([run(30)], { span: 47 });
  assert.equal(new View(runs).window, 50);
  new View(runs).setWindow(WINDOWS[3]);
  assert.equal(new View(runs).window, WINDOWS[3]);
  kept.set([...kept.keys()][0], "7");
  assert.equal(new View(runs).window, 50); // not one of the windows
  delete globalThis.localStorage;
});

test("a line that was clicked away is shown again by the next click", () => {
  const view = new View(read([run(30)]));
  view.toggle("raw");
  assert.deepEqual([view.shows("raw"), view.shows("smooth")], [false, true]);
  view.toggle("raw");
  assert.equal(view.shows("raw"), true);
});
