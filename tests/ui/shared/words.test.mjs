import assert from "node:assert/strict";
import { test } from "node:test";
import { _, listed, plural, sentences, shortNumber } from "../../../assets/shared/words.js";

test("numbers are short", () => {
  const numbers = [0, 0.123456, -2, 12345, 0.0006, 0.00175, 4.34e-10, -2.5e12, NaN];
  const words = ["0", "0.123", "−2", "12,345", "0.0006", "0.00175", "4.3 × 10⁻¹⁰", "−2.5 × 10¹²", "not a number"];
  assert.deepEqual(numbers.map(shortNumber), words);
});

test("a text has its values filled in, and keeps a field without one", () => {
  assert.equal(_("Row {row} of {rows}", { row: 1, rows: "{row}" }), "Row 1 of {row}");
  assert.equal(_("{nothing}"), "{nothing}");
});

test("a plural has its form and its number", () => {
  const edits = (count) => plural("One edit is waiting.", "{count} edits are waiting.", count);
  assert.deepEqual([0, 1, 2, 12345].map(edits), [
    "0 edits are waiting.",
    "One edit is waiting.",
    "2 edits are waiting.",
    "12,345 edits are waiting.",
  ]);
});

test("lists and sentences are joined", () => {
  assert.equal(listed(["a", "b", "c"]), "a, b, c");
  assert.equal(sentences("One.", "", undefined, "Two."), "One. Two.");
  assert.equal(sentences(""), "");
});

test("whole numbers in a text have separators", () => {
  assert.equal(_("{done} of {count}", { done: 995, count: 1000 }), "995 of 1,000");
  assert.equal(_("{size} and {share}", { size: "1600", share: 0.5 }), "1600 and 0.5");
});
