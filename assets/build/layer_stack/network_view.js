// The picture of the whole network below the totals, drawn by Python while it is open, with maps of the strips on its
// slabs; saved as SVG or PNG. Nothing here is done with an edit: the picture follows in a pause, its maps when idle.

import { ask } from "../../shared/api.js";
import { colorsOf, inkColors, signedColors } from "../../shared/colors.js";
import { download } from "../../shared/dom.js";
import { painted } from "../../shared/painted.js";
import { Later } from "./later.js";
import { keep, kept } from "./memory.js";
import { paintMaps, Slabs } from "./slabs.js";

const PAUSE = 250; // ms without an edit
const OPEN = "network-picture-open"; // what is kept in the browser
const [WHITE, BLACK] = [
  [255, 255, 255],
  [31, 36, 48],
];

export class NetworkView {
  constructor(stack) {
    this.stack = stack;
    this.details = stack.root.querySelector(".network-view");
    this.container = this.details.querySelector(".network-picture");
    this.slabs = new Slabs(stack, this.container);
    this.later = new Later(PAUSE, () => this.draw());
    this.details.open = kept(OPEN, !isPhone());
    this.details.querySelector("summary").onclick = () => keep(OPEN, !this.details.open);
    this.details.ontoggle = () => this.refresh(0);
    this.details.querySelector("[data-save=svg]").onclick = () => this.save("svg");
    this.details.querySelector("[data-save=png]").onclick = () => this.save("png");
    new ResizeObserver(() => this.width !== this.roomy() && this.refresh()).observe(this.container);
  }

  refresh(pause = PAUSE) {
    if (this.details.open) this.later.soon(pause);
  }

  // The width of the container, as a picture counts it: at the usual size of letters.
  roomy() {
    return Math.floor(this.container.clientWidth / rem());
  }

  async draw() {
    this.width = this.roomy();
    if (!this.width) return;
    const answer = await this.fetch({ width: this.width, dark: this.dark, page: true });
    Object.assign(this, { version: answer.version, classes: answer.classes });
    if (answer.svg !== this.drawn) this.show(answer);
    this.paint();
  }

  fetch(wanted) {
    return ask("editor/picture", { editor: this.stack.editor, ...wanted });
  }

  show({ svg, rows }) {
    this.drawn = svg;
    this.painted = undefined;
    const picture = parsed(svg);
    picture.style.setProperty("--width", picture.getAttribute("width"));
    this.slabs.show(picture, rows);
  }

  // The maps of the strips' answer, in the colors of the page.
  showMaps(answer, colors) {
    Object.assign(this, { answer, colors });
    this.paint();
  }

  paint() {
    cancelIdle(this.idle);
    this.idle = whenIdle(() => {
      const picture = this.container.firstElementChild;
      const fits = picture && this.answer?.version === this.version;
      if (!fits || (this.painted?.[0] === this.answer && this.painted[1] === this.colors)) return;
      this.painted = [this.answer, this.colors];
      paintMaps(picture, this.answer, this.colors, this.classes);
    });
  }

  // Always on white, for papers and slides.
  async save(kind) {
    const { svg, file, version, classes } = await this.fetch({ width: 1600, dark: false });
    const picture = parsed(svg);
    if (this.answer?.version === version) paintMaps(picture, this.answer, this.onWhite(), classes);
    const drawing = new Blob([new XMLSerializer().serializeToString(picture)], { type: "image/svg+xml" });
    download(kind === "svg" ? drawing : await painted(drawing), `${file}.${kind}`);
  }

  onWhite() {
    const [positive, negative] = colorsOf(this.stack.root, "--positive", "--negative");
    return { signed: signedColors(WHITE, positive, negative), inks: inkColors(WHITE, BLACK) };
  }
}

// Parses an SVG from Python.
export function parsed(svg) {
  const root = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  return document.importNode(root, true);
}

function isPhone() {
  return matchMedia("(max-width: 640px)").matches;
}

// How large the page's letters are, 1 being usual.
function rem() {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
}

// Safari has no idle callbacks.
function whenIdle(call) {
  return globalThis.requestIdleCallback?.(call, { timeout: 500 }) ?? setTimeout(call, 50);
}

function cancelIdle(idle) {
  if (idle !== undefined) (globalThis.cancelIdleCallback ?? clearTimeout)(idle);
}
