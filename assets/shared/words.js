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
  return text.replace(/\{(\w+)\}/g, (field, name) => (name in values ? values[name] : field));
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

export function grouped(number) {
  return number.toLocaleString(LANGUAGE === "pseudo" ? "en" : LANGUAGE);
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

function powerOfTen(size) {
  const [digits, power] = size.toExponential(1).split("e");
  const raised = [...power.replace("+", "")].map((sign) => (sign === "-" ? "⁻" : RAISED[sign])).join("");
  return `${digits} × 10${raised}`;
}
