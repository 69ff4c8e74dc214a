// Numbers as they stand in an arithmetic.

import { _, grouped, shortNumber } from "../words.js";

const DIGITS = 4; // of the largest number of an equation
const MOST_DECIMALS = 8;

// The numbers of an equation, all with as many decimals, so that one can check it.
export function aligned(numbers) {
  const largest = Math.max(...numbers.map(Math.abs));
  if (!Number.isFinite(largest) || largest >= 1e7 || (largest && largest < 1e-5)) return numbers.map(shortNumber);
  const decimals = largest ? Math.max(0, DIGITS - 1 - Math.floor(Math.log10(largest))) : 0;
  return numbers.map((number) => withDecimals(number, Math.min(decimals, MOST_DECIMALS)));
}

function withDecimals(number, decimals) {
  const size = Math.abs(number);
  const text = decimals ? size.toFixed(decimals) : grouped(Math.round(size));
  return number < 0 && Number(size.toFixed(decimals)) ? `−${text}` : text;
}

// A number in at most five characters, for a cell; the line below the cells has it in full.
export function cellNumber(number) {
  const size = Math.abs(number);
  if (size && size < 0.005) return "≈0";
  const decimals = Number.isInteger(size) || size >= 100 ? 0 : size >= 10 ? 1 : 2;
  const text = size >= 1e4 ? size.toExponential(0).replace("+", "") : size.toFixed(decimals);
  return number < 0 ? `−${text}` : text;
}

// A product with its result, all three numbers short.
export function product(value, weight) {
  return `${shortNumber(value)} × ${shortNumber(weight)} = ${shortNumber(value * weight)}`;
}

export function perCent(share) {
  return `${(100 * share).toFixed(1)} %`;
}

// Where a number is: in a map, or in a vector. Counted from 1, as people count.
export function placeName(position, names = null) {
  const [channel, y, x] = position.map((at) => at + 1);
  if (position.length === 3) {
    return _("map {channel}, row {row}, column {column}", { channel, row: y, column: x });
  }
  return names ? _("class {name}", { name: names[position[0]] }) : _("number {number}", { number: channel });
}
