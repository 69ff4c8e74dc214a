// The drawing as vectors. The sheet is 280 units wide and high, whatever its size on the screen.

export const SHEET = 280;
const MIN_DISTANCE = 0.8; // units between two stored points
const ROUNDING = 8; // units before and after a point that its curve may cover
const MAX_POINTS = 1500; // in a drawing that is sent; cnnlab.ui.draw.drawing_body
const PIECE = 256; // points that are painted at once

// A stroke is { tool: "pen" | "eraser", width, points: [x0, y0, x1, y1, ...] }; a filled one of 28×28 cells is
// { tool: "cell", column, line, value }; the ink of a photo is { tool: "photo", ink }. A clearing is { tool: "clear" };
// if the sheet was cleared because the drawing was labeled, `kept` is the name of its record.
export class Strokes {
  constructor(list = []) {
    this.list = list;
    this.undone = [];
  }

  // The strokes since the sheet was last cleared.
  get visible() {
    const cleared = this.list.findLastIndex((stroke) => stroke.tool === "clear");
    return this.list.slice(cleared + 1);
  }

  add(stroke) {
    this.list.push(stroke);
    this.undone = [];
  }

  // Only one clearing can be undone; strokes before an earlier one are dropped.
  clear(kept) {
    if (!this.visible.length) return;
    this.list = [...this.visible, kept ? { tool: "clear", kept } : { tool: "clear" }];
    this.undone = [];
  }

  // Returns what was undone, if anything.
  undo() {
    const last = this.list.pop();
    if (last) this.undone.push(last);
    return last;
  }

  redo() {
    const next = this.undone.pop();
    if (next) this.list.push(next);
    return next;
  }
}

// Adds a point unless it is too close to the last one; returns whether it was added.
export function extend(points, x, y) {
  const [lastX, lastY] = points.slice(-2);
  const near = points.length && Math.hypot(x - lastX, y - lastY) < MIN_DISTANCE;
  if (!near) points.push(Math.round(x * 10) / 10, Math.round(y * 10) / 10);
  return !near;
}

// Splits a stroke into pieces of bounded length; each starts at the last point of the one before. `from` skips pieces.
export function piecesOf(points, from = 0) {
  const pieces = [];
  const step = 2 * (PIECE - 1);
  for (let start = from * step; start === 0 || start < points.length - 2; start += step) {
    pieces.push(points.slice(start, start + 2 * PIECE));
  }
  return pieces;
}

// The strokes as the lab expects them (cnnlab/ui/draw/drawing_body.py): for each the number of its points and their
// coordinates in tenths of a unit. Empty if there is other ink than pen strokes, or there are too many points.
export function asNumbers(strokes) {
  if (strokes.some((stroke) => stroke.tool !== "pen")) return new Int16Array();
  const points = strokes.reduce((sum, stroke) => sum + stroke.points.length / 2, 0);
  if (points > MAX_POINTS) return new Int16Array();
  const numbers = strokes.flatMap((stroke) => [stroke.points.length / 2, ...stroke.points.map((unit) => unit * 10)]);
  return Int16Array.from(numbers, (number) => Math.max(-32768, Math.min(32767, Math.round(number))));
}

// A line through the points with rounded corners. A curve deviates from its points by no more than a brush's edge, so
// a drawn corner stays a corner.
export function outline(points) {
  const commands = [["moveTo", points[0], points[1]]];
  for (let at = 2; at < points.length - 2; at += 2) {
    const [x, y] = [points[at], points[at + 1]];
    const before = towards(x, y, points[at - 2], points[at - 1]);
    const after = towards(x, y, points[at + 2], points[at + 3]);
    commands.push(["lineTo", ...before], ["quadraticCurveTo", x, y, ...after]);
  }
  commands.push(["lineTo", points.at(-2), points.at(-1)]);
  return commands;
}

function towards(x, y, otherX, otherY) {
  const distance = Math.hypot(otherX - x, otherY - y);
  const share = distance ? Math.min(distance / 2, ROUNDING) / distance : 0;
  return [x + (otherX - x) * share, y + (otherY - y) * share];
}
