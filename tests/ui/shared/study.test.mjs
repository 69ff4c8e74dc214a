import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Study } from "../../../assets/shared/study.js";
import { json, openLab } from "../lab.mjs";

// A lab in which studies take no time once they are begun. Returns the wishes that it gets, and the states shown.
async function begun(t, found = {}) {
  const wishes = [];
  await openLab(t, ({ body }) => {
    const { about, do: wish } = JSON.parse(body);
    wishes.push(`${wish} ${about}`);
    if (wish === "begin") found[about] = true;
    return json({ state: found[about] ? "done" : "none" });
  });
  const states = [];
  const study = new Study("study", ({ state }) => states.push(state));
  const shown = async (...expected) => {
    while (states.length < expected.length) await sleep(5);
    assert.deepEqual(states.splice(0), expected);
  };
  return { wishes, shown, study };
}

test("a study that is looked up is there at once if it has been made", async (t) => {
  const { wishes, shown, study } = await begun(t, { map: true });
  study.lookUp({ about: "map" });
  await shown("looked up", "done");
  assert.deepEqual(wishes, ["look up map"]);
});

test("one that has not been made is begun by hand", async (t) => {
  const { wishes, shown, study } = await begun(t);
  study.lookUp({ about: "map" });
  await shown("looked up", "none");
  study.begin();
  await shown("asked", "done");
  assert.deepEqual(wishes, ["look up map", "begin map"]);
});

test("with patience it is begun by itself, but not what is only passed by", async (t) => {
  const { wishes, shown, study } = await begun(t);
  study.lookUp({ about: "first" }, 300);
  await shown("looked up", "none");
  study.lookUp({ about: "second" }, 0);
  await shown("looked up", "none", "asked", "done");
  await sleep(400);
  assert.deepEqual(wishes, ["look up first", "look up second", "begin second"]);
});
