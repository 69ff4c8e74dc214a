import assert from "node:assert/strict";
import { test } from "node:test";
import { filmOf } from "../../../assets/build/layer_stack/operations/operations.js";
import { cellsAt, windowOf } from "../../../assets/build/layer_stack/operations/sliding.js";

const CONVOLUTION = { kernel_size: 3, stride: 1, padding: 0, dilation: 1, bias: false };
const wordsOf = (film) => Array.from({ length: film.steps }, (_each, step) => film.words(step));

test("a window moves as the card's stride and dilation say", () => {
  const plain = windowOf(CONVOLUTION);
  assert.deepEqual([plain.steps, cellsAt(plain, 1)[0]], [4, [0, 1]]);
  const wide = windowOf({ ...CONVOLUTION, stride: 2 });
  assert.deepEqual([wide.steps, cellsAt(wide, 1)[0], cellsAt(wide, 2)[0]], [2, [0, 2], [2, 0]]);
  const spread = windowOf({ ...CONVOLUTION, kernel_size: 2, dilation: 2 });
  assert.deepEqual(cellsAt(spread, 0), [
    [0, 0],
    [0, 2],
    [2, 0],
    [2, 2],
  ]);
});

test("a film says when the card's window is too large to be drawn", () => {
  assert.equal(filmOf("Conv2d", CONVOLUTION).note, "");
  assert.match(filmOf("Conv2d", { ...CONVOLUTION, kernel_size: 5 }).note, /3×3/);
  assert.match(filmOf("MaxPool2d", { kernel_size: 8, stride: 8, padding: 0 }).note, /3×3 that moves by 3/);
});

test("a convolution adds up the products, and the bias if there is one", () => {
  const [first] = wordsOf(filmOf("Conv2d", CONVOLUTION));
  assert.equal(first, "Sum of the products: 0 + 0 + (−2) + 1 + 0 + 0 + 0 + 0 + 0 = −1");
  const [biased] = wordsOf(filmOf("Conv2d", { ...CONVOLUTION, bias: true }));
  assert.match(biased, /\+ 1 = 0$/);
});

test("pooling keeps the largest number or the mean of each window", () => {
  const values = { kernel_size: 2, stride: 2, padding: 0 };
  assert.equal(wordsOf(filmOf("MaxPool2d", values))[0], "The largest of 1, 3, 2, 0 is 3.");
  assert.equal(wordsOf(filmOf("AvgPool2d", values))[0], "The mean of 1, 3, 2, 0 is 1.5.");
  assert.equal(filmOf("AdaptiveAvgPool2d", { output_size: 1 }).steps, 1);
});

test("a curve gives what torch computes", () => {
  const at = (kind, values = {}) => wordsOf(filmOf(kind, values))[6]; // at −1
  assert.equal(at("ReLU"), "−1 becomes 0");
  assert.equal(at("LeakyReLU", { negative_slope: 0.1 }), "−1 becomes −0.1");
  assert.equal(at("ELU"), "−1 becomes −0.63");
  assert.equal(at("SELU"), "−1 becomes −1.11");
  assert.equal(at("GELU"), "−1 becomes −0.16");
  assert.equal(at("SiLU"), "−1 becomes −0.27");
  assert.equal(at("Sigmoid"), "−1 becomes 0.27");
  assert.equal(at("Tanh"), "−1 becomes −0.76");
});

test("a dense layer adds its bias only if it has one", () => {
  assert.equal(wordsOf(filmOf("Linear", { bias: false }))[0], "Output 1: 1×2 + (−1)×0 + 0.5×1 + 0×3 = 2.5");
  assert.match(wordsOf(filmOf("Linear", { bias: true }))[0], /\+ 1 = 3\.5$/);
});

test("dropout multiplies what is left, so that the sum stays about the same", () => {
  assert.match(wordsOf(filmOf("Dropout", { p: 0.5 }))[0], /50 % become 0, the others are multiplied by 2\./);
});

test("every step of every film has words; an unknown kind has no film", () => {
  const block = { filters_1x1: 16, filters_3x3: 32, filters_5x5: 8, filters_pool: 8 };
  const values = { ...CONVOLUTION, ...block, output_size: 2, p: 0.25, negative_slope: 0.01, bias: true };
  const kinds = [
    "Conv2d DepthwiseConv2d SeparableConv2d MaxPool2d AvgPool2d AdaptiveAvgPool2d Flatten Linear ReLU LeakyReLU",
    "ELU SELU GELU SiLU Sigmoid Tanh Softmax BatchNorm2d BatchNorm1d GroupNorm LayerNorm Dropout Dropout2d",
    "Residual Inception SqueezeExcitation",
  ].join(" ");
  for (const kind of kinds.split(" ")) {
    const film = filmOf(kind, values);
    assert.ok(film.about && wordsOf(film).every(Boolean), kind);
  }
  assert.equal(filmOf("Bottleneck", values), null);
});
