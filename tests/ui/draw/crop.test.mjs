import assert from "node:assert/strict";
import { test } from "node:test";
import { moved, partBetween, resized } from "../../../assets/draw/drawing_pad/crop.js";

const near = (part, expected) => {
  for (const [name, value] of Object.entries(expected)) assert.ok(Math.abs(part[name] - value) < 1e-9, name);
};

test("a rectangle may be dragged in any direction, and off the photo", () => {
  const part = { left: 0.2, top: 0.1, right: 0.6, bottom: 0.5 };
  assert.deepEqual(partBetween([0.2, 0.1], [0.6, 0.5]), part);
  assert.deepEqual(partBetween([0.6, 0.1], [0.2, 0.5]), part);
  assert.deepEqual(partBetween([0.5, 0.5], [7, -3]), { left: 0.5, top: 0, right: 1, bottom: 0.5 });
});

test("a tap is no rectangle", () => {
  assert.equal(partBetween([0.5, 0.5], [0.5, 0.5]), null);
  assert.equal(partBetween([0.5, 0.5], [0.9, 0.51]), null);
});

test("arrow keys move the part, but not off the photo", () => {
  const part = { left: 0.01, top: 0.5, right: 0.41, bottom: 1 };
  near(moved(part, [-1, 0]), { left: 0, right: 0.4 });
  near(moved(part, [0, 1]), part);
  near(moved(part, [1, 0]), { left: 0.03, right: 0.43 });
});

test("with Shift they change its size, but never to nothing", () => {
  let part = { left: 0, top: 0, right: 1, bottom: 1 };
  for (let press = 0; press < 100; press++) part = resized(part, [-1, 0]);
  near(part, { left: 0, top: 0, right: 0.05, bottom: 1 });
  near(resized({ ...part, bottom: 0.5 }, [0, 1]), { bottom: 0.52 });
});
