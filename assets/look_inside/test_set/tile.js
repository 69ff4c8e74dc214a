// A test picture with the network's answer and its bars: a link to Look inside that picture.

import { paintPicture, pictureAt } from "../../shared/canvas.js";
import { make } from "../../shared/dom.js";
import { lookLink } from "../../shared/look_link.js";
import { _ } from "../../shared/words.js";
import { percent } from "./numbers.js";

const BARS = 10;

// found: pictures as the lab sends them; index: which of them; view: { classes, address, open({ data, number }) }.
export function pictureTile(found, index, { classes, address, open }) {
  const { numbers, truth, probabilities, data } = found;
  const chances = probabilities.subarray(index * classes.length, (index + 1) * classes.length);
  const answer = chances.indexOf(Math.max(...chances));
  const number = numbers[index];
  const words = answerWords(number, truth[index], answer, chances[answer], classes);
  const right = answer === truth[index];
  const lines = [
    make("b", {}, `${right ? "✓" : "✗"} ${classes[answer]}`),
    make("span", {}, percent(chances[answer])),
    make("span", {}, right ? "\u00a0" : _("it is {truth}", { truth: classes[truth[index]] })),
  ];
  const top = make("span", { className: "verdict" }, make("canvas"), make("span", { className: "words" }, ...lines));
  const query = { ...address, picture: `${data}-${number}` };
  const label = _("Look inside: {picture}", { picture: words });
  const bars = barsOf(chances, answer, truth[index], classes);
  const link = lookLink(query, () => open({ data, number }), label, top, bars);
  link.className = right ? "tile right" : "tile wrong";
  return link;
}

// The canvases of tiles, in the colors of the page.
export function paintTiles(canvases, found, inks) {
  canvases.forEach((canvas, index) => paintPicture(canvas, pictureAt(found.pictures, index), inks));
}

// A picture's number, the answer and the truth.
export function answerWords(number, truth, answer, chance, classes) {
  const values = { number, name: classes[answer], truth: classes[truth], share: percent(chance) };
  return truth === answer
    ? _("test picture {number}, rightly read as {name} ({share})", values)
    : _("test picture {number}, read as {name} ({share}), it is {truth}", values);
}

// A bar for each class; of many classes, for the most probable ones. The link's name says what matters of them.
function barsOf(chances, answer, truth, classes) {
  const order = Array.from(chances.keys());
  const shown = order.sort((a, b) => chances[b] - chances[a]).slice(0, BARS);
  const bars = shown
    .sort((a, b) => a - b)
    .map((each) => {
      const bar = make("i", { className: each === truth ? "truth" : each === answer ? "answer" : "" });
      bar.style.height = `${Math.max(2, 100 * chances[each])}%`;
      return make("span", { title: `${classes[each]}: ${percent(chances[each])}` }, bar);
    });
  return make("span", { className: "chances", ariaHidden: "true" }, ...bars);
}
