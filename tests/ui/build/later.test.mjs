import assert from "node:assert/strict";
import { test } from "node:test";
import { Later } from "../../../assets/build/layer_stack/later.js";

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

test("many wishes in a short time are one call", async () => {
  let calls = 0;
  const later = new Later(5, async () => (calls += 1));
  for (let times = 0; times < 20; times++) later.soon();
  await pause(40);
  assert.equal(calls, 1);
});

test("no two calls are under way, and the last wish is always followed", async () => {
  let [calls, underway, most] = [0, 0, 0];
  const later = new Later(0, async () => {
    calls += 1;
    most = Math.max(most, ++underway);
    await pause(10);
    underway -= 1;
  });
  const first = later.now();
  later.now();
  later.now();
  await first;
  assert.deepEqual([calls, most], [2, 1]);
});

test("a question that made no sense is not asked again, one to a lab that is away is", async (t) => {
  for (const [status, again] of [
    [422, false],
    [503, true],
    [undefined, true],
  ]) {
    const later = new Later(0, async () => {
      throw Object.assign(new Error(), { status });
    });
    t.after(() => clearTimeout(later.timer));
    await later.now();
    assert.equal(Boolean(later.timer), again);
  }
});
