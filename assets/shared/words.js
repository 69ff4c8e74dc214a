// Texts and numbers in the viewer's language.

import { LANGUAGE, WORDS, formOf } from "./language.js";

export function _(text, values = {}) {
  return filled(WORDS[text] ?? text, values);
}

export function plural(one, other, count, values = {}) {
  const forms = WORDS[one] ?? [one, other];
  return filled(forms[Math.min(Number(formOf(count)), forms.length - 1)], { count: grouped(count), ...values });
}

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (field, name) => (name in values ? shown(values[name]) : field));
}

// Whole numbers with separators, 1,600 like 102,464.
function shown(value) {
  return Number.isInteger(value) ? grouped(value) : value;
}

// The parts as a list with commas.
export function listed(parts) {
  return parts.reduce((first, last) => _("{first}, {last}", { first, last }));
}

// Joins sentences in the style of the language; empty ones are left out.
export function sentences(...parts) {
  const [first = "", ...others] = parts.filter(Boolean);
  return others.reduce((text, sentence) => _("{text} {sentence}", { text, sentence }), first);
}

const NUMBERS = new Intl.NumberFormat(LANGUAGE === "pseudo" ? "en" : LANGUAGE); // much quicker than toLocaleString

export function grouped(number) {
  return NUMBERS.format(number);
}

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

// Three digits, or a power of ten if the number is very large or small.
export function shortNumber(value) {
  if (!Number.isFinite(value)) return _("not a number");
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text =
    size >= 1e7 || size < 1e-5 ? powerOfTen(size) : size >= 1000 ? grouped(Math.round(size)) : plainNumber(size);
  return value < 0 ? `−${text}` : text; // a minus sign, not a hyphen
}

function plainNumber(size) {
  return String(Number(size.toPrecision(3)));
}

const SIX_DIGITS = new Intl.NumberFormat(LANGUAGE === "pseudo" ? "en" : LANGUAGE, { maximumSignificantDigits: 6 });

// Six digits, to compare with another program's.
export function exactNumber(value) {
  const size = Math.abs(value);
  const text = size && (size >= 1e7 || size < 1e-5) ? powerOfTen(size, 5) : SIX_DIGITS.format(size);
  return value < 0 ? `−${text}` : text;
}

function powerOfTen(size, decimals = 1) {
  const [digits, power] = size.toExponential(decimals).split("e");
  const raised = [...power.replace("+", "")].map((sign) => (sign === "-" ? "⁻" : RAISED[sign])).join("");
  return `${digits} × 10${raised}`;
}
