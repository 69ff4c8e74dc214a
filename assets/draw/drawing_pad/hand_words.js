// Texts about the user's own drawings, and about what a network has learned from them.

import { _, grouped, plural, sentences } from "../../shared/words.js";

// The ways in which learning may end, except for success.
export const ENDED = {
  paused: _("It was paused."),
  stopped: _("It was stopped."),
  failed: _("It failed."),
  interrupted: _("It was interrupted."),
};

export function keptText(label, read, read_as) {
  if (read_as === label) return _("Kept as {label}.", { label });
  if (!read) return _("Kept as {label}. It had not read it yet.", { label });
  if (read_as === null) return _("Kept as {label}. It was not sure. You say {label}.", { label });
  return _("Kept as {label}. It read {read_as}. You say {label}.", { label, read_as });
}

export function damagedText(count) {
  return plural(
    "{count} kept drawing is damaged and left out.",
    "{count} kept drawings are damaged and left out.",
    count,
  );
}

// The texts for a kept drawing and for the button that deletes it.
export function drawingTexts(label, read_as) {
  if (read_as === label)
    return {
      drawn: _("A {label}, read correctly", { label }),
      remove: _("Delete this {label}, read correctly", { label }),
    };
  if (read_as === null)
    return {
      drawn: _("A {label}, not sure", { label }),
      remove: _("Delete this {label}, not sure", { label }),
    };
  return {
    drawn: _("A {label}, read as {read_as}", { label, read_as }),
    remove: _("Delete this {label}, read as {read_as}", { label, read_as }),
  };
}

export function learningText({ state, position, done }) {
  if (state !== "queued" || position < 2)
    return _("Learning your handwriting: {share} %", { share: Math.round(100 * done) });
  return plural("It waits behind {count} other run.", "It waits behind {count} other runs.", position - 1);
}

// The result of learning in a sentence, even if nothing was gained.
export function learnedText({ own, others, before, after, mine }) {
  if (!before) {
    const read = { right: after.own, own };
    return mine
      ? _("It reads {right} of {own} of your held-out drawings.", read)
      : _("It reads {right} of {own} of the held-out drawings.", read);
  }
  const lost = before.others - after.others;
  const price =
    lost > 0 && _("It now reads {lost} fewer of {others} digits by other people.", { others: grouped(others), lost });
  return sentences(gainText({ before: before.own, after: after.own, own }, mine), price);
}

function gainText(counts, mine) {
  const { before, after, own } = counts;
  if (after > before)
    return mine
      ? _("It has learned your handwriting: {before} of {own} before, {after} of {own} after.", counts)
      : _("It has learned the handwriting: {before} of {own} before, {after} of {own} after.", counts);
  if (after < before)
    return mine
      ? _("It reads your handwriting worse than before: {before} of {own} before, {after} of {own} after.", counts)
      : _("It reads the handwriting worse than before: {before} of {own} before, {after} of {own} after.", counts);
  if (before < own) return _("No improvement: {before} of {own} before, {after} of {own} after.", counts);
  return mine
    ? _("It already read your handwriting: {before} of {own} before, {after} of {own} after.", counts)
    : _("It already read the handwriting: {before} of {own} before, {after} of {own} after.", counts);
}
