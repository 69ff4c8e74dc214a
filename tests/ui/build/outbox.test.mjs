import assert from "node:assert/strict";
import { test } from "node:test";
import { Outbox } from "../../../assets/build/layer_stack/outbox.js";
import { json, openLab } from "../lab.mjs";

// The server's editor: it applies each edit once, by its number.
async function openEditor(t, token = "one") {
  const editor = { token, done: 0, taken: [], messages: 0 };
  await openLab(t, ({ body }) => {
    editor.messages += 1;
    const message = JSON.parse(body);
    if (message.editor !== editor.token) return json({ error: "There is no such editor." }, 404);
    for (const edit of message.edits.filter(({ n }) => n > editor.done)) {
      editor.taken.push(edit.do);
      editor.done = edit.n;
    }
    return json({ editor: editor.token, done: editor.done });
  });
  return editor;
}

function openOutbox() {
  const heard = { lost: 0, troubles: [] };
  const outbox = new Outbox(
    (data) => outbox.confirm(data),
    () => (heard.lost += 1),
    (words) => heard.troubles.push(words),
  );
  return { outbox, heard };
}

const until = async (condition) => {
  while (!condition()) await new Promise((done) => setTimeout(done, 2));
};

test("edits arrive once and in order, those made while an answer is awaited in one message", async (t) => {
  const editor = await openEditor(t);
  const { outbox } = openOutbox();
  outbox.confirm({ editor: "one", done: 0 });
  for (const name of ["a", "b", "c"]) outbox.send({ do: name });
  await until(() => editor.done === 3 && !outbox.waiting.length);
  assert.deepEqual(editor.taken, ["a", "b", "c"]);
  assert.equal(editor.messages, 2);
});

test("an editor that is gone is reported, and its edits wait for the next one", async (t) => {
  await openEditor(t, "new");
  const { outbox, heard } = openOutbox();
  outbox.confirm({ editor: "old", done: 4 });
  assert.equal(outbox.send({ do: "a" }), 5);
  await until(() => heard.lost);
  assert.deepEqual(heard.troubles, []);
  outbox.confirm({ editor: "new", done: 0 });
  assert.deepEqual(outbox.waiting, []);
});

test("problems are reported with the number of waiting edits", async (t) => {
  await openLab(t, () => json({ error: "It is full." }, 503));
  const { outbox, heard } = openOutbox();
  outbox.send({ do: "a" });
  outbox.send({ do: "b" });
  await until(() => heard.troubles.length);
  assert.deepEqual(heard.troubles, ["It is full. 2 edits are waiting."]);
  outbox.waiting = []; // else it would retry forever
});

test("edits that an answer acknowledges are not sent again", () => {
  const { outbox } = openOutbox();
  outbox.busy = true; // one is on its way
  outbox.confirm({ editor: "one", done: 0 });
  for (const name of ["a", "b", "c"]) outbox.send({ do: name });
  outbox.confirm({ editor: "one", done: 2 });
  assert.deepEqual(outbox.waiting, [{ do: "c", n: 3 }]);
});
