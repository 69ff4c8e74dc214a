import assert from "node:assert/strict";
import { test } from "node:test";
import { filmOf, frameAt } from "../../../assets/draw/drawing_pad/film.js";

const pen = (...points) => ({ tool: "pen", width: 20, points });

test("a film draws stroke by stroke, and ends with the whole drawing", () => {
  const strokes = [pen(0, 0, 100, 0), pen(0, 50, 0, 150)];
  const film = filmOf(strokes);
  const [first, second] = film.parts;
  assert.deepEqual(frameAt(film, 0), { done: [], current: null });
  const half = frameAt(film, 50);
  assert.deepEqual(half.done, []);
  assert.deepEqual(half.current.points, [0, 0, 50, 0]);
  assert.deepEqual(frameAt(film, first.end), { done: [strokes[0]], current: null });
  assert.ok(second.start > first.end); // the pen is in the air
  const last = frameAt(film, second.start + 25);
  assert.deepEqual(last.current.points, [0, 50, 0, 75]);
  assert.deepEqual(frameAt(film, film.length).done, strokes);
});

test("dots, cells and photos have their time in a film", () => {
  const strokes = [pen(5, 5), { tool: "cell", column: 1, line: 1, value: 255 }, { tool: "photo", ink: "" }];
  const film = filmOf(strokes);
  const ends = film.parts.map((part) => part.end);
  assert.ok(ends[0] > 0 && ends[1] > ends[0] && ends[2] > ends[1]);
  assert.deepEqual(frameAt(film, ends[1]), { done: strokes.slice(0, 2), current: null });
  assert.deepEqual(filmOf([]), { parts: [], length: 0 });
});
