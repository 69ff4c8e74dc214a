import assert from "node:assert/strict";
import { test } from "node:test";
import { MapCursor } from "../../../assets/shared/feature_maps/cursor.js";

const board = () => ({ setAttribute() {}, scrollIntoView() {}, matches: () => true });

test("what was selected before the numbers were there is said when they are", () => {
  const row = {
    board: board(),
    size: { count: 3, height: 2, width: 2 },
    canvas: { getAttribute: () => "nothing drawn yet" },
    values: null,
    select() {},
    setStop() {},
    strongest: () => ({ top: 1, left: 0 }),
    text: (tile, top, left) => `map ${tile + 1}, ${top}, ${left}`,
  };
  const spoken = { textContent: "" };
  const cursor = new MapCursor({ point() {}, hide() {} }, spoken);
  cursor.layout([row]);
  row.board.onfocus();
  cursor.handle(0, "ArrowRight");
  assert.equal(spoken.textContent, "nothing drawn yet");
  row.values = new Int8Array(12);
  cursor.renew();
  assert.equal(spoken.textContent, "map 2, 1, 0, the strongest of this map");
  cursor.handle(0, "Enter");
  assert.equal(spoken.textContent, "map 2, 1, 0");
  spoken.textContent = "";
  cursor.renew(); // while a pen moves nothing is repeated
  row.board.onblur();
  cursor.renew();
  assert.equal(spoken.textContent, "");
});
