import assert from "node:assert/strict";
import { test } from "node:test";
import { strongestInputs } from "../../../assets/look_inside/layers/connections.js";
import { keptUntil } from "../../../assets/look_inside/layers/epoch_slider.js";
import { scaleOf } from "../../../assets/look_inside/layers/bars.js";
import { Film } from "../../../assets/look_inside/layers/film.js";
import { filterWords, lineWidth } from "../../../assets/look_inside/layers/filters.js";
import { filterOf, kernelsBySize } from "../../../assets/look_inside/layers/kernels.js";
import {
  NOTHING,
  openedIn,
  positionOf,
  rowOf,
  selectionAt,
  selectionIn,
  showsAll,
  shownRows,
} from "../../../assets/look_inside/layers/selection.js";
import { highlightOf } from "../../../assets/shared/trace/highlight.js";
import { wayTo } from "../../../assets/look_inside/layers/way.js";
import { shownClasses } from "../../../assets/look_inside/layers/switched.js";
import { arrange } from "../../../assets/shared/tiles.js";

test("a line holds whole filters, or an equal part of one", () => {
  for (const [room, inputs, width] of [
    [600, 1, 5],
    [600, 3, 5],
    [600, 16, 3],
    [200, 128, 3],
    [150, 7, 28],
  ]) {
    const size = { height: width, width, enlarge: inputs <= 3 ? 2 : 1 };
    const { columns } = arrange({ count: 1e6, ...size }, lineWidth(room, inputs, size));
    assert.ok(columns % inputs === 0 || inputs % columns === 0, `${columns} tiles, ${inputs} a filter`);
    assert.ok(columns <= arrange({ count: 1e6, ...size }, room).columns);
  }
});

test("of a deep filter the largest kernel comes first", () => {
  const values = Int8Array.from([1, 1, 127, 127, 9, 9, /* the second filter */ 50, 50, 20, 20, 127, 0]);
  const each = { values, scales: [1, 1, 1, 1, 1, 2], inputs: 3, height: 1, width: 2 };
  assert.deepEqual(kernelsBySize(each, 0), [1, 2, 0]);
  assert.deepEqual(kernelsBySize(each, 1), [2, 0, 1]); // by their weights, each on its own scale
});

test("a convolution's filters are one sentence each, and random ones are called so", () => {
  const deep = { count: 64, shown: 64, inputs: 32, height: 3, width: 3, figures: "from −1 to 1" };
  const wide = { ...deep, count: 2000, shown: 900, inputs: 1 };
  assert.equal(
    filterWords(deep, false),
    "64 filters. Each has 32 kernels of 3×3, one for each map that it reads. Weights from −1 to 1.",
  );
  assert.equal(
    filterWords(wide, true),
    "2,000 filters of 3×3. The first 900 are shown. Untrained: random filters. Weights from −1 to 1.",
  );
});

test("the filter of a map is its row's, or that of the row from which its maps come one by one", () => {
  const families = ["convolution", "normalization", "activation", "pooling", "block", "pooling", "convolution"];
  const captions = families.map((family) => ({ family }));
  const filters = [{ row: 0 }, { row: 6 }];
  assert.deepEqual(
    captions.map((_each, row) => filterOf(captions, filters, row)?.row),
    [0, 0, 0, 0, undefined, undefined, 6],
  );
});

test("a unit leads back through rows that keep it to its weights, the strongest first", () => {
  const families = ["convolution", "activation", "pooling", "convolution", "flattening", "dense"];
  const shapes = [[4, 8, 8], [4, 8, 8], [4, 4, 4], [6, 4, 4], [96], [10]];
  const captions = families.map((family, row) => ({ family, whole: shapes[row] }));
  const weights = { 0: [0.5], 3: [0.25, 0, 1, 0.75], 5: [-2, 1] };
  const of = (layer) => weights[layer] && { strengths: Float32Array.from(weights[layer]), signed: layer === "5" };
  const steps = (row, unit) =>
    wayTo(captions, { of }, row, unit).map((each) => [each.row, each.unit, each.from, each.share]);
  assert.deepEqual(steps(2, 3), [
    [2, 3, 3, null],
    [1, 3, 3, null],
    [0, 3, 0, 1],
  ]);
  assert.deepEqual(steps(3, 5), [
    [3, 5, 2, 1],
    [3, 5, 3, 0.75],
    [3, 5, 0, 0.25],
  ]);
  assert.deepEqual(steps(5, 7), [
    [5, 7, 0, 1],
    [5, 7, 1, 0.5],
  ]);
  assert.deepEqual(steps(4, 7), []);
});

const SHAPES = [[8, 20, 30], [8, 20, 30], [10]];
const inAddress = (text) => selectionIn(new URLSearchParams(text), SHAPES);

test("an address selects a layer, a map and a cell, and a number of a vector", () => {
  assert.deepEqual(inAddress("row=1&unit=7&cell=19-29"), { layer: "1", unit: 7, cell: [19, 29] });
  assert.deepEqual(inAddress("row=2&unit=9"), { layer: "2", unit: 9, cell: null });
  assert.deepEqual(inAddress("row=1.0.2&unit=70&cell=1-2"), { layer: "1.0.2", unit: 70, cell: [1, 2] });
});

test("what an address selects and the network does not have is left out", () => {
  for (const text of ["", "row=3&unit=1", "row=-1", "row=x&unit=1&cell=1-1", "row=1e0"])
    assert.deepEqual(inAddress(text), NOTHING);
  assert.deepEqual(inAddress("row=1&unit=8&cell=1-1"), { layer: "1", unit: null, cell: null });
  for (const cell of ["20-1", "1-30", "1", "1-1-1", "a-1", "-1-1", "1.5-1"])
    assert.deepEqual(inAddress(`row=1&unit=3&cell=${cell}`), { layer: "1", unit: 3, cell: null });
});

test("a selected number has a position in its layer", () => {
  assert.deepEqual(positionOf({ unit: 3, cell: [1, 2] }, false), [3, 1, 2]);
  assert.deepEqual(positionOf({ unit: 3, cell: null }, true), [3]);
  assert.equal(positionOf({ unit: 3, cell: null }, false), null);
  assert.equal(positionOf(NOTHING, true), null);
  assert.deepEqual(selectionAt("4", [3, 1, 2]), { layer: "4", unit: 3, cell: [1, 2] });
  assert.equal(rowOf({ layer: "3.0.1" }), 3);
});

test("of many rows the selected one is shown with its neighbors", () => {
  assert.deepEqual(shownRows(18, true, 5), [0, 17]);
  assert.deepEqual(shownRows(18, false, 5), [4, 6]);
  assert.deepEqual(shownRows(18, false, null), [0, 2]);
  assert.deepEqual(shownRows(18, false, 17), [15, 17]);
  assert.deepEqual(shownRows(2, false, 1), [0, 1]);
  assert.deepEqual(
    [showsAll(null, 8), showsAll(null, 9), showsAll("all", 9), showsAll("near", 8)],
    [true, false, true, false],
  );
});

test("a film waits for each picture, and ends with the last one", async () => {
  globalThis.matchMedia = () => ({ matches: false });
  const happened = [];
  let left = 2;
  const film = new Film({
    step: async () => {
      await new Promise((shown) => setTimeout(shown, 300));
      happened.push(left);
      return --left > 0;
    },
    changed: (isOn) => happened.push(isOn),
  });
  const begun = performance.now();
  await film.play();
  assert.deepEqual(happened, [true, 2, 1, false]);
  assert.ok(performance.now() - begun >= 600);
});

test("without motion a film is one step for each press", () => {
  globalThis.matchMedia = () => ({ matches: true });
  let steps = 0;
  const film = new Film({ step: () => ++steps, changed: () => assert.fail() });
  film.toggle();
  film.toggle();
  assert.equal(steps, 2);
});

test("beside an epoch there is the last one kept until then", () => {
  assert.deepEqual(
    [0, 3, 4, 9].map((epoch) => keptUntil([1, 2, 4], epoch)),
    [1, 2, 4, 4],
  );
});

test("the strongest connections come first, whatever their sign; those that do not exist are none", () => {
  assert.deepEqual(strongestInputs(Float32Array.from([0.1, -0.5, 0, 0.2]), 3), [1, 3, 0]);
  assert.deepEqual(strongestInputs(Float32Array.from([0, 0]), 3), []);
});

test("an address names the blocks that are open", () => {
  assert.deepEqual(openedIn(new URLSearchParams("open=3-5-x-"), "open"), [3, 5]);
  assert.deepEqual(openedIn(new URLSearchParams(""), "open"), []);
});

test("in a block, a number is framed among the maps of its layer", () => {
  const trace = {
    layer: "3.0.1",
    position: [2, 1, 1],
    before: { layer: "3.0.0", shape: [4, 8, 8] },
    window: { channels: [0, 1], rows: [0, 1, 2], columns: [0, 1, 2] },
    channel_sums: [0.5, -2],
  };
  const place = (layer) => ["3.0.0", "3.0.1"].indexOf(layer);
  const { cell, window } = highlightOf(trace, place);
  assert.deepEqual(cell, { row: 1, position: [2, 1, 1] });
  assert.deepEqual([window.row, window.channels], [0, [1, 0]]);
  assert.deepEqual(highlightOf(trace), { cell: null, window: null }); // where only whole rows are shown
});

test("of many classes those that are likely with a channel or without it are compared, in their order", () => {
  const few = [0.5, 0.1, 0.4];
  assert.deepEqual(shownClasses(few, [0, 1, 0]), [0, 1, 2]);
  const before = Array.from({ length: 100 }, (_each, index) => (index === 70 ? 0.9 : 0.001));
  const after = Array.from({ length: 100 }, (_each, index) => (index >= 20 && index < 29 ? 0.1 : 0));
  assert.deepEqual(shownClasses(before, after), [20, 21, 22, 23, 24, 25, 26, 27, 28, 70]);
});

test("bars begin at zero, which is on every scale", () => {
  assert.deepEqual(scaleOf([-3, -1]), [-3, 0]);
  assert.deepEqual(scaleOf([2, 5]), [0, 5]);
  assert.deepEqual(scaleOf([0, 0]), [0, 0]);
});
