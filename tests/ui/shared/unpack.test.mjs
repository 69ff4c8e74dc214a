// test_scripts.py says what Python packs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { unpack } from "../../../assets/shared/unpack.js";

test("what Python packs, the browser unpacks", () => {
  const packed = new Uint8Array(Buffer.from(process.env.PACKED, "base64"));
  const { seq, rows } = unpack(packed);
  assert.equal(seq, 7);
  assert.deepEqual([...rows[0].values], [-127, 0, 127]);
  assert.deepEqual(rows[0].values.shape, [1, 3]);
  assert.deepEqual([...rows[0].scales], [1.5]);
});
