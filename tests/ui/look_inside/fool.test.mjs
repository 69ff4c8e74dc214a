import assert from "node:assert/strict";
import { test } from "node:test";
import { likelyClasses } from "../../../assets/look_inside/fool/bars.js";
import { smallest } from "../../../assets/look_inside/fool/search.js";
import { settingsIn } from "../../../assets/look_inside/fool/settings.js";
import { strengthWords } from "../../../assets/look_inside/fool/words.js";

const body = { limit: 64, classes: ["0", "1", "2"], rivals: [{ key: "run" }] };
const asked = (query, before) => settingsIn(new URLSearchParams(query), body, before);

test("the address says how the answer is attacked; what does not exist is left out", () => {
  const usual = { method: "pgd", strength: 16, goal: null, against: "" };
  assert.deepEqual(asked(""), usual);
  assert.deepEqual(asked("method=fgsm&strength=0&goal=2"), { method: "fgsm", strength: 0, goal: 2, against: "" });
  assert.deepEqual(asked("method=cw&strength=65&goal=3"), usual);
  assert.deepEqual(asked("strength=-1&goal=1.5"), usual);
});

test("another network keeps the settings that fit it", () => {
  const before = { method: "fgsm", strength: 9, goal: 2, against: "run" };
  assert.deepEqual(asked("", before), before);
  assert.deepEqual(settingsIn(new URLSearchParams(), { ...body, classes: ["0"], rivals: [] }, before), {
    ...before,
    goal: null,
    against: "",
  });
});

test("the search goes on from what is known, and tells how much that is", async () => {
  const rounds = [
    { low: 8, high: 16, decided: false },
    { low: 12, high: 13, decided: true },
  ];
  const [known, told] = [[], []];
  const narrow = async (given) => {
    known.push(given);
    return rounds[known.length - 1];
  };
  assert.equal(await smallest(narrow, 64, (...progress) => told.push(progress)), 13);
  assert.deepEqual(known, [
    { low: -1, high: 65 },
    { low: 8, high: 16 },
  ]);
  assert.deepEqual(told, [
    [0, 65],
    [58, 65],
    [65, 65],
  ]);
});

test("of many classes the likeliest of either answer have bars, in their order", () => {
  const many = Array.from({ length: 12 }, (_each, index) => index / 100);
  assert.deepEqual(likelyClasses([many, many]), [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  assert.ok(likelyClasses([many, many.with(0, 1)]).includes(0));
});

test("a strength has its share of the way from black to white", () => {
  assert.equal(strengthWords(21), "21/255 (8.2 %)");
});
