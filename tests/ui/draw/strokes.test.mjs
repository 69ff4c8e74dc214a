import assert from "node:assert/strict";
import { test } from "node:test";
import { asNumbers, extend, outline, piecesOf, Strokes } from "../../../assets/draw/drawing_pad/strokes.js";

const pen = (...points) => ({ tool: "pen", width: 20, points });

test("undo and redo walk through strokes and a clearing", () => {
  const strokes = new Strokes();
  const [first, second] = [pen(1, 1), pen(2, 2)];
  strokes.add(first);
  strokes.add(second);
  strokes.clear();
  assert.deepEqual(strokes.visible, []);
  strokes.undo();
  assert.deepEqual(strokes.visible, [first, second]);
  strokes.undo();
  strokes.undo();
  strokes.undo();
  assert.deepEqual(strokes.visible, []);
  for (let times = 0; times < 4; times++) strokes.redo();
  assert.deepEqual(strokes.visible, []);
  assert.equal(strokes.list.length, 3);
});

test("a blank sheet cannot be cleared, and old drawings are let go", () => {
  const strokes = new Strokes();
  strokes.clear();
  assert.equal(strokes.list.length, 0);
  for (let times = 0; times < 50; times++) {
    strokes.add(pen(times, times));
    strokes.clear();
  }
  assert.equal(strokes.list.length, 2);
});

test("a sheet that was cleared for a named drawing says whose record it undoes", () => {
  const strokes = new Strokes([pen(1, 1)]);
  strokes.clear("a-record");
  assert.equal(strokes.undo().kept, "a-record");
  assert.deepEqual(strokes.visible, [pen(1, 1)]);
  assert.equal(strokes.redo().kept, "a-record");
  assert.deepEqual(strokes.visible, []);
  strokes.undo();
  strokes.clear();
  assert.equal(strokes.undo().kept, undefined);
});

test("a point on top of the last one is not kept", () => {
  const points = [];
  assert.equal(extend(points, 10, 10), true);
  assert.equal(extend(points, 10.3, 10.2), false);
  assert.equal(extend(points, 12, 10), true);
  assert.deepEqual(points, [10, 10, 12, 10]);
});

test("a corner that somebody draws stays a corner", () => {
  const commands = outline([0, 0, 100, 0, 100, 100]);
  assert.deepEqual(commands, [
    ["moveTo", 0, 0],
    ["lineTo", 92, 0],
    ["quadraticCurveTo", 100, 0, 100, 8],
    ["lineTo", 100, 100],
  ]);
});

test("a long stroke falls into pieces that join, wherever one begins to look", () => {
  const points = Array.from({ length: 2 * 700 }, (_, index) => index);
  const pieces = piecesOf(points);
  assert.equal(pieces.length, 3);
  assert.deepEqual(pieces[0].slice(-2), pieces[1].slice(0, 2));
  assert.deepEqual(pieces.at(-1).slice(-2), points.slice(-2));
  assert.deepEqual(piecesOf(points, 2), pieces.slice(2));
  assert.deepEqual(piecesOf([5, 5]), [[5, 5]]);
});

test("only a drawing of pen lines is sent as lines", () => {
  assert.equal(asNumbers([pen(1, 2, 3, 4)]).length, 5);
  assert.equal(asNumbers([pen(1, 2), { tool: "cell", column: 1, line: 1, value: 255 }]).length, 0);
  assert.equal(asNumbers([{ tool: "photo", ink: "" }]).length, 0);
});
