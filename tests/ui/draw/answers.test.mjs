// What the pad says about an answer.

import assert from "node:assert/strict";
import { test } from "node:test";
import { agreementText } from "../../../assets/draw/drawing_pad/answer.js";
import { learnedText } from "../../../assets/draw/drawing_pad/hand_words.js";
import { strongestRegion } from "../../../assets/shared/evidence.js";

test("the strongest region is named, for either sign", () => {
  const evidence = new Int8Array(28 * 28);
  evidence.shape = [28, 28];
  assert.equal(strongestRegion(evidence, 1), "");
  evidence[10 * 28 + 10] = 50;
  evidence[10 * 28 + 18] = -20;
  evidence[18 * 28 + 18] = 5;
  assert.equal(strongestRegion(evidence, 1), "the upper left");
  assert.equal(strongestRegion(evidence, -1), "the upper right");
  evidence[10 * 28 + 18] = 0;
  assert.equal(strongestRegion(evidence, -1), "");
});

test("the result of learning is one sentence, even without an improvement", () => {
  const textOf = (before, after, mine = true, others = [995, 995]) =>
    learnedText({
      own: 8,
      others: 1000,
      before: before === null ? undefined : { own: before, others: others[0] },
      after: { own: after, others: others[1] },
      mine,
    });
  assert.equal(textOf(8, 8), "It already read your handwriting: 8 of 8 before, 8 of 8 after.");
  assert.equal(textOf(5, 8), "It has learned your handwriting: 5 of 8 before, 8 of 8 after.");
  assert.equal(textOf(5, 5), "No improvement: 5 of 8 before, 5 of 8 after.");
  assert.equal(textOf(7, 6), "It reads your handwriting worse than before: 7 of 8 before, 6 of 8 after.");
  assert.equal(textOf(null, 6), "It reads 6 of 8 of your held-out drawings.");
  assert.equal(textOf(5, 8, false), "It has learned the handwriting: 5 of 8 before, 8 of 8 after.");
  assert.match(textOf(5, 8, true, [995, 990]), /It now reads 5 fewer of 1,000 digits by other people\.$/);
});

test("two networks agree only where both are sure", () => {
  const reading = (label, sure) => ({ label, verdict: { sure } });
  assert.equal(agreementText(reading(7, true), reading(7, true)), "They agree.");
  assert.equal(agreementText(reading(7, true), reading(1, true)), "They disagree.");
  assert.equal(agreementText(reading(7, true), reading(7, false)), "Only the first is sure.");
  assert.equal(agreementText(reading(7, false), reading(7, true)), "Only the second is sure.");
  assert.equal(agreementText(reading(7, false), reading(7, false)), "Neither is sure.");
});
