// What has been drawn, as vectors. The sheet is 280 units wide and high, whatever it measures on the screen.

export const SHEET = 280;
const NEAREST = 0.8; // units between two points that are kept
const ROUNDING = 8; // units before and behind a point that its curve may take
const MOST_POINTS = 1500; // of a drawing that are sent; cnnlab.ui.draw.drawing_body
const PIECE = 256; // points that are painted in one go

// One stroke: { tool: "pen" | "eraser", width, points: [x0, y0, x1, y1, ...] }, one of 28×28 cells that was filled:
// { tool: "cell", column, line, value }, or the ink of a photo: { tool: "photo", ink }. A clearing is
// { tool: "clear" }; where the sheet was cleared because the drawing was named, `kept` is the name of its record.
export class Strokes {
  constructor(list = []) {
    this.list = list;
    this.undone = [];
  }

  // Since the sheet was last cleared.
  get visible() {
    const cleared = this.list.findLastIndex((stroke) => stroke.tool === "clear");
    return this.list.slice(cleared + 1);
  }

  add(stroke) {
    this.list.push(stroke);
    this.undone = [];
  }

  // One clearing can be undone; what lay below an earlier one is let go.
  clear(kept) {
    if (!this.visible.length) return;
    this.list = [...this.visible, kept ? { tool: "clear", kept } : { tool: "clear" }];
    this.undone = [];
  }

  // What is undone, if anything.
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

// Add a point unless it lies where the last one does.
export function extend(points, x, y) {
  const [lastX, lastY] = points.slice(-2);
  const near = points.length && Math.hypot(x - lastX, y - lastY) < NEAREST;
  if (!near) points.push(Math.round(x * 10) / 10, Math.round(y * 10) / 10);
  return !near;
}

// A stroke in pieces of bounded length; the last point of one is the first of the next. `from` skips pieces.
export function piecesOf(points, from = 0) {
  const pieces = [];
  const step = 2 * (PIECE - 1);
  for (let start = from * step; start === 0 || start < points.length - 2; start += step) {
    pieces.push(points.slice(start, start + 2 * PIECE));
  }
  return pieces;
}

// For the lab (cnnlab/ui/draw/drawing_body.py): of each stroke the number of its points and their places in tenths of
// a unit. Nothing where the ink is not that of whole strokes alone, or of more than a drawing has.
export function asNumbers(strokes) {
  if (strokes.some((stroke) => stroke.tool !== "pen")) return new Int16Array();
  const points = strokes.reduce((sum, stroke) => sum + stroke.points.length / 2, 0);
  if (points > MOST_POINTS) return new Int16Array();
  const numbers = strokes.flatMap((stroke) => [stroke.points.length / 2, ...stroke.points.map((place) => place * 10)]);
  return Int16Array.from(numbers, (number) => Math.max(-32768, Math.min(32767, Math.round(number))));
}

// A line through the points with rounded corners. A curve leaves its points by no more than a brush's edge, so
// a corner that somebody draws stays a corner.
export function outline(points) {
  const commands = [["moveTo", points[0], points[1]]];
  for (let at = 2; at < points.length - 2; at += 2) {
    const [x, y] = [points[at], points[at + 1]];
    const before = towards(x, y, points[at - 2], points[at - 1]);
    const behind = towards(x, y, points[at + 2], points[at + 3]);
    commands.push(["lineTo", ...before], ["quadraticCurveTo", x, y, ...behind]);
  }
  commands.push(["lineTo", points.at(-2), points.at(-1)]);
  return commands;
}

function towards(x, y, otherX, otherY) {
  const distance = Math.hypot(otherX - x, otherY - y);
  const share = distance ? Math.min(distance / 2, ROUNDING) / distance : 0;
  return [x + (otherX - x) * share, y + (otherY - y) * share];
}
