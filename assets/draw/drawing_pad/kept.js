// What a browser keeps of the drawing: each tab its own, with all that can be undone, and beside it the last one of
// all tabs, with which a new tab begins. Without storage, and where something else lies there, nothing is kept.

const TAB = "cnnlab.drawing"; // in the tab's session storage: survives a change of page and a reload
const LAST = "cnnlab.last-drawing"; // in the browser's local storage: survives the tab
const FORMAT = 1;
const MOST_KEPT = 200_000; // characters of the last drawing; a digit takes some thousand
const MOST_KEPT_STROKES = 5_000;

// { list, tool, width, seq } as `keepDrawing` had it; null where there is none that can be read.
export function readKept(text) {
  try {
    const { format, list, tool, width, seq } = JSON.parse(text);
    if (format !== FORMAT || !Array.isArray(list) || list.length > MOST_KEPT_STROKES || !list.every(isStroke))
      return null;
    const within = (number, most, usual) => (number >= 0 && number <= most ? Number(number) : usual);
    return { list, tool: tool === "eraser" ? tool : "pen", width: within(width, 100, 0), seq: within(seq, 1e12, 0) };
  } catch {
    return null;
  }
}

function isStroke(stroke) {
  const whole = (number, most) => Number.isInteger(number) && number >= 0 && number <= most;
  switch (stroke?.tool) {
    case "pen":
    case "eraser": {
      const { width, points } = stroke;
      const paired = Array.isArray(points) && points.length >= 2 && points.length % 2 === 0;
      return width > 0 && width <= 100 && paired && points.every((place) => Number.isFinite(place));
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

// What a new tab begins with, as text: all strokes, or the `ink` of those that are seen where they are too many.
export function lastText(list, width, ink) {
  const text = JSON.stringify({ format: FORMAT, list, width });
  return text.length <= MOST_KEPT
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

// The storages themselves may be forbidden.
function put(storage, key, text) {
  try {
    storage().setItem(key, text);
  } catch {
    // no room or no storage: the drawing lives as long as the page
  }
}

function taken(storage, key) {
  try {
    return storage().getItem(key);
  } catch {
    return null;
  }
}
