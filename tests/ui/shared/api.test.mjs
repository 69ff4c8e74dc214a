import assert from "node:assert/strict";
import { test } from "node:test";
import { ask } from "../../../assets/shared/api.js";
import { json, openLab } from "../lab.mjs";

const AWAY = "The lab is not responding. Is it still running?";

test("a request is JSON to a route below the page's base, in the viewer's language", async (t) => {
  const requests = [];
  await openLab(t, (received) => {
    requests.push(received);
    return json({ done: true });
  });
  assert.deepEqual(await ask("editor/edit", { n: 1 }, { query: new URLSearchParams({ tab: "a&b" }) }), { done: true });
  const [{ route, query, headers, body }] = requests;
  assert.equal(route, "editor/edit");
  assert.deepEqual(query, { tab: "a&b" });
  assert.equal(headers["accept-language"], "en");
  assert.deepEqual(JSON.parse(body), { n: 1 });
});

test("bytes are sent as they are, and packed bytes come back as an object", async (t) => {
  const packed = Buffer.from([4, 0, 0, 0, ...Buffer.from("[7] ")]);
  let sent;
  await openLab(t, ({ headers, body }) => {
    sent = [headers["content-type"], [...body]];
    return { headers: { "content-type": "application/octet-stream" }, body: packed };
  });
  assert.deepEqual(await ask("classify", new Blob([new Uint8Array([1, 2, 255])])), [7]);
  assert.deepEqual(sent, ["application/octet-stream", [1, 2, 255]]);
});

test("an empty answer is nothing", async (t) => {
  await openLab(t, () => ({ status: 204 }));
  assert.equal(await ask("drawing", {}), null);
});

test("a refusal has the lab's message, its status and its other fields", async (t) => {
  await openLab(t, () => json({ error: "It wakes up.", waking: true }, 503));
  await assert.rejects(ask("classify", {}), { message: "It wakes up.", status: 503, waking: true });
});

test("a refusal without a message is reported by its status", async (t) => {
  await openLab(t, () => ({ status: 502, body: "<html>Bad gateway</html>" }));
  await assert.rejects(ask("classify", {}), { message: "The lab answered with 502.", status: 502 });
});

test("a lab that is away is one sentence", async (t) => {
  await openLab(t, () => undefined);
  await assert.rejects(ask("live", {}), { message: AWAY });
});

test("a request that is no longer wanted is aborted", async (t) => {
  await openLab(t, () => new Promise(() => {}));
  const controller = new AbortController();
  const answer = ask("why", {}, { signal: controller.signal });
  controller.abort();
  await assert.rejects(answer, { name: "AbortError" });
});

test("a request that takes too long counts as one to a lab that is away", async (t) => {
  await openLab(t, () => new Promise(() => {}));
  const controller = new AbortController();
  const answer = ask("classify", {}, { signal: controller.signal });
  controller.abort(new DOMException("", "TimeoutError"));
  await assert.rejects(answer, { message: AWAY });
});
