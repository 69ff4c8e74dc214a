import assert from "node:assert/strict";
import { test } from "node:test";
import { Follow } from "../../../assets/train/live_curves/follow.js";

globalThis.addEventListener = () => {}; // Node has no window to click in

// A page that was drawn with step 7, and on which this command was clicked.
function drawn(command) {
  const follow = new Follow({});
  follow.begin({ follow: { sign: "a", active: false, asked: command !== null }, command, step: 7 }, () => {});
  return follow;
}

const live = (changes) => ({ sign: "a", state: "paused", step: 7, ...changes });

test("without a click only a new sign is news", () => {
  const follow = drawn(null);
  assert.equal(follow.isNews(live({ state: "running", step: 8 })), false);
  assert.equal(follow.isNews(live({ sign: "b" })), true);
});

test("a single batch is news when it is over, not while it trains", () => {
  const follow = drawn("batch");
  assert.equal(follow.isNews(live({ state: "running", sign: "b" })), false);
  assert.equal(follow.isNews(live({})), false);
  assert.equal(follow.isNews(live({ step: 8 })), true);
});

test("a single batch that takes long is shown as training", () => {
  const follow = drawn("batch");
  follow.begun -= 3_500;
  assert.equal(follow.isNews(live({ state: "running", sign: "b" })), true);
});

test("other commands are news when the run has changed its state", () => {
  const follow = drawn("pause");
  assert.equal(follow.isNews(live({ state: "running", step: 9 })), false);
  assert.equal(follow.isNews(live({ sign: "b" })), true);
});

test("a command without effect is not waited for forever", () => {
  const follow = drawn("pause");
  follow.begun -= 6_000;
  assert.equal(follow.isNews(live({ state: "running" })), true);
});
