import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, isForNewTab } from "../../../assets/shared/shell/links.js";

test("the first screen's empty link leads to the server, the others to their pages, also behind a proxy", () => {
  assert.equal(addressOf("", "http://lab/train?run=1"), "http://lab/");
  assert.equal(addressOf("build", "http://lab/train?run=1"), "http://lab/build");
  assert.equal(addressOf("", "http://lab/class/train"), "http://lab/class/");
  assert.equal(addressOf("look_inside", "http://lab/class/"), "http://lab/class/look_inside");
});

test("present mode and the language go along, and nothing else of this tab's address", () => {
  const here = "http://lab/train?run=1&present=1&lang=zh";
  assert.equal(addressOf("", here), "http://lab/?present=1&lang=zh");
  assert.equal(addressOf("http://lab/build?present=1", "http://lab/?lang=zh"), "http://lab/build?lang=zh"); // once more
});

test("Ctrl, Cmd and Shift ask for another tab or window", () => {
  for (const held of ["ctrlKey", "metaKey", "shiftKey"]) assert.ok(isForNewTab({ [held]: true }));
  assert.ok(!isForNewTab({ ctrlKey: false, metaKey: false, shiftKey: false }));
});
