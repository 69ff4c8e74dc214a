import assert from "node:assert/strict";
import { test } from "node:test";
import { Pump } from "../../../assets/draw/drawing_pad/pump.js";

const settled = () => new Promise((done) => setTimeout(done, 5));

function pumpWith(t, clock = () => 0) {
  const asked = [];
  const shown = [];
  const ask = (seq, signal) =>
    new Promise((answer, refuse) => {
      asked.push({ seq, answer, refuse });
      signal.onabort = () => refuse(new Error("aborted"));
    });
  const pump = new Pump({ ask, take: (answer, seq) => shown.push([seq, answer]), fail: () => 1, clock });
  t.after(() => pump.drop()); // or it would ask for ever
  return { pump, asked, shown };
}

test("one question at a time, and the last drawing is always asked about", async (t) => {
  const { pump, asked, shown } = pumpWith(t);
  for (let times = 0; times < 10; times++) pump.want();
  assert.equal(asked.length, 1);
  asked[0].answer("first");
  await settled();
  assert.equal(asked.length, 2);
  asked[1].answer("last");
  await settled();
  assert.equal(asked.length, 2);
  assert.deepEqual(shown, [
    [1, "first"],
    [2, "last"],
  ]);
});

test("a newer drawing overtakes a slow question, whose answer is not shown", async (t) => {
  let now = 0;
  const { pump, asked, shown } = pumpWith(t, () => now);
  pump.want();
  now = 2000;
  pump.want();
  assert.equal(asked.length, 2);
  asked[0].answer("late");
  asked[1].answer("new");
  await settled();
  assert.deepEqual(shown, [[2, "new"]]);
});

test("after a failure it asks again by itself", async (t) => {
  const { pump, asked, shown } = pumpWith(t);
  pump.want();
  asked[0].refuse(new Error("gone"));
  await new Promise((done) => setTimeout(done, 30));
  asked[1].answer("back");
  await settled();
  assert.deepEqual(shown, [[2, "back"]]);
});

test("what was dropped is never shown, and numbers only grow", async (t) => {
  const { pump, asked, shown } = pumpWith(t);
  pump.want();
  assert.equal(pump.drop(), 2);
  asked[0].answer("too late");
  await settled();
  assert.deepEqual(shown, []);
  pump.want();
  assert.equal(asked[1].seq, 3);
});
