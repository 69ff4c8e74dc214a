// The probability of a class along the size of three kinds of change.

import { draw, make } from "../../shared/dom.js";
import { _ } from "../../shared/words.js";

const WIDTH = 320;
const HEIGHT = 150;
const LEFT = 30; // room for the numbers of the axes
const FOOT = 32;
const HEAD = 22; // for the name of the upright one
const TICKS = 5; // steps of the axis at most

// lines: [{ kind, title, points: [{ x, y }] }]; marks: [{ kind, x, y }], what is on the screen; name: of the class.
export function chart(lines, marks, name, label) {
  const end = Math.max(1, ...lines.flatMap(({ points }) => points.map(({ x }) => x)), ...marks.map(({ x }) => x));
  const place = ({ x, y }) => [LEFT + (x / end) * (WIDTH - LEFT - 8), HEIGHT * (1 - y)];
  const paths = lines.map(({ kind, points }) =>
    draw("polyline", { class: kind, points: points.map((point) => place(point).join(" ")).join(", ") }),
  );
  const dots = marks.map((mark) => {
    const [cx, cy] = place(mark);
    return draw("circle", { class: mark.kind, cx, cy, r: 4.5 });
  });
  const view = { viewBox: `0 -${HEAD} ${WIDTH} ${HEAD + HEIGHT + FOOT}`, role: "img", "aria-label": label };
  return make("div", {}, legend(lines), draw("svg", view, ...axes(end, place, name), ...paths, ...dots));
}

function axes(end, place, name) {
  const frame = draw("path", { d: `M${LEFT} 0V${HEIGHT}H${WIDTH - 8}`, class: "frame" });
  const shares = [0, 0.5, 1].map((y) => {
    const [x, top] = place({ x: 0, y });
    return draw("text", { x: x - 4, y: top + 4, "text-anchor": "end" }, `${100 * y}`);
  });
  const sizes = ticks(end).map((x) =>
    draw("text", { x: place({ x, y: 0 })[0], y: HEIGHT + 14, "text-anchor": "middle" }, `${x}`),
  );
  const names = [
    draw("text", { x: (LEFT + WIDTH) / 2, y: HEIGHT + 28, "text-anchor": "middle" }, _("L2 distance from the picture")),
    draw("text", { x: 0, y: 12 - HEAD }, name ? _("P({name}), %", { name }) : ""),
  ];
  return [frame, ...shares, ...sizes, ...names];
}

function ticks(end) {
  const step = [0.5, 1, 2, 5, 10, 20, 50, 100].find((each) => end / each <= TICKS) ?? end;
  return Array.from({ length: Math.floor(end / step) + 1 }, (_each, index) => index * step);
}

function legend(lines) {
  const entries = lines.map(({ kind, title }) => {
    const sample = draw(
      "svg",
      { viewBox: "0 0 28 10", "aria-hidden": "true" },
      draw("polyline", { class: kind, points: "0 5, 28 5" }),
    );
    return make("span", {}, sample, title);
  });
  return make("p", { className: "legend" }, ...entries);
}
