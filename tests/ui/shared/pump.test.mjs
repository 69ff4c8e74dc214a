import assert from "node:assert/strict";
import { test } from "node:test";
import { Pump } from "../../../assets/shared/pump.js";

const settled = () => new Promise((done) => setTimeout(done, 5));

function pumpWith(t, clock = () => 0) {
  const requests = [];
  const shown = [];
  const ask = (seq, signal) =>
    new Promise((answer, refuse) => {
      requests.push({ seq, answer, refuse });
      signal.onabort = () => refuse(new Error("aborted"));
    });
  const pump = new Pump({ ask, take: (answer, seq) => shown.push([seq, answer]), fail: () => 1, clock });
  t.after(() => pump.drop()); // else it would retry forever
  return { pump, requests, shown };
}

test("one request at a time, and the last drawing is always sent", async (t) => {
  const { pump, requests, shown } = pumpWith(t);
  for (let times = 0; times < 10; times++) pump.want();
  assert.equal(requests.length, 1);
  requests[0].answer("first");
  await settled();
  assert.equal(requests.length, 2);
  requests[1].answer("last");
  await settled();
  assert.equal(requests.length, 2);
  assert.deepEqual(shown, [
    [1, "first"],
    [2, "last"],
  ]);
});

test("a newer drawing overtakes a slow request, whose answer is not shown", async (t) => {
  let now = 0;
  const { pump, requests, shown } = pumpWith(t, () => now);
  pump.want();
  now = 2000;
  pump.want();
  assert.equal(requests.length, 2);
  requests[0].answer("late");
  requests[1].answer("new");
  await settled();
  assert.deepEqual(shown, [[2, "new"]]);
});

test("after a failure it retries by itself", async (t) => {
  const { pump, requests, shown } = pumpWith(t);
  pump.want();
  requests[0].refuse(new Error("gone"));
  await new Promise((done) => setTimeout(done, 30));
  requests[1].answer("back");
  await settled();
  assert.deepEqual(shown, [[2, "back"]]);
});

test("what was dropped is never shown, and numbers only grow", async (t) => {
  const { pump, requests, shown } = pumpWith(t);
  pump.want();
  assert.equal(pump.drop(), 2);
  requests[0].answer("too late");
  await settled();
  assert.deepEqual(shown, []);
  pump.want();
  assert.equal(requests[1].seq, 3);
});
