import assert from "node:assert/strict";
import { test } from "node:test";
import { inkOn } from "../../../assets/shared/colors.js";
import { filledIn } from "../../../assets/shared/trace/activation.js";
import { aligned, cellNumber } from "../../../assets/shared/trace/numbers.js";
import { nextCell, Player } from "../../../assets/shared/trace/player.js";
import { exactNumber } from "../../../assets/shared/words.js";

globalThis.matchMedia = () => ({ matches: globalThis.still ?? false });

test("the cells of a map follow in reading order, and the next map does not begin", () => {
  assert.deepEqual(nextCell([4, 0, 0], [9, 2, 3]), [4, 0, 1]);
  assert.deepEqual(nextCell([4, 0, 2], [9, 2, 3]), [4, 1, 0]);
  assert.equal(nextCell([4, 1, 2], [9, 2, 3]), null);
  assert.deepEqual(nextCell([3], [5]), [4]);
  assert.equal(nextCell([4], [5]), null);
});

// A player over a 2×3 map, and what it showed.
function playerOf(go = () => {}) {
  const shown = [];
  const player = new Player({
    go: async (position) => {
      shown.push(position.slice(1).join());
      await go(player);
    },
    shape: [1, 2, 3],
    done: () => shown.push("done"),
  });
  return { player, shown };
}

test("a player goes to the end of the map, and says that it is there", async () => {
  const { player, shown } = playerOf();
  await player.start([0, 1, 0]);
  assert.deepEqual(shown, ["1,1", "1,2", "done"]);
});

test("from the last cell a player begins again", async () => {
  const { player, shown } = playerOf((own) => own.stop());
  await player.start([0, 1, 2]);
  assert.deepEqual(shown, ["0,0"]);
});

test("a player waits for each answer", async () => {
  let [open, most] = [0, 0];
  const { player } = playerOf(async () => {
    most = Math.max(most, ++open);
    await new Promise((done) => setTimeout(done, 200));
    open--;
  });
  await player.start([0, 1, 0]);
  assert.equal(most, 1);
});

test("a stopped player shows nothing more and does not say that it is done; it can go on", async () => {
  const { player, shown } = playerOf((own) => own.stop());
  await player.start([0, 0, 0]);
  await player.start([0, 0, 1]);
  assert.deepEqual(shown, ["0,1", "0,2"]);
});

test("started twice, a player slides once", async () => {
  const { player, shown } = playerOf();
  await Promise.all([player.start([0, 0, 2]), player.start([0, 0, 2])]);
  assert.deepEqual(shown, ["1,0", "1,0", "1,1", "1,2", "done"]);
});

test("if a cell cannot be shown, a player ends", async () => {
  const { player, shown } = playerOf(() => Promise.reject(new Error("no answer")));
  await assert.rejects(player.start([0, 0, 0]), /no answer/);
  assert.deepEqual(shown, ["0,1", "done"]);
});

test("who prefers no motion gets one step", async (t) => {
  globalThis.still = true;
  t.after(() => delete globalThis.still);
  const { player, shown } = playerOf();
  await player.start([0, 0, 0]);
  assert.deepEqual(shown, ["0,1", "done"]);
});

test("the numbers of an equation have the same decimals", () => {
  assert.deepEqual(aligned([12.3456, -0.05, 12.2956]), ["12.35", "−0.05", "12.30"]);
  assert.deepEqual(aligned([0.01234, 0]), ["0.01234", "0.00000"]);
  assert.deepEqual(aligned([0, 0]), ["0", "0"]);
  assert.deepEqual(aligned([123456, -0.2]), ["123,456", "0"]);
  assert.deepEqual(aligned([2e8, 1]), ["2.0 × 10⁸", "1"]);
});

test("a number in a cell has at most five characters and a sign", () => {
  const numbers = [0, 1, -0.5, 0.826, -12.34, 0.001, 250.4, -20000];
  assert.deepEqual(numbers.map(cellNumber), ["0", "1", "−0.50", "0.83", "−12.3", "≈0", "250", "−2e4"]);
});

test("six digits are written in full", () => {
  assert.equal(exactNumber(0.7310585786), "0.731059");
  assert.equal(exactNumber(-1234.5678), "−1,234.57");
  assert.equal(exactNumber(0), "0");
  assert.equal(exactNumber(-1.23456e-9), "−1.23456 × 10⁻⁹");
});

test("a number is put into a formula with the brackets that it needs", () => {
  assert.equal(filledIn("max(0, x)", -0.5), "max(0, −0.5)");
  assert.equal(filledIn("1 / (1 + exp(−x))", -0.5), "1 / (1 + exp(−(−0.5)))");
  assert.equal(filledIn("x · Φ(x)", -0.5), "(−0.5) · Φ(−0.5)");
  assert.equal(filledIn("x · Φ(x)", 2), "2 · Φ(2)");
});

// The contrast of WCAG 2: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
function contrast(color, ink) {
  const luminance = (parts) => {
    const [red, green, blue] = parts
      .map((part) => part / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [high, low] = [luminance(color), luminance(ink)].sort((one, other) => other - one);
  return (high + 0.05) / (low + 0.05);
}

test("the ink on any color can be read", () => {
  const steps = [0, 51, 102, 153, 204, 255];
  const colors = steps.flatMap((red) => steps.flatMap((green) => steps.map((blue) => [red, green, blue])));
  const inks = { black: [0, 0, 0], white: [255, 255, 255] };
  assert.deepEqual(
    colors.filter((color) => contrast(color, inks[inkOn(color)]) < 4.5),
    [],
  );
});
