// What the view "Why this answer" asks, and what it says about an attribution.

import assert from "node:assert/strict";
import test from "node:test";
import { chosenIn, questionOf, ranked } from "../../../assets/look_inside/why/question.js";
import { evidenceWords, paintEvidence } from "../../../assets/shared/evidence.js";

const SHARES = [0.1, 0.6, 0.3];
const NOTHING = { method: null, target: null, against: null };

test("the answer is compared with the runner-up, unless somebody chose", () => {
  assert.deepEqual(ranked(SHARES), [1, 2, 0]);
  assert.deepEqual(questionOf(NOTHING, SHARES), { method: "integrated-gradients", target: 1, against: 2 });
  assert.deepEqual(questionOf({ ...NOTHING, target: 2 }, SHARES).against, 1);
  assert.deepEqual(questionOf({ ...NOTHING, against: 0 }, SHARES).against, 0);
  assert.deepEqual(questionOf({ ...NOTHING, against: 1 }, SHARES).against, 2); // not with itself
  assert.deepEqual(questionOf(NOTHING, [1]).against, null);
});

test("an address asks only for what there is", () => {
  const at = (text) => chosenIn(new URLSearchParams(text), ["gradient"], 3);
  assert.deepEqual(at("method=gradient&target=2&against=0"), { method: "gradient", target: 2, against: 0 });
  assert.deepEqual(at("method=lime&target=3&against=-1"), NOTHING);
});

test("an attribution in numbers", () => {
  const values = Object.assign(Int8Array.from([0, 127, -127, 0, 0, -127]), { shape: [2, 3] });
  const words = evidenceWords({ values, scale: 2, sum: -2 });
  assert.equal(words, "Sum −2; 33 % of the strength is positive. Strongest in row 1, column 2: 2.");
  const empty = Object.assign(new Int8Array(4), { shape: [2, 2] });
  assert.equal(evidenceWords({ values: empty, scale: 0, sum: 0 }), "All values are 0.");
});

test("evidence is colored over a gray picture, each value over its part of a larger one", () => {
  const colors = { paper: [255, 255, 255], ink: [0, 0, 0], positive: [200, 100, 0], negative: [0, 50, 200] };
  const picture = Object.assign(new Uint8Array(3 * 2 * 4).fill(255), { shape: [3, 2, 4] }); // white, in color
  const values = Object.assign(Int8Array.from([127, 0, -127, 0]), { shape: [2, 2] });
  let shown;
  const context = {
    createImageData: (width, height) => ({ data: new Uint8ClampedArray(4 * width * height) }),
    putImageData: ({ data }) => (shown = data),
  };
  paintEvidence({ width: 0, height: 0, getContext: () => context }, { values, picture }, colors);
  const at = (y, x) => [...shown.slice(4 * (4 * y + x), 4 * (4 * y + x) + 3)];
  assert.deepEqual([at(0, 0), at(0, 1)], [colors.positive, colors.positive]);
  assert.deepEqual([at(0, 2), at(1, 3)], [colors.paper, colors.paper]);
  assert.deepEqual([at(1, 0), at(1, 1)], [colors.negative, colors.negative]);
});
