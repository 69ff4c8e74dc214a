import assert from "node:assert/strict";
import { test } from "node:test";
import { shortNumber } from "../../../assets/shared/words.js";

test("numbers are short", () => {
  const numbers = [0, 0.123456, -2, 12345, 0.0006, 0.00175, 4.34e-10, -2.5e12, NaN];
  const words = ["0", "0.123", "−2", "12,345", "0.0006", "0.00175", "4.3 × 10⁻¹⁰", "−2.5 × 10¹²", "not a number"];
  assert.deepEqual(numbers.map(shortNumber), words);
});
