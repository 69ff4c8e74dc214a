import assert from "node:assert/strict";
import { test } from "node:test";
import { lastText, readKept } from "../../../assets/draw/drawing_pad/kept.js";

const pen = (...points) => ({ tool: "pen", width: 20, points });

test("a kept drawing is read as it was", () => {
  const list = [
    pen(1, 2.5, 3, 4),
    { tool: "eraser", width: 30, points: [5, 5] },
    { tool: "clear", kept: "name" },
    { tool: "cell", column: 27, line: 0, value: 128 },
    { tool: "photo", ink: "AAAA" },
    { tool: "clear" },
  ];
  const text = JSON.stringify({ format: 1, list, tool: "eraser", width: 12, seq: 40 });
  assert.deepEqual(readKept(text), { list, tool: "eraser", width: 12, seq: 40 });
  assert.deepEqual(readKept(lastText(list, 12)), { list, tool: "pen", width: 12, seq: 0 });
});

test("a drawing of very many strokes is kept as its ink", () => {
  const list = Array.from({ length: 400 }, (_, index) => pen(...Array.from({ length: 200 }, () => index + 0.5)));
  const text = lastText(list, 12, () => "AAAA");
  assert.deepEqual(readKept(text).list, [{ tool: "photo", ink: "AAAA" }]);
  assert.ok(text.length < 200);
});

test("what is no kept drawing is passed over", () => {
  const holding = (...list) => JSON.stringify({ format: 1, list });
  const damaged = [
    null,
    undefined,
    "",
    "{",
    "null",
    "[]",
    "7",
    '"text"',
    "{}",
    JSON.stringify({ format: 2, list: [] }),
    JSON.stringify({ format: 1, list: {} }),
    holding(null),
    holding(7),
    holding({}),
    holding({ tool: "script" }),
    holding({ tool: "pen", width: 20 }),
    holding({ tool: "pen", width: 20, points: [1] }),
    holding({ tool: "pen", width: 20, points: [] }),
    holding({ tool: "pen", width: 20, points: [1, "2"] }),
    holding({ tool: "pen", width: 20, points: [1, null] }),
    holding({ tool: "pen", width: 0, points: [1, 2] }),
    holding({ tool: "pen", width: 1e9, points: [1, 2] }),
    holding({ tool: "cell", column: 28, line: 0, value: 0 }),
    holding({ tool: "cell", column: 1.5, line: 0, value: 0 }),
    holding({ tool: "photo" }),
    holding({ tool: "photo", ink: "not base64!" }),
    holding({ tool: "photo", ink: "AAAAA" }),
    holding({ tool: "clear", kept: 7 }),
    holding(...Array(5001).fill({ tool: "clear" })),
  ];
  for (const text of damaged) assert.equal(readKept(text), null, text);
});
