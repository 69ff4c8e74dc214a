import assert from "node:assert/strict";
import { test } from "node:test";
import { commandOf, isSwitch } from "../../../assets/shared/shell/keys.js";
import { nextPart } from "../../../assets/shared/shell/steps.js";

test("a clicker's keys and the arrows go through the parts, digits to the screens", () => {
  const commands = ["PageDown", "ArrowRight", "PageUp", "ArrowLeft", "1", "4", "Escape"].map((key) =>
    commandOf({ key }),
  );
  assert.deepEqual(commands, [
    ["step", 1],
    ["step", 1],
    ["step", -1],
    ["step", -1],
    ["screen", 0],
    ["screen", 3],
    ["leave"],
  ]);
});

test("other keys, and keys with Ctrl, Alt or Shift, mean nothing", () => {
  assert.deepEqual(
    ["a", "0", "ArrowDown", " "].map((key) => commandOf({ key })),
    Array(4).fill(undefined),
  );
  for (const held of ["ctrlKey", "altKey", "metaKey", "shiftKey"])
    assert.equal(commandOf({ key: "ArrowLeft", [held]: true }), undefined);
});

test("Alt+P is the switch, whatever letter it types", () => {
  assert.ok(isSwitch({ code: "KeyP", key: "π", altKey: true }));
  assert.ok(!isSwitch({ code: "KeyP", key: "p" }));
  assert.ok(!isSwitch({ code: "KeyP", key: "p", altKey: true, ctrlKey: true }));
});

test("the next part is the first one below its place, the one before the last one above", () => {
  assert.equal(nextPart([-400, -200, 0, 200], 1), 3);
  assert.equal(nextPart([-400, -200, 0, 200], -1), 1);
  assert.equal(nextPart([-400, -198, 3, 200], 1), 3); // where a part nearly is, it is
});

test("after the last part, and before the first, there is none", () => {
  assert.equal(nextPart([-200, 0], 1), undefined);
  assert.equal(nextPart([0, 200], -1), undefined);
  assert.equal(nextPart([], 1), undefined);
});
