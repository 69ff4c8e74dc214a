// The pure parts of the pad and of the tiles; test_pad_scripts.py joins them beside this file as one module.

import assert from "node:assert/strict";
import { test } from "node:test";

const {
  Pump,
  Strokes,
  agreementWords,
  arrange,
  asNumbers,
  blend,
  extend,
  filmOf,
  frameAt,
  lastText,
  learnedWords,
  outline,
  paintTiles,
  piecesOf,
  readKept,
  shortNumber,
  signedColors,
  strongestPlace,
  tileAt,
  unpack,
} = await import("./pad.mjs");

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

const settled = () => new Promise((done) => setTimeout(done, 5));

function pumpWith(t, clock = () => 0) {
  const asked = [];
  const shown = [];
  const ask = (seq, signal) =>
    new Promise((answer, refuse) => {
      asked.push({ seq, answer, refuse });
      signal.onabort = () => refuse(new Error("aborted"));
    });
  const pump = new Pump({ ask, take: (answer, seq) => shown.push([seq, answer]), fail: () => 1, clock });
  t.after(() => pump.drop()); // or it would ask for ever
  return { pump, asked, shown };
}

test("one question at a time, and the last drawing is always asked about", async (t) => {
  const { pump, asked, shown } = pumpWith(t);
  for (let times = 0; times < 10; times++) pump.want();
  assert.equal(asked.length, 1);
  asked[0].answer("first");
  await settled();
  assert.equal(asked.length, 2);
  asked[1].answer("last");
  await settled();
  assert.equal(asked.length, 2);
  assert.deepEqual(shown, [
    [1, "first"],
    [2, "last"],
  ]);
});

test("a newer drawing overtakes a slow question, whose answer is not shown", async (t) => {
  let now = 0;
  const { pump, asked, shown } = pumpWith(t, () => now);
  pump.want();
  now = 2000;
  pump.want();
  assert.equal(asked.length, 2);
  asked[0].answer("late");
  asked[1].answer("new");
  await settled();
  assert.deepEqual(shown, [[2, "new"]]);
});

test("after a failure it asks again by itself", async (t) => {
  const { pump, asked, shown } = pumpWith(t);
  pump.want();
  asked[0].refuse(new Error("gone"));
  await new Promise((done) => setTimeout(done, 30));
  asked[1].answer("back");
  await settled();
  assert.deepEqual(shown, [[2, "back"]]);
});

test("what was dropped is never shown, and numbers only grow", async (t) => {
  const { pump, asked, shown } = pumpWith(t);
  pump.want();
  assert.equal(pump.drop(), 2);
  asked[0].answer("too late");
  await settled();
  assert.deepEqual(shown, []);
  pump.want();
  assert.equal(asked[1].seq, 3);
});

test("every value of every tile is found under its own pixel", () => {
  for (const size of [
    { count: 7, height: 3, width: 5 },
    { count: 30, height: 1, width: 1 },
    { count: 4, height: 28, width: 28 },
  ]) {
    const plan = arrange(size, 150);
    const each = size.height * size.width;
    const values = Int8Array.from({ length: size.count * each }, (_, index) => index % 100);
    const colors = Uint32Array.from({ length: 256 }, (_, value) => value + 1);
    const pixels = new Uint32Array(plan.width * plan.height);
    paintTiles(pixels, plan, size, values, colors);
    for (let y = 0; y < plan.height; y++) {
      for (let x = 0; x < plan.width; x++) {
        const hit = tileAt(size, plan, x + 0.5, y + 0.5);
        const expected = hit ? values[hit.tile * each + hit.top * size.width + hit.left] + 1 : 0;
        assert.equal(pixels[y * plan.width + x], expected);
      }
    }
    assert.ok(plan.width * plan.css <= 150 || plan.columns === 1);
  }
});

test("zero has the page's color, and opposite values have opposite ones", () => {
  const colors = signedColors([255, 255, 255], [217, 95, 2], [33, 102, 172]);
  assert.equal(colors[0], 0xffffffff);
  assert.equal(colors[127], 0xff025fd9);
  assert.equal(colors[-127 & 255], 0xffac6621);
  assert.deepEqual(blend([0, 0, 0], [100, 200, 50], 0.5), [50, 100, 25]);
});

test("numbers are short", () => {
  const numbers = [0, 0.123456, -2, 12345, 0.0006, 0.00175, 4.34e-10, -2.5e12, NaN];
  const words = ["0", "0.123", "−2", "12,345", "0.0006", "0.00175", "4.3 × 10⁻¹⁰", "−2.5 × 10¹²", "not a number"];
  assert.deepEqual(numbers.map(shortNumber), words);
});

test("what Python packs, the browser unpacks", () => {
  const packed = new Uint8Array(Buffer.from(process.env.PACKED, "base64"));
  const { seq, rows } = unpack(packed);
  assert.equal(seq, 7);
  assert.deepEqual([...rows[0].values], [-127, 0, 127]);
  assert.deepEqual(rows[0].values.shape, [1, 3]);
  assert.deepEqual([...rows[0].scales], [1.5]);
});

test("a film draws stroke by stroke, and ends with the whole drawing", () => {
  const strokes = [pen(0, 0, 100, 0), pen(0, 50, 0, 150)];
  const film = filmOf(strokes);
  const [first, second] = film.parts;
  assert.deepEqual(frameAt(film, 0), { done: [], under: null });
  const half = frameAt(film, 50);
  assert.deepEqual(half.done, []);
  assert.deepEqual(half.under.points, [0, 0, 50, 0]);
  assert.deepEqual(frameAt(film, first.end), { done: [strokes[0]], under: null });
  assert.ok(second.start > first.end); // the pen is in the air
  const last = frameAt(film, second.start + 25);
  assert.deepEqual(last.under.points, [0, 50, 0, 75]);
  assert.deepEqual(frameAt(film, film.length).done, strokes);
});

test("dots, cells and photos have their time in a film", () => {
  const strokes = [pen(5, 5), { tool: "cell", column: 1, line: 1, value: 255 }, { tool: "photo", ink: "" }];
  const film = filmOf(strokes);
  const ends = film.parts.map((part) => part.end);
  assert.ok(ends[0] > 0 && ends[1] > ends[0] && ends[2] > ends[1]);
  assert.deepEqual(frameAt(film, ends[1]), { done: strokes.slice(0, 2), under: null });
  assert.deepEqual(filmOf([]), { parts: [], length: 0 });
});

test("the strongest place is named, for either sign", () => {
  const evidence = new Int8Array(28 * 28);
  evidence.shape = [28, 28];
  assert.equal(strongestPlace(evidence, 1), "");
  evidence[10 * 28 + 10] = 50;
  evidence[10 * 28 + 18] = -20;
  evidence[18 * 28 + 18] = 5;
  assert.equal(strongestPlace(evidence, 1), "the upper left");
  assert.equal(strongestPlace(evidence, -1), "the upper right");
  evidence[10 * 28 + 18] = 0;
  assert.equal(strongestPlace(evidence, -1), "");
});

test("only a drawing of pen lines is sent as lines", () => {
  assert.equal(asNumbers([pen(1, 2, 3, 4)]).length, 5);
  assert.equal(asNumbers([pen(1, 2), { tool: "cell", column: 1, line: 1, value: 255 }]).length, 0);
  assert.equal(asNumbers([{ tool: "photo", ink: "" }]).length, 0);
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

test("what learning brought is told in a sentence, also where there was nothing to gain", () => {
  const said = (before, after, mine = true, others = [995, 995]) =>
    learnedWords({
      own: 8,
      others: 1000,
      before: before === null ? undefined : { own: before, others: others[0] },
      after: { own: after, others: others[1] },
      mine,
    });
  assert.equal(said(8, 8), "It read your hand already: 8 of 8 before, 8 of 8 after.");
  assert.equal(said(5, 8), "It has learned your hand: 5 of 8 before, 8 of 8 after.");
  assert.equal(said(5, 5), "Nothing was gained: 5 of 8 before, 5 of 8 after.");
  assert.equal(said(7, 6), "It reads your hand worse than before: 7 of 8 before, 6 of 8 after.");
  assert.equal(said(null, 6), "It reads 6 of 8 of your held-out drawings.");
  assert.equal(said(5, 8, false), "It has learned these hands: 5 of 8 before, 8 of 8 after.");
  assert.match(said(5, 8, true, [995, 990]), /Of 1,000 digits of other people it now reads 5 fewer\.$/);
});

test("two networks agree only where both are sure", () => {
  const reading = (label, sure) => ({ label, verdict: { sure } });
  assert.equal(agreementWords(reading(7, true), reading(7, true)), "They agree.");
  assert.equal(agreementWords(reading(7, true), reading(1, true)), "They disagree.");
  assert.equal(agreementWords(reading(7, true), reading(7, false)), "Only the first is sure.");
  assert.equal(agreementWords(reading(7, false), reading(7, true)), "Only the second is sure.");
  assert.equal(agreementWords(reading(7, false), reading(7, false)), "Neither is sure.");
});
