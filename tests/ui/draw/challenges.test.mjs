// The challenges under the answer: when they are met, and what the browser keeps.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CHALLENGES, nextChallenge, readProgress } from "../../../assets/draw/drawing_pad/challenges.js";

const byId = (id) => CHALLENGES.find((each) => each.id === id);

function answer(shares, sure = true) {
  const probabilities = Float32Array.from({ length: 10 }, (_each, digit) => shares[digit] ?? 0);
  return { probabilities, label: probabilities.indexOf(Math.max(...probabilities)), verdict: { sure } };
}

test("a doubt is between these two, and both have a fair share", () => {
  const { met } = byId("doubt-4-9");
  assert.ok(met(answer({ 4: 0.6, 9: 0.3, 7: 0.1 }, false)));
  assert.ok(met(answer({ 9: 0.7, 4: 0.26 })));
  assert.ok(!met(answer({ 4: 0.9, 9: 0.1 })));
  assert.ok(!met(answer({ 4: 0.5, 7: 0.3, 9: 0.2 }, false)));
});

test("a mistake counts only if the network is sure, and a person judges what was drawn", () => {
  const { met, judge } = byId("mistaken-7-1");
  assert.ok(met(answer({ 1: 0.95 })));
  assert.ok(!met(answer({ 1: 0.6, 7: 0.4 }, false)));
  assert.ok(!met(answer({ 7: 0.95 })));
  assert.equal(judge(), "Everyone would read 7");
});

test("three share the answer; nobody is the favorite; nothing is left to doubt", () => {
  assert.ok(byId("threefold").met(answer({ 1: 0.4, 2: 0.3, 3: 0.2 }, false)));
  assert.ok(!byId("threefold").met(answer({ 1: 0.5, 2: 0.4, 3: 0.1 }, false)));
  assert.ok(byId("nobody").met(answer({ 1: 0.39, 2: 0.31, 3: 0.3 }, false)));
  assert.ok(!byId("nobody").met(answer({ 1: 0.5, 2: 0.5 }, false)));
  assert.ok(byId("certain-5").met(answer({ 5: 0.9995 })));
  assert.ok(!byId("certain-5").met(answer({ 5: 0.9995 }, false)));
  assert.ok(!byId("certain-5").met(answer({ 6: 0.9995 })));
});

test("the next one is one that has not been met, as long as there is one", () => {
  const ids = CHALLENGES.map(({ id }) => id);
  assert.equal(nextChallenge(0, [ids[0], ids[1]]), 2);
  assert.equal(nextChallenge(ids.length - 1, [ids[0]]), 1);
  assert.equal(nextChallenge(3, ids), 4);
});

test("what the browser kept is read with care", () => {
  const first = { met: [], shown: 0 };
  for (const text of [null, "", "{", "[]", "null", '{"met": 3}']) assert.deepEqual(readProgress(text), first);
  const kept = JSON.stringify({ met: ["doubt-4-9", "of a newer lab", "doubt-4-9"], shown: "doubt-4-9" });
  assert.deepEqual(readProgress(kept), { met: ["doubt-4-9"], shown: 1 });
});
