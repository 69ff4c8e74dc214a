import assert from "node:assert/strict";
import { test } from "node:test";
import { later, Runs } from "../../../assets/train/live_curves/runs.js";
import { View } from "../../../assets/train/live_curves/view.js";

// Loss and accuracy of `steps` batches, in epochs of ten, as the lab sends a run: [epoch, step, ...] a point.
function lines(steps, { gap = 0 } = {}) {
  const all = Array.from({ length: steps }, (_each, place) => place + 1);
  const line = (value) => ({ raw: [all, all.map(() => value)], smooth: [all, all.map(() => value)] });
  const ends = all.filter((step) => step % 10 === 0);
  const epochs = ends.map((step) => [step / 10, step, 0.5, 80, 0.6, 80 - gap]);
  return { loss: line(0.5), accuracy: line(80), epochs, flags: [[7, "learning rate 0.1"]] };
}

function read(list, data = {}) {
  const runs = new Runs();
  runs.read({ runs: list, labels: {}, many: false, batches: 10, epochs: 5, alt: "", ...data });
  return runs;
}

const run = (steps, options, from) => ({ name: `run of ${steps}`, lines: JSON.stringify(lines(steps, options)), from });

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
  runs.read({ runs: [run(11)], labels: {} });
  assert.notEqual(runs.list[0], before);
});

test("the cursor stands on the steps of the run that came farthest", () => {
  assert.equal(read([run(10), run(30), run(20)]).steps().length, 30);
  assert.deepEqual(read([]).steps(), []);
});

test("a gap between training and validation is named from one point on", () => {
  assert.equal(read([run(20, { gap: 0.9 })]).gapWords(), "");
  assert.equal(read([run(20, { gap: 5 })]).gapWords(), "overfitting gap 5.0 points");
  assert.equal(read([run(20, { gap: 5 })], { many: true }).gapWords(), ""); // in a race nobody asked for it
  assert.equal(read([]).gapWords(), "");
});

test("a fork is laid over what its parent did from there on", () => {
  const { loss, epochs, flags } = later(lines(30), 10);
  assert.deepEqual([loss.raw[0][0], loss.raw[0].at(-1)], [1, 20]);
  assert.deepEqual(
    epochs.map(([epoch, step]) => [epoch, step]),
    [
      [2, 10],
      [3, 20],
    ],
  );
  assert.deepEqual(flags, []);
  assert.deepEqual(later(lines(30), 99).loss.smooth, [[], []]);
});

test("the part that is shown has no zero on a logarithmic axis", () => {
  const view = new View(read([run(30)]));
  assert.deepEqual(view.range(), [0, 30]);
  view.logSteps = true;
  assert.deepEqual(view.range(), [1, 30]);
  view.zoom = [0, 1];
  assert.deepEqual(view.range(), [1, 2]);
});

test("the step at a share of the axis, on either kind of it", () => {
  const view = new View(read([run(30)]));
  view.zoom = [10, 1000];
  assert.equal(view.stepAt(0.5), 505);
  assert.deepEqual([view.stepAt(-1), view.stepAt(2)], [10, 1000]);
  view.logSteps = true;
  assert.ok(Math.abs(view.stepAt(0.5) - 100) < 1e-9);
});
