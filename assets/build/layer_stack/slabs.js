// The boxes of the network's picture: each shows a map of its row on its front, and is linked with the row's card.

import { paintPicture, paintPixels } from "../../shared/canvas.js";
import { draw, make } from "../../shared/dom.js";
import { paintTiles } from "../../shared/tiles.js";

const INPUT = "input"; // in place of a row's index or id
const MIXING = ["convolution", "dense", "block"]; // families whose maps are made of all maps before them
const PARTS = ".slab, .slab-label";

const SHORT = 3; // letters of a class that fit beside the last bar

// Writes the maps of an answer (thumbs.js) on the slabs of a picture, which has a slab for each of the answer's rows;
// beside the last one, which of the classes has the largest number.
export function paintMaps(svg, { rows, picture }, { signed, inks }, classes) {
  const canvas = make("canvas");
  const slabs = [...svg.querySelectorAll(".slab")];
  const chosen = chosenMaps(slabs, rows);
  for (const slab of slabs) {
    const index = slab.dataset.row;
    const row = index === INPUT ? picture : rows[index];
    const front = slab.querySelector(".front");
    slab.querySelector("image")?.remove();
    if (!row || !front) continue;
    if (index === INPUT) paintPicture(canvas, picture, inks);
    else paintMap(canvas, row, chosen[index], signed);
    front.after(imageOn(front, canvas.toDataURL()));
  }
  for (const old of svg.querySelectorAll(".winner")) old.remove();
  const last = rows.at(-1);
  if (last?.vector && last.values.shape[2] === classes.length) showWinner(svg, last.values, classes);
}

function showWinner(svg, values, classes) {
  const name = classes[values.indexOf(Math.max(...values))];
  const slab = [...svg.querySelectorAll(".slab")].at(-1);
  const front = slab.querySelector(".front");
  if (name.length > SHORT || !front) return;
  const [x, width] = ["x", "width"].map((side) => Number(front.getAttribute(side)));
  const color = svg.querySelector("text").getAttribute("fill");
  const place = { x: x + width + 5, y: 6, fill: color, "font-size": 18, "font-weight": 700 };
  slab.append(draw("text", { class: "winner", ...place }, name));
}

// For each row the number of the map to show. One map is followed from its convolution through all rows that keep it a
// map of its own: the one that has most to show in the last of them.
export function chosenMaps(slabs, rows) {
  const chosen = new Array(rows.length).fill(0);
  let [from, best] = [0, 0];
  for (let index = rows.length - 1; index >= 0; index--) {
    const ends = index === rows.length - 1 || MIXING.includes(slabs[index + 2]?.dataset.family);
    if (ends || !rows[index] || rows[index].vector !== rows[from]?.vector)
      [from, best] = [index, strongest(rows[index])];
    chosen[index] = best;
  }
  return chosen;
}

function strongest(row) {
  if (!row || row.vector) return 0;
  const [count, height, width] = row.values.shape;
  const sizes = new Array(count).fill(0);
  for (let at = 0; at < row.values.length; at++) sizes[Math.floor(at / (height * width))] += Math.abs(row.values[at]);
  return sizes.indexOf(Math.max(...sizes));
}

// A map; of a vector its numbers from top to bottom.
function paintMap(canvas, { values, vector }, number, colors) {
  const [height, width] = vector ? [values.shape[2], 1] : values.shape.slice(1);
  const plan = { block: 1, gap: 0, columns: 1, pitch: width, rise: height, width };
  const map = values.subarray(number * height * width, (number + 1) * height * width);
  paintPixels(canvas, width, height, (pixels) => paintTiles(pixels, plan, { count: 1, height, width }, map, colors));
}

function imageOn(front, address) {
  const places = ["x", "y", "width", "height"].map((name) => [name, front.getAttribute(name)]);
  const drawn = { href: address, preserveAspectRatio: "none", style: "image-rendering: pixelated" };
  return draw("image", { ...Object.fromEntries(places), ...drawn });
}

export class Slabs {
  constructor(stack, container) {
    Object.assign(this, { stack, container, parts: new Map(), ids: [] });
    container.onclick = ({ target }) => this.goTo(this.idAt(target));
    container.onkeydown = (event) => this.key(event);
    for (const [begins, ends] of [
      ["pointerover", "pointerleave"],
      ["focusin", "focusout"],
    ]) {
      stack.root.addEventListener(begins, ({ target }) => this.light(this.idAt(target)));
      stack.root.addEventListener(ends, () => this.light());
    }
  }

  // Shows a new picture, whose rows have these ids. What had the focus keeps it.
  show(svg, ids) {
    const focused = this.idAt(this.container.getRootNode().activeElement);
    const hadFocus = this.container.contains(this.container.getRootNode().activeElement);
    this.ids = ids;
    this.parts = new Map();
    for (const part of svg.querySelectorAll(PARTS)) {
      const id = this.idOf(part);
      this.parts.set(id, [...(this.parts.get(id) ?? []), part]);
    }
    svg.setAttribute("role", "group");
    this.container.replaceChildren(svg);
    this.slabs = [...svg.querySelectorAll(".slab")];
    for (const slab of this.slabs) this.makeButton(slab);
    this.reach(hadFocus ? (this.parts.get(focused)?.[0] ?? this.slabs[0]) : this.slabs[0]);
    if (hadFocus) this.reached.focus({ preventScroll: true });
    const { lit } = this;
    this.lit = undefined;
    this.light(lit);
  }

  makeButton(slab) {
    slab.setAttribute("role", "button");
    slab.setAttribute("tabindex", "-1");
    this.nameAsCard(this.idOf(slab));
  }

  // An edit may change what a card says without changing the picture.
  nameAsCard(id) {
    this.parts.get(id)?.[0].setAttribute("aria-label", this.cardOf(id)?.ariaLabel ?? "");
  }

  // One slab can be reached with Tab; from there the arrow keys lead on.
  reach(slab) {
    this.reached?.setAttribute("tabindex", "-1");
    slab.setAttribute("tabindex", "0");
    this.reached = slab;
  }

  key(event) {
    const at = this.slabs.indexOf(event.target.closest(".slab"));
    const steps = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: this.slabs.length - 1 };
    if (event.key === "Enter" || event.key === " ") this.goTo(this.idAt(event.target));
    else if (at >= 0 && event.key in steps) this.step(this.slabs[steps[event.key]]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  step(slab) {
    if (!slab) return;
    this.reach(slab);
    slab.focus();
  }

  goTo(id) {
    if (id !== undefined) this.stack.focusRow(id === INPUT ? null : id);
  }

  // What is lit while nothing is pointed at; in a picture that scrolls, it comes into view.
  rest(id) {
    if (id === this.resting) return;
    this.resting = id;
    this.light();
    const slab = this.parts.get(id)?.[0].getBoundingClientRect();
    const frame = this.container.getBoundingClientRect();
    if (slab)
      this.container.scrollBy(slab.left - frame.left - frame.width / 2, slab.top - frame.top - frame.height / 2);
  }

  // Lights a row's slab and its card, and no others.
  light(id = this.resting) {
    if (id === this.lit) return;
    for (const [each, isLit] of [
      [this.lit, false],
      [id, true],
    ]) {
      for (const part of [...(this.parts.get(each) ?? []), this.cardOf(each)]) part?.classList.toggle("lit", isLit);
    }
    this.lit = id;
    this.nameAsCard(id);
  }

  cardOf(id) {
    return (id === INPUT ? this.stack.input : this.stack.cards.get(id))?.element;
  }

  // The id of the row whose card or slab this element is a part of.
  idAt(element) {
    const part = element?.closest?.(`${PARTS}, .row`);
    if (!part) return undefined;
    if (!part.matches(".row")) return this.idOf(part);
    return part.dataset.row === INPUT ? INPUT : Number(part.dataset.row);
  }

  idOf(part) {
    return part.dataset.row === INPUT ? INPUT : this.ids[part.dataset.row];
  }
}
