import assert from "node:assert/strict";
import { test } from "node:test";
import { paintInk, paintLight, paintPicture } from "../../../assets/shared/canvas.js";
import { inkColors } from "../../../assets/shared/colors.js";

// As much of a canvas as takes pixels; `at(place)`: [red, green, blue, alpha].
function blank() {
  const canvas = { width: 300, height: 150 };
  canvas.getContext = () => ({
    createImageData: (width, height) => ({ data: new Uint8ClampedArray(4 * width * height) }),
    putImageData: ({ data }) => (canvas.data = data),
  });
  canvas.at = (place) => [...canvas.data.slice(4 * place, 4 * place + 4)];
  return canvas;
}

const picture = (shape, ...values) => Object.assign(Uint8Array.from(values), { shape });
const INKS = inkColors([255, 255, 255], [0, 0, 0]); // black on white

test("ink is painted from paper to ink, on a canvas of the picture's size", () => {
  const canvas = blank();
  paintInk(canvas, picture([1, 3], 0, 255, 51), INKS);
  assert.deepEqual([canvas.width, canvas.height], [3, 1]);
  assert.deepEqual([0, 1, 2].map(canvas.at), [
    [255, 255, 255, 255],
    [0, 0, 0, 255],
    [204, 204, 204, 255],
  ]);
});

test("of what a network gets, one channel is ink and three are colors", () => {
  const [one, three] = [blank(), blank()];
  paintPicture(one, picture([1, 1, 2], 0, 255), INKS);
  assert.deepEqual(one.at(1), [0, 0, 0, 255]);
  paintPicture(three, picture([3, 1, 2], 1, 2, 10, 20, 100, 200), INKS);
  assert.deepEqual(
    [three.at(0), three.at(1)],
    [
      [1, 10, 100, 255],
      [2, 20, 200, 255],
    ],
  );
});

test("a photo is painted as it is, gray or in colors", () => {
  const [gray, colored] = [blank(), blank()];
  paintLight(gray, picture([2, 1], 7, 200));
  assert.deepEqual(
    [gray.at(0), gray.at(1)],
    [
      [7, 7, 7, 255],
      [200, 200, 200, 255],
    ],
  );
  paintLight(colored, picture([1, 2, 3], 1, 2, 3, 4, 5, 6));
  assert.deepEqual(
    [colored.at(0), colored.at(1)],
    [
      [1, 2, 3, 255],
      [4, 5, 6, 255],
    ],
  );
});
