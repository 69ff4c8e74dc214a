// How good a network is on a whole test set. Everything has its place before the answers are there.

import { colorsOf, inkColors, isDark } from "../../shared/colors.js";
import { make, mountOnce } from "../../shared/dom.js";
import { Study } from "../../shared/study.js";
import { Calibration } from "./calibration.js";
import { Classes } from "./classes.js";
import { Confusion } from "./confusion.js";
import { Embedding } from "./embedding.js";
import { Head } from "./head.js";
import { Pictures } from "./pictures.js";

class TestSet {
  constructor(parent) {
    this.study = new Study("test_set", (state) => this.show(state));
    this.head = new Head(this.study);
    this.pictures = new Pictures((place) => this.open(place));
    this.confusion = new Confusion((truth, answer) => this.pictures.showCell(truth, answer));
    this.classes = new Classes();
    this.calibration = new Calibration();
    this.embedding = new Embedding((place) => this.open(place));
    const parts = [this.confusion, this.pictures, this.classes, this.embedding, this.calibration];
    const grid = make("div", { className: "grid" }, ...parts.map((part) => part.element));
    this.root = make("div", { className: "lab tested" }, this.head.element, grid);
    parent.append(this.root);
  }

  update(body) {
    const [paper, ink] = colorsOf(this.root, "--st-background-color", "--st-text-color");
    this.root.classList.toggle("dark", isDark(paper));
    this.pictures.repaint(inkColors(paper, ink));
    this.embedding.repaint(inkColors(paper, ink));
    const text = JSON.stringify(body);
    if (text === this.text) return; // only the theme, or something else on the page, has changed
    Object.assign(this, { text, body });
    this.pictures.belongTo(body);
    this.embedding.belongTo(body);
    this.study.ask(body.question);
  }

  show(state) {
    const { body } = this;
    const result = state.state === "done" ? state : null;
    this.head.show(state, body);
    this.confusion.show(result, body);
    this.classes.show(result, body);
    this.calibration.show(result, body);
    this.pictures.show(result);
    this.embedding.show(result);
  }

  remove() {
    this.study.rest();
    this.embedding.remove();
    this.root.remove();
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const view = mountOnce(parentElement, () => new TestSet(parentElement));
  view.open = (place) => setTriggerValue("open", place); // a new one at each call
  view.update(data);
  return () => {
    view.remove();
    if (parentElement.mounted?.part === view) delete parentElement.mounted;
  };
}
