// Blocks: the ways from the input to the output, and how they join.

import { draw } from "../../../shared/dom.js";
import { _ } from "../../../shared/words.js";
import { canvas, piece, short } from "./pieces.js";

const [WIDTH, LANE] = [420, 56]; // px
const [LEFT, RIGHT] = [70, 300]; // where the ways part and meet
const BOX = { width: 150, height: 36 };

// Ways, one below the other: `texts` are the boxes on them, null is a way without layers.
function lanes(texts, reached, input, outputs, join) {
  const height = texts.length * LANE;
  const middle = height / 2;
  const picture = canvas("wires", WIDTH + 4, height + 4);
  texts.forEach((text, index) => {
    const y = index * LANE + LANE / 2;
    const name = reached.includes(index) ? "wire plus" : "wire";
    picture.append(
      draw("path", { class: name, d: `M40 ${middle}H${LEFT - 12}V${y}H${RIGHT + 12}V${middle}H${RIGHT + 20}` }),
    );
    if (text) picture.append(...box((LEFT + RIGHT - BOX.width) / 2, y, text));
    if (outputs[index]) picture.append(draw("text", { class: "weight", x: RIGHT - 22, y: y - 9 }, outputs[index]));
  });
  picture.append(
    draw("text", { x: 20, y: middle }, input),
    draw("circle", { class: "cell filled", cx: RIGHT + 34, cy: middle, r: 14 }),
    draw("text", { x: RIGHT + 34, y: middle }, join),
  );
  return { picture, middle };
}

function box(x, y, text) {
  const frame = draw("rect", { x, y: y - BOX.height / 2, ...BOX, rx: 6, class: "cell filled" });
  return [frame, draw("text", { x: x + BOX.width / 2, y }, text)];
}

function withResult({ picture, middle }, result) {
  picture.append(draw("text", { class: "result", x: RIGHT + 84, y: middle }, result));
  return picture;
}

export function residual() {
  const [input, inside] = [3, -1];
  const scene = (step) => {
    const outputs = [step > 0 ? short(inside) : "", step > 0 ? short(input) : ""];
    const ways = lanes([_("layers inside"), null], step > 0 ? [0, 1] : [], short(input), outputs, "+");
    return [piece(_("one number on its way"), withResult(ways, step > 1 ? `= ${short(input + inside)}` : ""))];
  };
  return {
    steps: 3,
    about: _("The input goes through the layers inside, and around them on a shortcut; both are added."),
    scene,
    words: (step) =>
      [
        _("A number comes in: {input}", { input: short(input) }),
        _("The layers inside make {inside} of it; the shortcut keeps {input}.", {
          inside: short(inside),
          input: short(input),
        }),
        _("Both are added. The layers inside only have to learn the difference."),
      ][step],
  };
}

export function inception(values) {
  const filters = [values.filters_1x1, values.filters_3x3, values.filters_5x5, values.filters_pool];
  const names = [_("1×1 filters"), _("1×1, then 3×3 filters"), _("1×1, then 5×5 filters"), _("pooling, then 1×1")];
  const total = filters.reduce((all, count) => all + count, 0);
  const scene = (step) => {
    const reached = filters.map((_count, index) => index).filter((index) => index <= step);
    const outputs = filters.map((count, index) => (index <= step ? String(count) : ""));
    return [
      piece(
        _("maps on their ways"),
        withResult(lanes(names, reached, "x", outputs, "…"), step > 3 ? `= ${total}` : ""),
      ),
    ];
  };
  return {
    steps: 5,
    about: _("Four branches look at the same input with windows of different sizes; all their maps are kept."),
    scene,
    words: (step) =>
      step < 4
        ? _("{branch}: {count} maps", { branch: names[step], count: filters[step] })
        : _("All maps one after the other: {total} maps", { total }),
  };
}

export function squeeze() {
  const weight = 0.25;
  const scene = (step) => {
    const outputs = [step > 0 ? short(weight) : "", step > 0 ? "4" : ""];
    const ways = lanes([_("mean → two layers"), null], step > 0 ? [0, 1] : [], "4", outputs, "×");
    return [piece(_("a number of one map"), withResult(ways, step > 1 ? `= ${short(4 * weight)}` : ""))];
  };
  return {
    steps: 3,
    about: _("The means of all maps decide a weight between 0 and 1 for each map; the map is multiplied by it."),
    scene,
    words: (step) =>
      [
        _("The maps come in; here is one number of one map."),
        _("From the means of all maps, two small layers compute the weight of this map: {weight}", {
          weight: short(weight),
        }),
        _("Each number of the map is multiplied by it: a map that does not matter now fades."),
      ][step],
  };
}
