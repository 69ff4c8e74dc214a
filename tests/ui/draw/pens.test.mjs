import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyPen } from "../../../assets/draw/drawing_pad/keys.js";
import { PointerPen } from "../../../assets/draw/drawing_pad/pointer.js";

// What a pen is told, as a list of names and places.
function record() {
  const told = [];
  const pen = {
    begin: (...given) => told.push(["begin", ...given]),
    draw: (places) => told.push(["draw", ...places]),
    end: () => told.push(["end"]),
  };
  return { told, pen };
}

// A sheet of 560 pixels, two for each unit, whose corner is at (100, 50).
function pointerPen() {
  const { told, pen } = record();
  const canvas = { setPointerCapture() {}, getBoundingClientRect: () => ({ left: 100, top: 50, width: 560 }) };
  new PointerPen(canvas, pen);
  const event = (x, y, more) => ({
    pointerType: "mouse",
    pointerId: 1,
    button: 0,
    timeStamp: 0,
    clientX: x,
    clientY: y,
    ...more,
  });
  return { told, canvas, event };
}

test("a pointer draws on the sheet, whatever its size on the screen", () => {
  const { told, canvas, event } = pointerPen();
  canvas.onpointermove(event(0, 0)); // nothing is down yet
  canvas.onpointerdown(event(100, 50));
  const between = [event(120, 50), event(140, 60)];
  canvas.onpointermove({ ...event(140, 60), getCoalescedEvents: () => between });
  canvas.onpointerup(event(140, 60));
  assert.deepEqual(told, [["begin", [0, 0], false], ["draw", [10, 0], [20, 5]], ["end"]]);
});

test("the other end of a pen erases; other buttons do nothing", () => {
  const { told, canvas, event } = pointerPen();
  canvas.onpointerdown(event(100, 50, { button: 2 }));
  canvas.onpointerdown(event(100, 50, { pointerType: "pen", button: 5 }));
  assert.deepEqual(told, [["begin", [0, 0], true]]);
});

test("a second finger, and a palm beside a pen, draw nothing", () => {
  const { told, canvas, event } = pointerPen();
  const touch = (pointerId, timeStamp) => event(100, 50, { pointerType: "touch", pointerId, timeStamp });
  canvas.onpointerdown(event(100, 50, { pointerType: "pen", pointerId: 7, timeStamp: 1000 }));
  canvas.onpointerdown(touch(2, 1001));
  canvas.onpointermove(touch(2, 1002));
  canvas.onpointerup(touch(2, 1003));
  canvas.onpointerup(event(100, 50, { pointerType: "pen", pointerId: 7, timeStamp: 1100 }));
  canvas.onpointerdown(touch(2, 2000));
  assert.deepEqual(told, [["begin", [0, 0], false], ["end"]]);
  canvas.onpointerdown(touch(2, 9000)); // long after the pen it is a finger
  assert.equal(told.length, 3);
});

function keyPen() {
  const { told, pen } = record();
  const cursor = { hidden: true, style: {}, classList: { toggle() {} } };
  return { told, keys: new KeyPen(cursor, pen, () => {}), cursor };
}

test("arrows move the cursor, and draw while the pen is down", () => {
  const { told, keys, cursor } = keyPen();
  assert.equal(keys.press("ArrowRight"), true); // shows it first
  assert.deepEqual([cursor.hidden, keys.column], [false, 14]);
  keys.press("ArrowRight");
  keys.press(" ");
  keys.press("ArrowDown");
  keys.press("Enter");
  assert.deepEqual(told, [["begin", [155, 145]], ["draw", [155, 155]], ["end"]]);
  assert.equal(keys.press("x"), false);
});

test("the cursor stays on the sheet, and a pen that rests is up", () => {
  const { told, keys, cursor } = keyPen();
  for (let times = 0; times < 40; times++) keys.press("ArrowLeft");
  assert.equal(keys.column, 0);
  keys.press(" ");
  keys.rest();
  assert.equal(told.at(-1)[0], "end");
  assert.equal(cursor.hidden, true);
});
