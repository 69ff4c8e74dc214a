// The drawing in the browser's storage: each tab stores its own, with its undo history, and the last one of all tabs,
// with which a new tab starts. Without storage, or if it contains something else, nothing is restored.

import { Strokes } from "./strokes.js";

const TAB = "cnnlab.drawing"; // in the tab's session storage: survives a change of page and a reload
const LAST = "cnnlab.last-drawing"; // in the browser's local storage: survives the tab
const FORMAT = 1;
const MAX_CHARACTERS = 200_000; // of the last drawing; a digit takes some thousand
const MAX_STROKES = 5_000;

// { list, tool, width, seq } as passed to `keepDrawing`; null if the text cannot be read.
export function readKept(text) {
  try {
    const { format, list, tool, width, seq } = JSON.parse(text);
    if (format !== FORMAT || !Array.isArray(list) || list.length > MAX_STROKES || !list.every(isStroke)) return null;
    const within = (number, max, fallback) => (number >= 0 && number <= max ? Number(number) : fallback);
    return { list, tool: tool === "eraser" ? tool : "pen", width: within(width, 100, 0), seq: within(seq, 1e12, 0) };
  } catch {
    return null;
  }
}

function isStroke(stroke) {
  const whole = (number, max) => Number.isInteger(number) && number >= 0 && number <= max;
  switch (stroke?.tool) {
    case "pen":
    case "eraser": {
      const { width, points } = stroke;
      const paired = Array.isArray(points) && points.length >= 2 && points.length % 2 === 0;
      return width > 0 && width <= 100 && paired && points.every((number) => Number.isFinite(number));
    }
    case "cell":
      return whole(stroke.column, 27) && whole(stroke.line, 27) && whole(stroke.value, 255);
    case "photo":
      return /^[A-Za-z0-9+/]{4,30000}={0,2}$/.test(stroke.ink) && stroke.ink.length % 4 === 0;
    case "clear":
      return stroke.kept === undefined || typeof stroke.kept === "string";
    default:
      return false;
  }
}

// What a new tab starts with, as text: all strokes, or only the visible `ink` if there are too many.
export function lastText(list, width, ink) {
  const text = JSON.stringify({ format: FORMAT, list, width });
  return text.length <= MAX_CHARACTERS
    ? text
    : JSON.stringify({ format: FORMAT, list: [{ tool: "photo", ink: ink() }], width });
}

export function keepDrawing({ list, tool, width, seq }, ink) {
  put(() => sessionStorage, TAB, JSON.stringify({ format: FORMAT, list, tool, width, seq }));
  put(() => localStorage, LAST, lastText(list, width, ink));
}

// The tab's own drawing, else the last one of all tabs.
export function keptDrawing() {
  const own = readKept(taken(() => sessionStorage, TAB));
  if (own) return own;
  const last = readKept(taken(() => localStorage, LAST));
  return last && { ...last, tool: "pen" };
}

// The strokes that a new sheet of this tab starts with; none for a blank one.
export function keptStrokes() {
  return new Strokes(keptDrawing()?.list).visible;
}

// Access to the storage may itself be forbidden.
export function put(storage, key, text) {
  try {
    storage().setItem(key, text);
  } catch {
    // no space or no storage: it lasts as long as the page
  }
}

export function taken(storage, key) {
  try {
    return storage().getItem(key);
  } catch {
    return null;
  }
}
